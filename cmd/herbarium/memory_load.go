package main

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/loaders"
)

// memoryStore is a store whose rows live in this process.
type memoryStore interface {
	engine.Target
	Drop(name string, keep ...*datasets.Dataset)
	// RowBytes returns about how many bytes the rows take.
	RowBytes() int64
}

// retainTime is how long rows are kept after their dataset was replaced or
// removed, for requests that began before: longer than reading a request may
// take.
const retainTime = 45 * time.Second

// memoryLoad loads each dataset's own data into memory, in the background, and
// puts into the registry what memory can answer. While a dataset is loaded again,
// and if its new data is wrong, its earlier version is served. A dataset that
// cannot be loaded does not affect others. Small datasets are loaded first.
type memoryLoad struct {
	store    memoryStore
	registry *datasets.Registry
	logger   *slog.Logger
	loaded   func() // called when nothing is left to load; nil: nobody is told
	running  sync.WaitGroup

	mu      sync.Mutex
	idle    int                   // workers that may be started
	wanted  *datasets.Snapshot    // as the descriptors are now
	states  map[string]*loadState // by name, of the datasets with data
	queue   []string              // names of datasets that may be due
	waiting map[string]bool       // the datasets at the start that are still being loaded
}

// newMemoryLoad returns a memoryLoad of what the registry holds.
func newMemoryLoad(store memoryStore, registry *datasets.Registry, logger *slog.Logger) *memoryLoad {
	return &memoryLoad{store: store, registry: registry, logger: logger, idle: workers(),
		states: map[string]*loadState{}, waiting: map[string]bool{}}
}

// onLoaded has the function called whenever nothing is left to load, and at once if
// nothing is by now.
func (f *memoryLoad) onLoaded(loaded func()) {
	f.mu.Lock()
	f.loaded = loaded
	idle := f.idle == workers() && len(f.queue) == 0
	f.mu.Unlock()
	if idle {
		loaded()
	}
}

// workers is how many datasets are loaded at once: more than one, so that small
// ones do not wait for a large one.
func workers() int { return max(2, min(4, runtime.GOMAXPROCS(0))) }

// start begins to load the datasets of the registry. Loads end with ctx.
func (f *memoryLoad) start(ctx context.Context) {
	s := f.registry.Current()
	for _, name := range s.Names() {
		if ds, _ := s.Dataset(name); ds.Data == "" {
			f.logger.Warn("the descriptor names no data, so the dataset has no rows in memory", "dataset", name)
		} else {
			f.waiting[name] = true
		}
	}
	f.follow(ctx, s)
}

// follow begins to load what s declares and memory does not have, and forgets
// what s no longer declares. It does not wait.
func (f *memoryLoad) follow(ctx context.Context, s *datasets.Snapshot) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.wanted = s
	for name, state := range f.states {
		if ds, ok := s.Dataset(name); ok && ds.Data != "" {
			state.want(ds)
		} else if state.loading == nil {
			f.forget(ctx, name)
		} else {
			state.cancel()
		}
	}
	f.queue = f.queue[:0]
	for _, name := range s.Names() {
		ds, _ := s.Dataset(name)
		if ds.Data != "" && f.states[name] == nil {
			f.states[name] = &loadState{}
		}
		if f.due(name) != nil {
			f.queue = append(f.queue, name)
		}
	}
	slices.SortStableFunc(f.queue, func(a, b string) int { return cmp.Compare(f.due(a).DataSize(), f.due(b).DataSize()) })
	f.publish()
	for range min(f.idle, len(f.queue)) {
		f.idle--
		f.running.Go(func() { f.work(ctx) })
	}
}

// due returns the dataset if its rows have to be read, else nil.
func (f *memoryLoad) due(name string) *datasets.Dataset {
	ds, ok := f.wanted.Dataset(name)
	if state := f.states[name]; ok && state != nil && ds.Data != "" && state.due(ds) {
		return ds
	}
	return nil
}

// forget removes a dataset that is gone or no longer has data.
func (f *memoryLoad) forget(ctx context.Context, name string) {
	delete(f.states, name)
	delete(f.waiting, name)
	f.sweep(ctx, name)
}

// sweep drops the rows that no version of the dataset needs, after retainTime.
func (f *memoryLoad) sweep(ctx context.Context, name string) {
	f.running.Go(func() {
		select {
		case <-ctx.Done():
			return
		case <-time.After(retainTime):
		}
		f.mu.Lock()
		defer f.mu.Unlock()
		var keep []*datasets.Dataset
		if state := f.states[name]; state != nil {
			keep = slices.DeleteFunc([]*datasets.Dataset{state.loaded, state.loading}, func(ds *datasets.Dataset) bool { return ds == nil })
		}
		f.store.Drop(name, keep...)
	})
}

// publish puts the datasets that can be served now into the registry.
func (f *memoryLoad) publish() {
	var served []*datasets.Dataset
	var broken []datasets.Broken
	current := f.registry.Current()
	for _, name := range f.wanted.Names() {
		ds, _ := f.wanted.Dataset(name)
		if state := f.states[name]; state != nil {
			if state.err != nil {
				broken = append(broken, datasets.Broken{Name: name, File: ds.File, Err: state.err})
			}
			before, _ := current.Dataset(name)
			ds = state.served(ds, before)
		}
		served = append(served, ds)
	}
	f.registry.Swap(datasets.NewSnapshot(served...).WithBroken(f.wanted.Broken()...).WithBroken(broken...))
}

// work loads what is due until nothing is.
func (f *memoryLoad) work(ctx context.Context) {
	for {
		loading, ds, last := f.next(ctx)
		if ds == nil {
			if last {
				limitGarbage()
				f.mu.Lock()
				loaded := f.loaded
				f.mu.Unlock()
				if loaded != nil {
					loaded()
				}
			}
			return
		}
		summary, err := loaders.Load(loading, f.store, ds, nil, loaders.Options{})
		if ctx.Err() == nil {
			f.finish(ctx, ds, summary, err)
		}
	}
}

// next begins the next load. If none is due, ds is nil and the worker is idle;
// last reports whether all workers are.
func (f *memoryLoad) next(ctx context.Context) (loading context.Context, ds *datasets.Dataset, last bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for len(f.queue) > 0 && ctx.Err() == nil {
		name := f.queue[0]
		f.queue = f.queue[1:]
		if ds := f.due(name); ds != nil {
			return f.states[name].begin(ctx, ds), ds, false
		}
	}
	f.idle++
	return nil, nil, f.idle == workers()
}

// finish records how a load ended.
func (f *memoryLoad) finish(ctx context.Context, ds *datasets.Dataset, summary loaders.Summary, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	state := f.states[ds.Name]
	before := state.loaded
	changed := state.end(ds, err)
	f.logResult(ds, summary, err, changed)
	wanted, ok := f.wanted.Dataset(ds.Name)
	if !ok || wanted.Data == "" {
		f.forget(ctx, ds.Name)
		return
	}
	switch {
	case f.due(ds.Name) != nil:
		f.queue = append(f.queue, ds.Name)
	case state.loaded != nil || state.err != nil:
		delete(f.waiting, ds.Name)
	}
	if changed || !f.serves(wanted) {
		f.publish()
	}
	if before != nil && before.Layout != state.loaded.Layout {
		f.sweep(ctx, ds.Name)
	}
}

// logResult logs how a load ended. An error that did not change was logged
// before.
func (f *memoryLoad) logResult(ds *datasets.Dataset, summary loaders.Summary, err error, changed bool) {
	if missing := missingData(ds, err); missing != nil {
		err = missing
	}
	switch {
	case err == nil:
		f.logger.Info("loaded", "dataset", ds.Name, "rows", summary.Rows, "version", summary.Version, "took", summary.Time.String())
	case changed && f.states[ds.Name].loaded == nil:
		f.logger.Error("the data was not loaded; the dataset has no rows", "dataset", ds.Name, "error", err.Error())
	case changed:
		f.logger.Error("the data was not loaded; the rows loaded before stay in use", "dataset", ds.Name, "error", err.Error())
	}
}

// serves reports whether the registry holds ds.
func (f *memoryLoad) serves(ds *datasets.Dataset) bool {
	now, ok := f.registry.Current().Dataset(ds.Name)
	return ok && now == ds
}

// ready returns an error that names the datasets that are still being loaded. A
// dataset whose data is wrong is not among them.
func (f *memoryLoad) ready(context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.waiting) == 0 {
		return nil
	}
	return fmt.Errorf("still loading %s", strings.Join(slices.Sorted(maps.Keys(f.waiting)), ", "))
}

// wait waits for the end of all loads.
func (f *memoryLoad) wait() { f.running.Wait() }
