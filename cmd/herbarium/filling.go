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

// memory is a store whose rows live in this process.
type memory interface {
	engine.Target
	Drop(name string, keep ...*datasets.Dataset)
}

// lingerTime is how long rows outlive their dataset, for requests that began
// while it was served: longer than the reading of a request may take.
const lingerTime = 45 * time.Second

// filling keeps memory filled with each dataset's own data, in the background,
// and the registry with what memory can answer: a dataset that is read anew
// is served as it was until its new rows are there, and goes on as it was
// where they are wrong. It stops no other.
type filling struct {
	store    memory
	registry *datasets.Registry
	logger   *slog.Logger
	linger   time.Duration // how long rows outlive their dataset
	running  sync.WaitGroup

	mu      sync.Mutex
	idle    int                // workers that may be started
	wanted  *datasets.Snapshot // as the descriptors are now
	states  map[string]*fill   // of the datasets with data, by name
	queue   []string           // of those that may be due
	waiting map[string]bool    // the datasets of the start that are not settled yet
}

// newFilling returns a filling of what the registry holds.
func newFilling(store memory, registry *datasets.Registry, logger *slog.Logger) *filling {
	return &filling{store: store, registry: registry, logger: logger, linger: lingerTime, idle: workers(),
		states: map[string]*fill{}, waiting: map[string]bool{}}
}

// workers is how many datasets are read at once: more than one, so that a
// large one does not keep small ones waiting.
func workers() int { return max(2, min(4, runtime.GOMAXPROCS(0))) }

// start begins to load what the registry holds. Loads end with ctx.
func (f *filling) start(ctx context.Context) {
	s := f.registry.Current()
	for _, name := range s.Names() {
		if ds, _ := s.Dataset(name); ds.Data == "" {
			f.logger.Warn("the dataset names no data, and memory starts empty; it has no rows", "dataset", name)
		} else {
			f.waiting[name] = true
		}
	}
	f.follow(ctx, s)
}

// follow begins to load what s declares anew, and lets go of what it does not
// declare any more. It does not wait.
func (f *filling) follow(ctx context.Context, s *datasets.Snapshot) {
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
			f.states[name] = &fill{}
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

// due returns the dataset if its rows are to be read, else nil.
func (f *filling) due(name string) *datasets.Dataset {
	ds, ok := f.wanted.Dataset(name)
	if state := f.states[name]; ok && state != nil && ds.Data != "" && state.due(ds) {
		return ds
	}
	return nil
}

// forget lets go of a dataset that has no data any more.
func (f *filling) forget(ctx context.Context, name string) {
	delete(f.states, name)
	delete(f.waiting, name)
	f.sweep(ctx, name)
}

// sweep drops the rows that no version of the dataset needs any more, once
// the requests have ended that began before.
func (f *filling) sweep(ctx context.Context, name string) {
	f.running.Go(func() {
		select {
		case <-ctx.Done():
			return
		case <-time.After(f.linger):
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

// publish puts into the registry what can be answered now.
func (f *filling) publish() {
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
func (f *filling) work(ctx context.Context) {
	for {
		loading, ds, last := f.next(ctx)
		if ds == nil {
			if last {
				boundGarbage()
			}
			return
		}
		summary, err := loaders.Load(loading, f.store, ds, nil, loaders.Options{})
		if ctx.Err() == nil {
			f.settle(ctx, ds, summary, err)
		}
	}
}

// next begins the next load, if one is due; else the worker may be started
// again, and last tells whether no other is at work.
func (f *filling) next(ctx context.Context) (loading context.Context, ds *datasets.Dataset, last bool) {
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

// settle takes in how a load ended.
func (f *filling) settle(ctx context.Context, ds *datasets.Dataset, summary loaders.Summary, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	state := f.states[ds.Name]
	before := state.loaded
	told := state.end(ds, err)
	f.tell(ds, summary, err, told)
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
	if told || !f.serves(wanted) {
		f.publish()
	}
	if before != nil && before.Layout != state.loaded.Layout {
		f.sweep(ctx, ds.Name)
	}
}

// tell logs how a load ended, a fault with its place; what is wrong as before
// was told before.
func (f *filling) tell(ds *datasets.Dataset, summary loaders.Summary, err error, changed bool) {
	if missing := missingData(ds, err); missing != nil {
		err = missing
	}
	switch {
	case err == nil:
		f.logger.Info("loaded", "dataset", ds.Name, "rows", summary.Rows, "version", summary.Version, "time", summary.Time.String())
	case changed && f.states[ds.Name].loaded == nil:
		f.logger.Error("the data was not loaded; the dataset has no rows", "dataset", ds.Name, "error", err.Error())
	case changed:
		f.logger.Error("the data was not loaded; the dataset goes on as it was", "dataset", ds.Name, "error", err.Error())
	}
}

// serves reports whether the registry holds ds.
func (f *filling) serves(ds *datasets.Dataset) bool {
	now, ok := f.registry.Current().Dataset(ds.Name)
	return ok && now == ds
}

// ready says which datasets are not loaded yet. One whose data is wrong never
// will be, and does not keep the others from being served.
func (f *filling) ready(context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.waiting) == 0 {
		return nil
	}
	return fmt.Errorf("still loading %s", strings.Join(slices.Sorted(maps.Keys(f.waiting)), ", "))
}

// wait returns once nothing is being loaded any more.
func (f *filling) wait() { f.running.Wait() }
