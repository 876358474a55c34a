package engine

import (
	"bytes"
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"

	"herbarium/datasets"
)

// Explanation says how a query would run.
type Explanation struct {
	Plan     string   `json:"plan"`     // Plan.String
	Pipeline Pipeline `json:"pipeline"` // as relaxed MongoDB extended JSON
	Store    string   `json:"store"`    // Store.Describe
	Place    string   `json:"place"`    // TableInfo.Place; "" where nothing is loaded
}

// Explain says how the query would run, without running it. The error is that
// of NewPlan: where the store has no rows or is away, the plan still stands.
func (e *Engine) Explain(ctx context.Context, q *Query, op datasets.Operation) (*Explanation, error) {
	plan, err := NewPlan(q, op)
	if err != nil {
		return nil, err
	}
	x := &Explanation{Plan: plan.String(), Pipeline: Compile(plan), Store: e.store.Describe()}
	// Where the table cannot be had now, the plan is still worth showing.
	if info, err := e.Table(ctx, q.Dataset); err == nil {
		x.Place = info.Place
		if info.Foreign {
			x.Pipeline = CompileForeign(plan)
		}
	}
	return x, nil
}

// MarshalJSON writes the pipeline as an array of relaxed extended JSON.
func (pl Pipeline) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('[')
	for i, stage := range pl {
		if i > 0 {
			b.WriteByte(',')
		}
		text, err := bson.MarshalExtJSON(stage, false, false)
		if err != nil {
			return nil, err
		}
		b.Write(text)
	}
	b.WriteByte(']')
	return b.Bytes(), nil
}
