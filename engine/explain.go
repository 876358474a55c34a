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
	// more than one.
	Further []pipeline.Pipeline `json:"further,omitempty"`
	Store   string              `json:"store"` // Store.Describe
	Place   string              `json:"place"` // TableInfo.Place; "" where nothing is loaded
}

// explainer is a Table that runs plans as pipelines.
type explainer interface {
	// Explain returns the pipelines that a plan runs as, without running any.
	Explain(p *plan.Plan) []pipeline.Pipeline
}

// Explain says how the query would run, without running it. The error is that
// of query.Query.Plan: where the store has no rows or is away, the plan still stands.
func (e *Engine) Explain(ctx context.Context, q *query.Query) (*Explanation, error) {
	p, err := q.Plan()
	if err != nil {
		return nil, err
	}
	x := &Explanation{Plan: p.String(), Pipeline: pipeline.Compile(p), Store: e.store.Describe()}
	// Where the table cannot be had now, the plan is still worth showing.
	if table, err := e.store.Table(ctx, q.Dataset); err == nil {
		x.Place = table.Info().Place
		if runs, ok := table.(explainer); ok {
			all := runs.Explain(p.Inner())
			x.Pipeline, x.Further = all[0], all[1:]
		} else if table.Info().Unmanaged {
			x.Pipeline = pipeline.CompileUnmanaged(p)
		}
	}
	return x, nil
}
