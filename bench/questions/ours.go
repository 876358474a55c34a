package questions

import (
	"context"
	"encoding/json"

	"herbarium/bench/data"
	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/columnar"
)

// ours is Herbarium as a library, without a cache of answers.
type ours struct {
	engine *engine.Engine
	store  engine.Target
	ds     *datasets.Dataset
}

// newOurs loads the table into memory.
func newOurs(ctx context.Context, table *data.Table) (*ours, error) {
	o := &ours{store: columnar.NewStore(columnar.Options{}), ds: table.Dataset}
	o.engine = engine.New(o.store, engine.Options{})
	return o, fill(ctx, o.store, table)
}

// fill loads the table into a store.
func fill(ctx context.Context, store engine.Target, table *data.Table) error {
	load, err := store.Begin(ctx, table.Dataset, engine.LoadOptions{})
	if err != nil {
		return err
	}
	defer func() { _ = load.Abort(ctx) }() // does nothing after Commit
	for first := 0; first < table.Rows; first += engine.BatchRows {
		if err := load.Write(ctx, table.Batch(first, min(engine.BatchRows, table.Rows-first))); err != nil {
			return err
		}
	}
	_, err = load.Commit(ctx)
	return err
}

func (o *ours) close(ctx context.Context) {
	o.engine.Close()
	_ = o.store.Close(ctx) // it was read
}

// ask answers a question as a request would ask it.
func (o *ours) ask(ctx context.Context, q *question, n asking) (answer, error) {
	var all answer
	for i := range q.parts {
		p := &q.parts[i]
		rows, err := o.rows(ctx, p.op, q.request(p, n), p.columns)
		if err != nil {
			return nil, err
		}
		all = append(all, rows...)
	}
	return all, nil
}

// rows answers a request with some of its columns.
func (o *ours) rows(ctx context.Context, op *datasets.Operation, body map[string]any, columns []string) (answer, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	parsed, err := o.engine.Parse(o.ds, op, text)
	if err != nil {
		return nil, err
	}
	var all answer
	for row, err := range o.engine.Rows(ctx, parsed) {
		if err != nil {
			return nil, err
		}
		values := make([]any, len(columns))
		for c, name := range columns {
			values[c] = value(row.Value(name))
		}
		all = append(all, values)
	}
	return all, nil
}
