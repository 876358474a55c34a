package columnar

import (
	"context"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"herbarium/datasets"
	"herbarium/engine"
)

// blockRows is how many rows a block has. A block's columns of numbers are
// 64 KiB each: a few of them stay in the cache of a core while a query works
// on them, and a page costs no more than a few blocks. Rows within a block
// are counted in 16 bits.
const blockRows = 8192

// place tells people where plans run.
const place = "columnar, in memory"

// Store keeps tables in memory. It implements engine.Target. It is safe for
// concurrent use; readers never wait for a load.
type Store struct {
	blockRows int // at most 1<<16
	workers   int // cores that share one query
	mostDense int // see the constant

	tables  atomic.Pointer[map[string][]*table] // by dataset, the newest first; the map never changes
	mu      sync.Mutex                          // guards what follows, and the change of tables
	loading map[string]bool
}

var _ engine.Target = (*Store)(nil)

// NewStore returns an empty store.
func NewStore() *Store { return newStore(blockRows, runtime.GOMAXPROCS(0), mostDense) }

func newStore(blockRows, workers, mostDense int) *Store {
	s := &Store{blockRows: blockRows, workers: workers, mostDense: mostDense, loading: map[string]bool{}}
	s.tables.Store(&map[string][]*table{})
	return s
}

// Describe returns "columnar, in memory".
func (s *Store) Describe() string { return place }

// Ping returns nil: there is nothing to be reached.
func (s *Store) Ping(context.Context) error { return nil }

// Close lets go of all tables. Cursors that are open stay usable.
func (s *Store) Close(context.Context) error {
	s.tables.Store(&map[string][]*table{})
	return nil
}

// Table returns the rows that were last published for a dataset of that name
// with this layout, or an *engine.Error with code NotLoaded: rows that were
// loaded under another layout answer nothing.
func (s *Store) Table(_ context.Context, ds *datasets.Dataset) (engine.Table, error) {
	for _, t := range (*s.tables.Load())[ds.Name] {
		if t.fits(ds) {
			return t, nil
		}
	}
	return nil, &engine.Error{
		Code:       engine.NotLoaded,
		Detail:     fmt.Sprintf("the rows of dataset %s are not loaded yet", ds.Name),
		RetryAfter: time.Second,
	}
}

// Drop lets go of the dataset's rows, but for those that others of its name
// among keep answer from. Cursors that are open stay usable.
func (s *Store) Drop(name string, keep ...*datasets.Dataset) {
	s.mu.Lock()
	defer s.mu.Unlock()
	unwanted := func(t *table) bool { return !slices.ContainsFunc(keep, t.fits) }
	if !slices.ContainsFunc((*s.tables.Load())[name], unwanted) {
		return
	}
	tables := maps.Clone(*s.tables.Load())
	tables[name] = slices.DeleteFunc(slices.Clone(tables[name]), unwanted)
	if len(tables[name]) == 0 {
		delete(tables, name)
	}
	s.tables.Store(&tables)
}

// Begin starts a load of the dataset, one at a time.
func (s *Store) Begin(_ context.Context, ds *datasets.Dataset) (engine.Load, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.loading[ds.Name] {
		return nil, &engine.Error{
			Code:       engine.LoadRunning,
			Detail:     fmt.Sprintf("another load of dataset %s is under way", ds.Name),
			RetryAfter: time.Second,
		}
	}
	s.loading[ds.Name] = true
	return newLoad(s, ds), nil
}

// end lets the next load of the dataset begin, and publishes t, if there is
// one. The newest table of another layout stays beside it, for queries that
// began under the descriptor from before.
func (s *Store) end(ds *datasets.Dataset, t *table) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.loading, ds.Name)
	if t == nil {
		return
	}
	tables := maps.Clone(*s.tables.Load())
	all := []*table{t}
	for _, before := range tables[ds.Name] {
		if !before.fits(ds) && len(all) == 1 {
			all = append(all, before)
		}
	}
	tables[ds.Name] = all
	s.tables.Store(&tables)
}
