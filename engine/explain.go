package engine

import (
	"context"

	"herbarium/engine/pipeline"
	"herbarium/engine/plan"
	"herbarium/engine/query"
)

// Explanation says how a query would run.
type Explanation struct {
	Plan     string            `json:"plan"`     // Plan.String
	Pipeline pipeline.Pipeline `json:"pipeline"` // as relaxed MongoDB extended JSON
	// Further are the pipelines that a store runs beside it, for measures that need
	// more than one, or after it, for a histogram whose edges it finds.
	Further []pipeline.Pipeline `json:"further,omitempty"`
	Store   string              `json:"store"` // Store.Describe
	Place   string              `json:"place"` // TableInfo.Place; "" where nothing is loaded
	// Way is how an answer would go now, where the store has a mirror; else "".
	Way Way `json:"way,omitempty"`
	// Collection is what the pipelines run on, TableInfo.Collection.
	Collection string `json:"-"`
}

// explainer is a Table that runs plans as pipelines.
type explainer interface {
	// Explain returns the pipelines that a plan runs as, without running any.
	Explain(p *plan.Plan) []pipeline.Pipeline
}

// Explain says how the query would run, without running it; but the edges of a histogram
// are looked for, since the pipeline that counts has them, as far as the context's limits
// and the load allow. The error is that of
// query.Query.Plan: where the store has no rows or is away, the plan still stands.
func (e *Engine) Explain(ctx context.Context, q *query.Query) (*Explanation, error) {
	p, err := q.Plan()
	if err != nil {
		return nil, err
	}
	p = explained(p)
	x := &Explanation{Plan: p.String(), Pipeline: pipeline.Compile(p), Store: e.store.Describe()}
	// Where the table cannot be had now, the plan is still worth showing.
	find := func() (Table, error) { return e.tableOf(ctx, q.Dataset) }
	if q.Version != "" {
		find = func() (Table, error) { return e.pinned(ctx, q) }
	}
	table, err := find()
	if err != nil {
		return x, nil //nolint:nilerr // an answer says it
	}
	info := table.Info()
	x.Place, x.Way, x.Collection = info.Place, info.Way, info.Collection
	all := pipelinesOn(table, p)
	if !p.Settled() {
		if settled, err := e.settled(ctx, table, q, p); err == nil {
			x.Plan = settled.String()
			all = append(all, pipelinesOn(table, settled)...)
		}
	}
	x.Pipeline, x.Further = all[0], all[1:]
	return x, nil
}

// settled settles a plan for its explanation. It runs on the store, so it keeps to the
// limits as an answer does.
func (e *Engine) settled(ctx context.Context, table Table, q *query.Query, p *plan.Plan) (*plan.Plan, error) {
	l, _ := limitsOf(ctx)
	ctx, cancel, check := l.begin(ctx)
	defer cancel()
	if l.Scanned > 0 {
		if err := (&Answer{table: table, query: q}).affordScan(ctx, l, p); err != nil {
			return nil, check(err)
		}
	}
	ctx, end := e.deadline(ctx)
	defer end()
	settled, err := settle(ctx, table, p)
	return settled, check(err)
}

// explainerOf returns the table as one that runs plans as pipelines, if it is one.
func explainerOf(table Table) (explainer, bool) {
	if t, ok := table.(restrictedTable); ok {
		return t, t.runsPipelines()
	}
	runs, ok := table.(explainer)
	return runs, ok
}

// pipelinesOn returns the pipelines that a plan would run as, of which the first one begins.
func pipelinesOn(table Table, p *plan.Plan) []pipeline.Pipeline {
	if runs, ok := explainerOf(table); ok {
		return runs.Explain(p.Inner())
	}
	if table.Info().Unmanaged {
		return []pipeline.Pipeline{pipeline.CompileUnmanaged(p)}
	}
	return []pipeline.Pipeline{pipeline.Compile(p)}
}
