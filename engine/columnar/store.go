package columnar

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/fault"
	"herbarium/engine/memory"
)

// blockRows is how many rows a block has. A block's columns of numbers are
// 64 KiB each: a few of them stay in the cache of a core while a query works
// on them, and a page costs no more than a few blocks. Rows within a block
// are counted in 16 bits.
const blockRows = 8192

// inMemory says, for people, where the plans of a Store run.
const inMemory = "columnar, in memory"

// Options are a Store's limits.
type Options struct {
	// Keep is how long a version stays readable after a load replaced it, for
	// those who page through it; 0: not at all.
	Keep time.Duration
	// MaxGroups is how many groups a query may make; 0: 1,000,000.
	MaxGroups int
	// Memory bounds what is kept from one query to the next, and what queries need; nil:
	// no bound.
	Memory *memory.Budget
}

// Store keeps tables in memory. It implements engine.Target. It is safe for
// concurrent use; readers never wait for a load.
type Store struct {
	*resources
	options  Options
	versions atomic.Pointer[map[string][]tableVersion] // by dataset, the newest first; the map never changes
	mu       sync.Mutex                                // guards what follows, and the change of versions
	loading  map[string]bool
	removed  map[string][]engine.RemovedVersion // by dataset, the last removed first
	ending   *time.Timer                        // drops versions once the time of the next one is over; nil where none ends
}

// tableVersion is a version of a dataset's rows, with the time until which it is kept.
type tableVersion struct {
	*table
	published    time.Time
	label        string
	keep         engine.Keep
	replacements int       // how often others became current since it was
	expires      time.Time // until when it is kept; zero while nothing replaced it
}

var _ engine.Target = (*Store)(nil)

// NewStore returns an empty store.
func NewStore(options Options) *Store {
	s := newStore(blockRows, runtime.GOMAXPROCS(0), maxDense)
	s.options = options
	s.limitGroups(options.MaxGroups)
	s.limitMemory(options.Memory)
	return s
}

func newStore(blockRows, workers, maxDense int) *Store {
	s := &Store{resources: newResources(blockRows, workers, maxDense), loading: map[string]bool{}, removed: map[string][]engine.RemovedVersion{}}
	s.versions.Store(&map[string][]tableVersion{})
	return s
}

// Describe returns "columnar, in memory".
func (s *Store) Describe() string { return inMemory }

// Ping returns nil: there is no server to reach.
func (s *Store) Ping(context.Context) error { return nil }

// Close drops all tables. Open cursors stay usable.
func (s *Store) Close(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.replace(map[string][]tableVersion{})
	clear(s.removed)
	return nil
}

// Table returns the rows that were last published for a dataset of that name
// with this layout, or a *fault.Error with code NotLoaded: rows that were
// loaded under another layout answer nothing.
func (s *Store) Table(_ context.Context, ds *datasets.Dataset) (engine.Table, error) {
	for _, e := range (*s.versions.Load())[ds.Name] {
		if e.fits(ds) {
			return e.table, nil
		}
	}
	failure := &fault.Error{
		Code:       fault.NotLoaded,
		Detail:     fmt.Sprintf("the rows of dataset %s are not loaded yet", ds.Name),
		RetryAfter: time.Second,
	}
	if ds.Data == "" {
		failure.Detail = fmt.Sprintf("the descriptor of dataset %s names no data, from which memory is filled", ds.Name)
		failure.RetryAfter = time.Minute
	}
	return nil, failure
}

// TableAt returns the rows of that version, or a *fault.Error with code
// Gone where they are no longer kept.
func (s *Store) TableAt(_ context.Context, ds *datasets.Dataset, version string) (engine.Table, error) {
	gone := fault.GoneError(ds)
	for _, e := range (*s.versions.Load())[ds.Name] {
		switch {
		case e.version != version || !e.retained(time.Now()):
		case e.fits(ds):
			return e.table, nil
		default:
			gone = fault.OtherFieldsGone(ds)
		}
	}
	return nil, gone
}

func (e *tableVersion) retained(now time.Time) bool {
	return e.expires.IsZero() || now.Before(e.expires)
}

// Drop drops the rows of the dataset of that name, except those that fit one of the
// datasets in keep. Open cursors stay usable.
func (s *Store) Drop(name string, keep ...*datasets.Dataset) {
	s.drop(func(of string, e tableVersion) bool { return of == name && !slices.ContainsFunc(keep, e.fits) })
}

// dropEnded drops the versions that are no longer retained.
func (s *Store) dropEnded() {
	now := time.Now()
	s.drop(func(_ string, e tableVersion) bool { return !e.retained(now) })
}

// drop drops the unwanted versions.
func (s *Store) drop(unwanted func(name string, e tableVersion) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	left := map[string][]tableVersion{}
	for name, all := range *s.versions.Load() {
		kept := slices.DeleteFunc(slices.Clone(all), func(e tableVersion) bool {
			if !unwanted(name, e) {
				return false
			}
			s.remove(name, e)
			return true
		})
		if len(kept) > 0 {
			left[name] = kept
		}
	}
	s.replace(left)
}

// replace makes these the versions, and drops what is kept of all others, and of these once
// their time is over. The caller holds mu.
func (s *Store) replace(versions map[string][]tableVersion) {
	left, next := map[uint64]bool{}, engine.Unlimited()
	for _, all := range versions {
		for _, e := range all {
			left[e.id] = true
			if !e.expires.IsZero() && e.expires.Before(next) {
				next = e.expires
			}
		}
	}
	s.versions.Store(&versions)
	s.forget(func(table uint64) bool { return !left[table] })
	if s.ending != nil {
		s.ending.Stop()
		s.ending = nil
	}
	if next.Before(engine.Unlimited()) {
		s.ending = time.AfterFunc(time.Until(next)+time.Millisecond, s.dropEnded)
	}
}
