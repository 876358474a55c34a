package main

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/columnar"
)

// backend is what answers queries while a command runs: an engine and a registry of
// datasets. Memory is filled, and changes of descriptors are followed, in the
// background.
type backend struct {
	registry *datasets.Registry
	engine   *engine.Engine
	// ready returns nil, or why not everything can be asked yet; nil: it always can.
	ready func(ctx context.Context) error

	background context.Context
	cancel     context.CancelFunc
	follow     *reloader
	load       *memoryLoad // nil unless the rows live in this process
	scrubbing  sync.WaitGroup
}

// scrubber is a store that reads its files again in the background.
type scrubber interface {
	Scrub(ctx context.Context, every time.Duration)
}

// openData opens what a backend is made of, as its flags say: the datasets that are
// followed, with the logger of the command, and the store. It logs what is wrong with
// either. The caller closes the store.
func (p *program) openData(folder *folderFlag, flags *storeFlags, log *logFlags) (*reloader, engine.Target, error) {
	if err := flags.resolve(); err != nil {
		return nil, nil, err
	}
	logger, err := log.logger(p.err)
	if err != nil {
		return nil, nil, err
	}
	snapshot, watcher, err := folder.watch()
	if err != nil {
		return nil, nil, err
	}
	store, err := flags.open(logger)
	if err != nil {
		return nil, nil, err
	}
	folder.logSurprises(snapshot, logger)
	flags.warnMissing(logger)
	return &reloader{watcher: watcher, known: snapshot, logger: logger}, store, nil
}

// newBackend returns a backend of what follow knows. start begins the work in the
// background, which ends with ctx or with close.
func newBackend(ctx context.Context, follow *reloader, store engine.Store, options engine.Options, logger *slog.Logger) *backend {
	b := &backend{registry: datasets.NewRegistry(follow.known), engine: engine.New(store, options), follow: follow}
	b.background, b.cancel = context.WithCancel(ctx)
	if files, ok := store.(scrubber); ok {
		b.scrubbing.Go(func() { files.Scrub(b.background, columnar.ScrubInterval) })
	}
	follow.apply = func(_ context.Context, s *datasets.Snapshot) { b.registry.Swap(s) }
	if rows, ok := store.(memoryStore); ok {
		b.load = newMemoryLoad(rows, b.registry, logger)
		b.ready, follow.apply = b.load.ready, b.load.follow
		b.load.start(b.background)
	}
	return b
}

// mirror has a mirror follow the datasets.
func (b *backend) mirror(m *mirrored) {
	m.follow(b.follow.known)
	apply := b.follow.apply
	b.follow.apply = func(ctx context.Context, s *datasets.Snapshot) {
		apply(ctx, s)
		m.follow(s)
	}
}

// start begins to follow the descriptors.
func (b *backend) start() { b.follow.start(b.background) }

// close ends the work in the background and waits for it.
func (b *backend) close() {
	b.cancel()
	b.follow.wait()
	b.scrubbing.Wait()
	if b.load != nil {
		b.load.wait()
	}
	b.engine.Close()
}

// await returns once the backend is ready, or after that time.
func (b *backend) await(ctx context.Context, limit time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for b.ready != nil && b.ready(ctx) != nil {
		select {
		case <-ctx.Done():
			return
		case <-time.After(10 * time.Millisecond):
		}
	}
}
