package engine

import (
	"context"
	"herbarium/engine/pipeline"
	"herbarium/engine/query"
)

// Explanation says how a query would run.
type Explanation struct {
	Plan     string            `json:"plan"`     // Plan.String
	Pipeline pipeline.Pipeline `json:"pipeline"` // as relaxed MongoDB extended JSON
	Store    string            `json:"store"`    // Store.Describe
	Place    string            `json:"place"`    // TableInfo.Place; "" where nothing is loaded
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
	if info, err := e.Table(ctx, q.Dataset); err == nil {
		x.Place = info.Place
		if info.Unmanaged {
			x.Pipeline = pipeline.CompileUnmanaged(p)
		}
	}
	return x, nil
}
