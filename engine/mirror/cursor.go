package mirror

import (
	"context"
	"errors"
	"io"

	"herbarium/engine"
	"herbarium/engine/plan"
)

// cursor is an answer of a copy. Where the copy turns out to be damaged half-way, the
// source goes on behind the rows that were handed out: the same plan of the same version
// has the same rows there.
type cursor struct {
	engine.Cursor
	table    *table
	plan     *plan.Plan
	rows     int64 // that were handed out
	onSource bool
}

// Next returns the next rows.
func (c *cursor) Next(ctx context.Context) (*engine.Batch, error) {
	b, err := c.Cursor.Next(ctx)
	switch {
	case err == nil:
		c.rows += int64(b.Rows)
		return b, nil
	case err == io.EOF || c.onSource || !c.table.goesOn(ctx, err):
		return nil, err
	}
	rest := *c.plan
	rest.Skip += c.rows
	if rest.Limit >= 0 {
		rest.Limit -= c.rows
	}
	if rest.Limit == 0 {
		return nil, io.EOF
	}
	source, err := c.table.runSource(ctx, &rest)
	if err != nil {
		return nil, err
	}
	_ = c.Cursor.Close() // it has failed
	c.Cursor, c.onSource = source, true
	return c.Cursor.Next(ctx)
}

// PageEnd returns where the page ends.
func (c *cursor) PageEnd(ctx context.Context) (engine.PageEnd, error) {
	end, err := c.Cursor.PageEnd(ctx)
	if err == nil || c.onSource || !c.table.goesOn(ctx, err) {
		return end, err
	}
	source, err := c.table.runSource(ctx, c.plan)
	if err != nil {
		return end, err
	}
	if _, err = source.Next(ctx); err == nil || err == io.EOF {
		end, err = source.PageEnd(ctx)
	}
	return end, errors.Join(err, source.Close())
}
