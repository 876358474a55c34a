package mongodb

import (
	"context"
	"io"
	"slices"

	"herbarium/engine"
	"herbarium/engine/plan"
)

// groupCursor hands out groups that were collected, in order.
type groupCursor struct {
	plan     *plan.Plan
	count    int64             // of groups, on all pages
	left     [][]plan.Nullable // rows still to come
	batch    *batchBuilder
	streamed bool // where the page ends is told as if the groups had been streamed
}

// cursor returns the answer that the groups are, ordered and cut to the window.
func (all *groups) cursor() *groupCursor {
	p := all.plan
	c := &groupCursor{plan: p, count: int64(len(all.all)), batch: newBatchBuilder(p.Columns)}
	order := make([]int, len(all.all))
	for i := range order {
		order[i] = i
	}
	if len(p.Order) == 0 {
		slices.SortFunc(order, func(a, b int) int { return all.compareKeys(&all.all[a], &all.all[b]) })
		for _, i := range all.window(order) {
			c.left = append(c.left, all.appendRow(nil, &all.all[i]))
		}
		return c
	}
	rows := make([][]plan.Nullable, len(all.all))
	for i := range rows {
		rows[i] = all.appendRow(nil, &all.all[i])
	}
	slices.SortFunc(order, func(a, b int) int {
		for _, key := range p.Order {
			by := all.compareColumn(key.By, rows[a], rows[b], &all.all[a], &all.all[b])
			if key.Descending {
				by = -by
			}
			if by != 0 {
				return by
			}
		}
		return all.compareKeys(&all.all[a], &all.all[b])
	})
	for _, i := range all.window(order) {
		c.left = append(c.left, rows[i])
	}
	return c
}

// window cuts the groups to the plan's page.
func (all *groups) window(order []int) []int {
	order = order[min(all.plan.Skip, int64(len(order))):]
	if limit := all.plan.Limit; limit >= 0 {
		order = order[:min(limit, int64(len(order)))]
	}
	return order
}

// compareColumn compares two groups by a column of the answer.
func (all *groups) compareColumn(column int, x, y []plan.Nullable, a, b *group) int {
	if key, ok := all.plan.Groups.InColumn(column); ok {
		return all.compareKey(key, a, b)
	}
	return plan.CompareNullable(x[column], y[column], all.plan.Columns[column].Type)
}

func (all *groups) compareKeys(a, b *group) int {
	for i := range a.keys {
		if c := all.compareKey(i, a, b); c != 0 {
			return c
		}
	}
	return 0
}

// compareKey compares two groups by a key. Labels are ordered by where their
// buckets begin.
func (all *groups) compareKey(i int, a, b *group) int {
	x, y := a.keys[i], b.keys[i]
	if all.labels[i].buckets != nil {
		if x == y {
			return 0 // a bucket may have several runs, each with a start of its own
		}
		x.Value, y.Value = a.starts[i], b.starts[i]
	}
	return plan.CompareNullable(x, y, all.labels[i].kind)
}

// Next returns the next groups, or io.EOF.
func (c *groupCursor) Next(ctx context.Context) (*engine.Batch, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if len(c.left) == 0 {
		return nil, io.EOF
	}
	n := min(len(c.left), engine.BatchRows)
	c.batch.begin()
	for _, row := range c.left[:n] {
		c.batch.add(row)
	}
	c.left = c.left[n:]
	return c.batch.end(), nil
}

// PageEnd returns where the page ends: all groups are known.
func (c *groupCursor) PageEnd(context.Context) (engine.PageEnd, error) {
	if c.streamed {
		return endOfStream(c.plan, max(0, min(c.plan.Limit, c.count-c.plan.Skip))), nil
	}
	return engine.PageEnd{More: c.count-c.plan.Limit > c.plan.Skip, Total: c.count}, nil
}

// endOfStream returns where a page of the plan ends that has so many rows or groups and was
// streamed: whether a full one has more after it is not known, and taken to be so.
func endOfStream(p *plan.Plan, n int64) engine.PageEnd {
	switch {
	case n >= p.Limit:
		return engine.PageEnd{More: true, Total: -1}
	case p.After == "" && (n > 0 || p.Skip == 0):
		return engine.PageEnd{Total: p.Skip + n}
	}
	return engine.PageEnd{Total: -1}
}

// Close does nothing: the groups are memory alone.
func (c *groupCursor) Close() error { return nil }
