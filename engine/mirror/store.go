package mirror

import (
	"context"
	"log/slog"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/columnar"
	"herbarium/engine/fault"
	"herbarium/engine/pipeline"
	"herbarium/engine/plan"
)

// Rows is a table of the source of which copies can be made. Tables of the source that
// are none, or that have no version, are never mirrored.
type Rows interface {
	engine.Table
	// ReadRows reads all rows, in load order, with so many readers at once, and hands them
	// to write in batches, which need not be kept.
	ReadRows(ctx context.Context, readers int, write func(*engine.Batch) error) error
	// Explain returns the pipelines that the source runs for a plan.
	Explain(p *plan.Plan) []pipeline.Pipeline
}

// Mode says of what copies are made.
type Mode string

// The modes.
const (
	// Auto copies a version once plans of it ran on the source twice, and each new version
	// of a dataset whose copies were used in the last ten minutes.
	Auto Mode = "auto"
	// All copies the current version of every dataset.
	All Mode = "all"
)

// Options are a Store's options.
type Options struct {
	Mode   Mode
	Copies columnar.CopyOptions
	// Budget is how many bytes all copies may take together, in memory or in files.
	Budget int64
	// Memory is how many bytes copies of collections that something else fills may take
	// together where Copies are in a folder. They are always in memory, and share Budget
	// where the others are, too.
	Memory int64
	// Keep is how long a replaced content of such a collection stays readable after
	// somebody last asked for it.
	Keep time.Duration
	// Changed is called, if it is set, after the copies in memory have become more or
	// fewer, by one goroutine at a time.
	Changed func()
	Logger  *slog.Logger // slog.Default() if nil
}

// Store answers from copies, or else from its source. It is safe for concurrent use.
type Store struct {
	engine.Store // the source
	options      Options
	copies       *columnar.Copies
	memory       *columnar.Copies // of collections that something else fills
	// readers is how many readers a copy is made with.
	readers int
	times   times

	life    context.Context // of the work in the background
	end     context.CancelFunc
	running sync.WaitGroup

	known    sync.Map                          // of *copied, by name
	followed atomic.Pointer[datasets.Snapshot] // nil until Follow
	evicted  atomic.Int64

	contents sync.Mutex // held while one of a collection is taken into use, or found to be over and removed

	mu     sync.Mutex // of what follows, and of what copied says that it is of
	queue  []*copied
	counts map[string]*counts // by dataset
	wake   chan struct{}      // tells the filler of the queue
}

// times are intervals, which tests shorten.
type times struct {
	look   time.Duration // between two looks for a copy that another process may have made
	follow time.Duration // between two looks for new versions
	retire time.Duration // between two looks for versions that are no longer kept
	idle   time.Duration // after which a copy may go for another one
	recent time.Duration // for how long after its use a dataset's new versions are copied
	scrub  time.Duration // from one reading of files that were read before to the next
	retry  time.Duration // after the first failure to make a copy; doubles up to mostRetry
}

const mostRetry = time.Hour

// maxReaders is how many readers a copy is made with at most: a few keep a server as busy
// as one query may.
const maxReaders = 4

// New returns a store over the source, which it closes. It makes no copies by Mode All
// before Follow. The caller closes it.
func New(source engine.Store, options Options) *Store {
	return newStore(source, options, times{look: 500 * time.Millisecond, follow: time.Second, retire: 10 * time.Second,
		idle: time.Minute, recent: 10 * time.Minute, scrub: columnar.ScrubInterval, retry: 5 * time.Second})
}

func newStore(source engine.Store, options Options, t times) *Store {
	if options.Logger == nil {
		options.Logger = slog.Default()
	}
	options.Copies.Logger = options.Logger
	s := &Store{Store: source, options: options, copies: columnar.OpenCopies(options.Copies), readers: min(maxReaders, max(2, runtime.GOMAXPROCS(0))),
		times: t, counts: map[string]*counts{}, wake: make(chan struct{}, 1)}
	s.memory = s.copies.Memory()
	s.life, s.end = context.WithCancel(context.Background())
	s.running.Go(s.fillQueued)
	s.running.Go(s.follow)
	s.running.Go(func() { s.copies.Scrub(s.life, s.times.scrub) })
	return s
}

// Follow makes these the datasets whose versions are followed. The others' copies in
// memory go.
func (s *Store) Follow(snapshot *datasets.Snapshot) { s.followed.Store(snapshot) }

// Close ends the making of copies, lets go of those that are whole, and closes the source.
func (s *Store) Close(ctx context.Context) error {
	s.end()
	s.running.Wait()
	s.memory.Close()
	s.copies.Close()
	return s.Store.Close(ctx)
}

// Table returns the source's current table, which is answered from a copy if there is one.
func (s *Store) Table(ctx context.Context, ds *datasets.Dataset) (engine.Table, error) {
	t, err := s.Store.Table(ctx, ds)
	if err != nil {
		if fault.CodeOf(err) == fault.NotLoaded {
			s.collectionGone(ds)
		}
		return nil, err
	}
	if isRefreshed(ds, t) {
		return s.tableOf(ctx, ds, t), nil
	}
	return s.before(ctx, ds, t), nil
}

// TableAt returns the source's table of that version, which is answered from a copy if
// there is one.
func (s *Store) TableAt(ctx context.Context, ds *datasets.Dataset, version string) (engine.Table, error) {
	if version != "" && ds.Refresh > 0 {
		if t := s.tableOfAt(ctx, ds, version); t != nil {
			return t, nil
		}
	}
	t, err := s.Store.TableAt(ctx, ds, version)
	if err == nil && isRefreshed(ds, t) {
		return newUnreadTable(t), nil // whoever began to page on the source goes on there
	}
	if err != nil {
		return nil, err
	}
	return s.before(ctx, ds, t), nil
}

// before returns the table that stands before the source's.
func (s *Store) before(ctx context.Context, ds *datasets.Dataset, source engine.Table) engine.Table {
	rows, ok := source.(Rows)
	info := source.Info()
	switch {
	case !ok || info.Version == "":
		return source
	case info.OtherFields:
		return newUnreadTable(source) // whose rows, with the dataset's fields, have another version
	}
	c := s.of(ds, info.Version)
	if copy := s.look(ctx, c, false); copy != nil {
		info.Place, info.Way = copy.Info().Place, engine.ByMirror
		return &table{store: s, of: c, source: source, copy: copy, info: info}
	}
	info.Way = engine.ByPipeline
	return &sourceTable{Rows: rows, store: s, of: c, info: info}
}

// of returns what is known of the dataset's copy of a version.
func (s *Store) of(ds *datasets.Dataset, version string) *copied {
	return s.ofName(copyName{name: ds.Name, layout: ds.Layout, version: version}, ds)
}

func (s *Store) ofName(name copyName, ds *datasets.Dataset) *copied {
	if c, ok := s.known.Load(name); ok {
		return c.(*copied)
	}
	c, _ := s.known.LoadOrStore(name, &copied{copyName: name, dataset: ds, state: engine.CopyNone})
	return c.(*copied)
}
