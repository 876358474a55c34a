package main

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/loaders"
)

// filling loads each dataset's own data into memory, in the background. A
// dataset whose data is wrong stops no other: it stays without rows.
type filling struct {
	store    engine.Target
	snapshot *datasets.Snapshot
	logger   *slog.Logger
	running  sync.WaitGroup

	mu      sync.Mutex
	waiting map[string]bool // the datasets that are not settled yet
}

func newFilling(store engine.Target, snapshot *datasets.Snapshot, logger *slog.Logger) *filling {
	return &filling{store: store, snapshot: snapshot, logger: logger, waiting: map[string]bool{}}
}

// start begins to load, one dataset after the other.
func (f *filling) start(ctx context.Context) {
	var all []*datasets.Dataset
	for _, name := range f.snapshot.Names() {
		ds, _ := f.snapshot.Dataset(name)
		if ds.Data == "" {
			f.logger.Warn("the dataset names no data, and memory starts empty; it has no rows", "dataset", name)
			continue
		}
		f.waiting[name] = true
		all = append(all, ds)
	}
	f.running.Go(func() {
		for _, ds := range all {
			f.load(ctx, ds)
		}
	})
}

func (f *filling) load(ctx context.Context, ds *datasets.Dataset) {
	summary, err := loaders.Load(ctx, f.store, ds, nil, loaders.Options{})
	switch {
	case ctx.Err() != nil:
		return // the server is stopping
	case err != nil:
		f.logger.Error("the data was not loaded; the dataset has no rows", "dataset", ds.Name, "error", err.Error())
	default:
		f.logger.Info("loaded", "dataset", ds.Name, "rows", summary.Rows, "version", summary.Version, "time", summary.Time.String())
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.waiting, ds.Name)
}

// ready says which datasets are not loaded yet. One whose data is wrong never
// will be, and does not keep the others from being served.
func (f *filling) ready(context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.waiting) == 0 {
		return nil
	}
	var names []string
	for _, name := range f.snapshot.Names() {
		if f.waiting[name] {
			names = append(names, name)
		}
	}
	return fmt.Errorf("still loading %s", strings.Join(names, ", "))
}

// wait returns once nothing is being loaded any more.
func (f *filling) wait() { f.running.Wait() }
