package engine

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"herbarium/datasets"
	"herbarium/engine/fault"
	"herbarium/engine/internal/lru"
	"herbarium/engine/memory"
	"herbarium/engine/query"
)

// Options are an Engine's limits. The zero value caches no answer and sets no
// deadline.
type Options struct {
	CacheBytes int64         // memory for cached answers; 0 turns the cache off
	DiskBytes  int64         // for whole answers in temp files, each at most a quarter of it; 0: none
	Timeout    time.Duration // for a query up to its first rows, then for each chunk; 0: none

	// Observe is called at the end of each run, by the goroutine that ran it; nil:
	// nobody is told.
	Observe func(Run)
	// Tracer follows the steps of runs; nil: nobody does, at no cost.
	Tracer Tracer
	// Memory bounds what is kept and what queries need together; nil: no bound. The
	// store has the same.
	Memory *memory.Budget
}

// answersPart is the part of the memory's budget that the cache of answers has at most,
// and as much again answers on their way that others can join.
const answersPart = 1. / 8

// Engine answers queries from a store. It is safe for concurrent use.
type Engine struct {
	store    Store
	scrubbed Scrubbed // the store; nil where it is not that
	kind     string   // of the store
	options  Options
	parsed   *lru.Cache[parsedKey, *query.Query]
	answers  *answerCache // nil where the cache is off
	files    *answerFiles
	counts   *lru.Cache[answerKey, int64]
	shown    *shownRows
	lent     lent

	buffers sync.Pool // of *[]byte, for streams to encode into

	mu      sync.Mutex
	flights map[answerKey]*flight
	running sync.WaitGroup // one for each flight's goroutine
	held    atomic.Int64   // bytes of flights that somebody reads
	shared  atomic.Int64   // callers that joined a run of another's
}

// New returns an engine over store. The caller closes the store, after Close.
func New(store Store, options Options) *Engine {
	e := &Engine{store: store, options: options, parsed: newParsedCache(), counts: newCountCache(), files: newAnswerFiles(options.DiskBytes), flights: map[answerKey]*flight{}}
	e.kind = kindOf(store)
	e.scrubbed, _ = store.(Scrubbed)
	e.shown = newShownRows(&e.running, e.deadline, e.damages)
	if options.CacheBytes > 0 {
		e.answers = newAnswerCache(options.CacheBytes)
		options.Memory.Share(answersPart, e.answers.limitTo)
	}
	return e
}

// kindOf returns the scheme of where the store is; memory for one that is nowhere else.
func kindOf(store Store) string {
	kind, _, elsewhere := strings.Cut(store.Describe(), ":")
	if !elsewhere {
		return "memory"
	}
	return kind
}

// Close waits for the runs under way and removes temp files. Answers must be
// closed before.
func (e *Engine) Close() {
	e.running.Wait()
	e.files.clear()
}

// Memory returns what bounds the memory of queries; nil for no bound.
func (e *Engine) Memory() *memory.Budget { return e.options.Memory }

// Store returns the engine's store.
func (e *Engine) Store() Store { return e.store }

// Parse is query.Parse with a memory for bodies that were valid before.
func (e *Engine) Parse(ds *datasets.Dataset, op *datasets.Operation, body []byte) (*query.Query, error) {
	if len(body) > maxParsed {
		return query.Parse(ds, op, body)
	}
	key := parsedKey{ds.Name, ds.AnswerDigest(), op.Path, string(body), false}
	return e.remember(ds, op, key, func() (*query.Query, error) { return query.Parse(ds, op, body) })
}

// ParseFlat is the function of that name with a memory for what was valid
// before.
func (e *Engine) ParseFlat(ds *datasets.Dataset, op *datasets.Operation, rawQuery string) (*query.Query, error) {
	if len(rawQuery) > maxParsed {
		return query.ParseFlat(ds, op, rawQuery)
	}
	key := parsedKey{ds.Name, ds.AnswerDigest(), op.Path, rawQuery, true}
	return e.remember(ds, op, key, func() (*query.Query, error) { return query.ParseFlat(ds, op, rawQuery) })
}

// remember keeps what parse returns, but not for which dataset and operation.
func (e *Engine) remember(ds *datasets.Dataset, op *datasets.Operation, key parsedKey, parse func() (*query.Query, error)) (*query.Query, error) {
	if known, ok := e.parsed.Get(key); ok {
		q := *known
		q.Dataset, q.Operation = ds, op
		return &q, nil
	}
	q, err := parse()
	if err == nil {
		known := *q
		known.Dataset, known.Operation = nil, nil
		e.parsed.Add(key, &known)
	}
	return q, err
}

// Table returns what is known of the dataset's content. The error is a *fault.Error
// with code NotLoaded where the store has no rows of it, StoreUnavailable where
// they cannot be reached or read, or another code; or it is the context's.
func (e *Engine) Table(ctx context.Context, ds *datasets.Dataset) (TableInfo, error) {
	table, err := e.tableOf(aboutTable(ctx), ds)
	if err != nil {
		return TableInfo{}, failure(err)
	}
	return table.Info(), nil
}

// table returns the content that the query is about.
func (e *Engine) table(ctx context.Context, q *query.Query) (table Table, err error) {
	switch {
	case q.Version != "":
		table, err = e.pinned(ctx, q)
	case q.After != nil:
		table, err = e.tableAt(ctx, q.Dataset, q.After.Version)
	default:
		table, err = e.tableOf(ctx, q.Dataset)
	}
	if err != nil {
		return nil, failure(err)
	}
	return table, nil
}

// deadline bounds one step of a run by the engine's timeout.
func (e *Engine) deadline(ctx context.Context) (context.Context, context.CancelFunc) {
	if e.options.Timeout <= 0 {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, e.options.Timeout)
}

// failure gives an error of a store its code. A caller's leave is no failure
// of ours and stays context.Canceled.
func failure(err error) error {
	var known *fault.Error
	switch {
	case errors.As(err, &known), errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, context.DeadlineExceeded):
		return fault.TooSlowError(err)
	default:
		return &fault.Error{Code: fault.Internal, Err: err}
	}
}
