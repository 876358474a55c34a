package mongodb

import (
	"context"
	"errors"
	"io"

	"herbarium/engine"
	"herbarium/engine/plan"
)

// readUnmanaged reads all rows of a collection that something else filled, in the order of
// _id, with one cursor: what _ids there are is not known, and a view has no index to divide.
// The values are those of the pipeline that answers a query of all rows.
func (t *table) readUnmanaged(ctx context.Context, write func(*engine.Batch) error) error {
	all := &plan.Plan{Dataset: t.dataset, Limit: -1}
	for i := range t.dataset.Fields {
		all.Fields = append(all.Fields, i)
		all.Columns = append(all.Columns, plan.Column{Name: t.dataset.Fields[i].Name, Type: t.dataset.Fields[i].Type})
	}
	cursor, err := within(ctx, func(ctx context.Context) (engine.Cursor, error) { return t.Run(ctx, all) })
	if err != nil {
		return err
	}
	for {
		b, err := within(ctx, cursor.Next)
		if err == io.EOF {
			return cursor.Close()
		}
		if err == nil {
			err = write(b)
		}
		if err != nil {
			return errors.Join(err, cursor.Close())
		}
	}
}

// within calls ask with so much time as one reading of a range has.
func within[T any](ctx context.Context, ask func(context.Context) (T, error)) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, rangeTime)
	defer cancel()
	return ask(ctx)
}
