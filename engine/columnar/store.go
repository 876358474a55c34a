package columnar

import (
	"context"
	"fmt"
	"maps"
	"runtime"
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

	tables  atomic.Pointer[map[string]*table] // by dataset; the map never changes
	mu      sync.Mutex                        // guards what follows, and the change of tables
	loading map[string]bool
}

var _ engine.Target = (*Store)(nil)

// NewStore returns an empty store.
func NewStore() *Store { return newStore(blockRows, runtime.GOMAXPROCS(0), mostDense) }

func newStore(blockRows, workers, mostDense int) *Store {
	s := &Store{blockRows: blockRows, workers: workers, mostDense: mostDense, loading: map[string]bool{}}
	s.tables.Store(&map[string]*table{})
	return s
}

// Describe returns "columnar, in memory".
func (s *Store) Describe() string { return place }

// Ping returns nil: there is nothing to be reached.
func (s *Store) Ping(context.Context) error { return nil }

// Close lets go of all tables. Cursors that are open stay usable.
func (s *Store) Close(context.Context) error {
	s.tables.Store(&map[string]*table{})
	return nil
}

// Table returns the rows that were last published for a dataset of that name
// with these fields, or an *engine.Error with code NotLoaded: rows that were
// loaded under other fields answer nothing.
func (s *Store) Table(_ context.Context, ds *datasets.Dataset) (engine.Table, error) {
	t, ok := (*s.tables.Load())[ds.Name]
	if !ok || !t.fits(ds) {
		return nil, &engine.Error{
			Code:       engine.NotLoaded,
			Detail:     fmt.Sprintf("the rows of dataset %s are not loaded yet", ds.Name),
			RetryAfter: time.Second,
		}
	}
	return t, nil
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

// end lets the next load of the dataset begin, and puts t, if there is one, in
// the place of the current table.
func (s *Store) end(dataset string, t *table) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.loading, dataset)
	if t == nil {
		return
	}
	tables := maps.Clone(*s.tables.Load())
	tables[dataset] = t
	s.tables.Store(&tables)
}
