package engine

import (
	"context"
	"errors"
	"io"
	"time"

	"herbarium/engine/plan"
	"herbarium/engine/query"
)

// Run is what is known of one run of a plan on the store. An answer that comes from
// a cache has none, and equal queries at the same time share one.
type Run struct {
	Query *query.Query
	Plan  *plan.Plan // nil where the query has none
	Began time.Time
	// Planned is the time that settling the plan took, First that in the store up to
	// the first rows, Store all of that in the store, and Encode that of making bytes
	// of rows. What the reader takes to accept them is in none.
	Planned, First, Store, Encode time.Duration
	// Rows and Bytes count what was read of the store and made of it.
	Rows, Bytes int64
	// Scanned counts the rows that the store looked at: those of the blocks that zone maps
	// do not exclude and of which nothing was known. 0 where the store does not tell.
	Scanned int64
	// Kind is that of the store: memory, file or mongodb.
	Kind string
	// Way is how the store ran the plan; "" where the store has one way.
	Way Way
	// Err is why the run failed; nil where it did not, or was ended by its reader.
	Err error
}

// Work is the time that the run took, without waits for a reader.
func (r *Run) Work() time.Duration { return r.Planned + r.Store + r.Encode }

// Step is a part of a run, as traces name it.
type Step string

// The steps of a run. The store's begins with the plan and ends with the first rows;
// the encoder's goes on from there, with what it fetches of further rows.
const (
	StepPlan   Step = "plan"
	StepStore  Step = "store"
	StepEncode Step = "encode"
)

// Tracer follows the steps of runs. It is safe for concurrent use.
type Tracer interface {
	// Start begins a step that belongs to what the context carries.
	Start(ctx context.Context, step Step) Span
}

// Span is a step under way.
type Span interface {
	// Context returns the context with the span in it.
	Context(ctx context.Context) context.Context
	// End ends the step; the run says what is known by then.
	End(r *Run)
}

// start begins a step; nil where nobody follows.
func (e *Engine) start(ctx context.Context, step Step) Span {
	if e.options.Tracer == nil {
		return nil
	}
	return e.options.Tracer.Start(ctx, step)
}

// within returns the context with the span in it, if there is one.
func within(ctx context.Context, s Span) context.Context {
	if s == nil {
		return ctx
	}
	return s.Context(ctx)
}

// recorder records a run while it is under way.
type recorder struct {
	Run
	engine *Engine
	span   Span
	step   time.Time // when the part that is being timed began
	first  bool      // the first rows have come
}

// record begins a run of the query with its plan.
func (e *Engine) record(ctx context.Context, q *query.Query) (*recorder, *plan.Plan, error) {
	r := &recorder{Run: Run{Query: q, Kind: e.kind, Began: time.Now()}, engine: e}
	span := e.start(ctx, StepPlan)
	p, err := q.Plan()
	r.step = time.Now()
	r.Plan, r.Planned = p, r.step.Sub(r.Began)
	r.failed(err)
	if span != nil {
		span.End(&r.Run)
	}
	if err != nil {
		r.end()
		return r, nil, err
	}
	r.span = e.start(ctx, StepStore)
	return r, p, nil
}

// stored adds the time since the last part to that in the store.
func (r *recorder) stored() {
	now := time.Now()
	r.Store += now.Sub(r.step)
	r.step = now
}

// arrived is called when the store has answered with a batch, or with an error. After
// the first one it is the encoder's turn.
func (r *recorder) arrived(ctx context.Context, batch *Batch, err error) {
	r.stored()
	if batch != nil {
		r.Rows += int64(batch.Rows)
	}
	r.failed(err)
	if r.first {
		return
	}
	r.first, r.First = true, r.Store
	if r.span != nil {
		r.span.End(&r.Run)
		r.span = r.engine.start(ctx, StepEncode)
	}
}

// encoded adds the time since the last part to that of the encoder.
func (r *recorder) encoded() {
	now := time.Now()
	r.Encode += now.Sub(r.step)
	r.step = now
}

// failed notes why the run fails.
func (r *recorder) failed(err error) {
	if err != nil && err != io.EOF && r.Err == nil && !errors.Is(err, context.Canceled) {
		r.Err = failure(err)
	}
}

// end ends the run, and passes it on.
func (r *recorder) end() {
	if r.span != nil {
		r.span.End(&r.Run)
		r.span = nil
	}
	if r.engine.options.Observe != nil {
		r.engine.options.Observe(r.Run)
	}
}
