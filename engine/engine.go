package engine

import (
	"context"
	"time"

	"herbarium/datasets"
)

// Options are an Engine's limits. The zero value caches nothing and sets no
// deadline.
type Options struct {
	CacheBytes int64         // memory for cached answers; 0 turns the cache off
	Timeout    time.Duration // for a query up to its first rows, then for each chunk; 0: none
}

// Engine answers queries from a store. It is safe for concurrent use.
type Engine struct {
	store   Store
	options Options
}

// New returns an engine over store.
func New(store Store, options Options) *Engine {
	return &Engine{store: store, options: options}
}

// Store returns the engine's store.
func (e *Engine) Store() Store { return e.store }

// Parse is ParseQuery with a memory for bodies that were valid before.
func (e *Engine) Parse(ds *datasets.Dataset, body []byte) (*Query, error) {
	return ParseQuery(ds, body)
}

// ParseQuery validates body, a JSON query of ds, and settles it. An empty
// body asks for everything. The error is an *Error with code MalformedQuery
// or InvalidQuery and every violation, in the order of the body.
func ParseQuery(ds *datasets.Dataset, body []byte) (*Query, error) { panic("unwritten") }

// Table returns what is known of the dataset's content.
func (e *Engine) Table(ctx context.Context, ds *datasets.Dataset) (TableInfo, error) {
	panic("unwritten")
}

// Answer is an answer on its way: encoded chunks, whole or streamed.
type Answer struct {
	Version string // of the rows; "" where it is unknown
	Tag     string // identifies the bytes, for an ETag (unquoted); "" where the version is unknown
	Size    int64  // of all chunks together, in bytes; negative where it is not known yet
}

// Answer runs the query and encodes what it finds. It returns once there is
// something to send, so that most errors come before the first byte. The
// caller closes the answer.
func (e *Engine) Answer(ctx context.Context, q *Query, op datasets.Operation, format Format) (*Answer, error) {
	panic("unwritten")
}

// Next returns the next chunk of bytes, or io.EOF after the last. The chunk
// must not be changed and is valid until the next call.
func (a *Answer) Next(ctx context.Context) ([]byte, error) { panic("unwritten") }

// Close lets go of the answer; others who wait for the same one go on.
func (a *Answer) Close() error { panic("unwritten") }

// Explanation says how a query would run.
type Explanation struct {
	Plan     string   `json:"plan"`     // Plan.String
	Pipeline Pipeline `json:"pipeline"` // as MongoDB extended JSON
	Store    string   `json:"store"`    // Store.Describe
	Place    string   `json:"place"`    // TableInfo.Place; "" where nothing is loaded
}

// Explain says how the query would run, without running it.
func (e *Engine) Explain(ctx context.Context, q *Query, op datasets.Operation) (*Explanation, error) {
	panic("unwritten")
}
