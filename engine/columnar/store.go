package columnar

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"herbarium/datasets"
	"herbarium/engine"
)

// Store holds tables in memory. The zero value is not usable; see NewStore.
type Store struct {
	workers int // goroutines that share a run

	mu      sync.RWMutex
	tables  map[string]*table
	loading map[string]bool
}

// NewStore returns an empty store whose runs use as many cores as there are.
func NewStore() *Store {
	return &Store{workers: runtime.GOMAXPROCS(0), tables: map[string]*table{}, loading: map[string]bool{}}
}

// Describe names the store for people.
func (s *Store) Describe() string { return "columnar, in memory" }

// Ping returns nil: memory is always there.
func (s *Store) Ping(context.Context) error { return nil }

// Close returns nil: memory is let go of by itself.
func (s *Store) Close(context.Context) error { return nil }

// Table returns the dataset's current rows. Rows that were loaded under other
// fields do not count.
func (s *Store) Table(_ context.Context, ds *datasets.Dataset) (engine.Table, error) {
	s.mu.RLock()
	t := s.tables[ds.Name]
	s.mu.RUnlock()
	if t == nil || !t.serves(ds) {
		return nil, &engine.Error{
			Code:       engine.NotLoaded,
			Detail:     fmt.Sprintf("the rows of %s are not loaded yet; with a kept store, herbarium load %s loads them", ds.Name, ds.Name),
			RetryAfter: time.Second,
		}
	}
	return t, nil
}

// Begin starts a load of the dataset.
func (s *Store) Begin(_ context.Context, ds *datasets.Dataset) (engine.Load, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.loading[ds.Name] {
		return nil, &engine.Error{Code: engine.LoadRunning, Detail: fmt.Sprintf("another load of %s is under way; wait for its end", ds.Name)}
	}
	s.loading[ds.Name] = true
	return newLoad(s, ds), nil
}

// end lets the next load of the dataset begin, and publishes t if there is one.
func (s *Store) end(name string, t *table) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.loading, name)
	if t != nil {
		s.tables[name] = t
	}
}

// load is a load under way.
type load struct {
	store    *Store
	ds       *datasets.Dataset
	builders []builder
	hasher   *engine.Hasher
	rows     int
	ended    bool
}

func newLoad(s *Store, ds *datasets.Dataset) *load {
	l := &load{store: s, ds: ds, builders: make([]builder, len(ds.Fields)), hasher: engine.NewHasher(ds)}
	for i := range l.builders {
		l.builders[i].column.kind = ds.Fields[i].Type
	}
	return l
}

// Write adds the batch's rows.
func (l *load) Write(ctx context.Context, batch *engine.Batch) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	l.hasher.Write(batch)
	for i := range l.builders {
		l.builders[i].add(&batch.Columns[i], batch.Rows)
	}
	l.rows += batch.Rows
	return nil
}

// Commit publishes the table.
func (l *load) Commit(ctx context.Context) (engine.TableInfo, error) {
	if err := ctx.Err(); err != nil {
		return engine.TableInfo{}, err
	}
	t := &table{fields: slices.Clone(l.ds.Fields), rows: l.rows, version: l.hasher.Version(), workers: l.store.workers}
	for i := range l.builders {
		t.columns = append(t.columns, l.builders[i].finish())
	}
	for _, f := range l.ds.GroupBy {
		t.columns[f].group(l.rows)
	}
	l.ended = true
	l.store.end(l.ds.Name, t)
	return t.Info(), nil
}

// Abort forgets what was written.
func (l *load) Abort(context.Context) error {
	if !l.ended {
		l.ended = true
		l.builders = nil
		l.store.end(l.ds.Name, nil)
	}
	return nil
}
