package columnar

import (
	"context"
	"io"
	"math"
	"slices"

	"herbarium/datasets"
	"herbarium/engine"
)

// meanCursor hands out the groups of a finished sum, in order.
type meanCursor struct {
	plan  *engine.Plan
	total *partial
	count int64    // of groups, on all pages
	left  []uint32 // groups still to come
	codes []uint32 // of the batch's groups, group by group
	batch engine.Batch
}

func newMeanCursor(plan *engine.Plan, total *partial) *meanCursor {
	c := &meanCursor{plan: plan, total: total, left: total.ordered()}
	c.count = int64(len(c.left))
	c.left = c.left[min(plan.Skip, int64(len(c.left))):]
	if plan.Limit >= 0 {
		c.left = c.left[:min(plan.Limit, int64(len(c.left)))]
	}
	c.batch.Columns = make([]engine.Vector, len(plan.Columns))
	for i := range c.batch.Columns {
		c.batch.Columns[i].Type = plan.Columns[i].Type
	}
	return c
}

// ordered returns the groups with a row, in the order of their values.
func (p *partial) ordered() []uint32 {
	var order []uint32
	for g, rows := range p.rows {
		if rows > 0 {
			order = append(order, uint32(g))
		}
	}
	if _, dense := p.groups.(denseGroups); !dense {
		var x, y []uint32
		slices.SortFunc(order, func(a, b uint32) int {
			x, y = p.groups.codes(x[:0], a), p.groups.codes(y[:0], b)
			return slices.Compare(x, y)
		})
	}
	return order
}

// mean returns the group's mean of the plan's i-th field, and whether it has
// one.
func (p *partial) mean(i int, group uint32) (float64, bool) {
	n := p.rows[group]
	if p.nulls[i] != nil {
		n -= p.nulls[i][group]
	}
	if n == 0 {
		return 0, false
	}
	mean := p.sums[i].total(group) / float64(n)
	return mean, !math.IsInf(mean, 0)
}

// Next returns the next groups, or io.EOF.
func (c *meanCursor) Next(ctx context.Context) (*engine.Batch, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if len(c.left) == 0 {
		return nil, io.EOF
	}
	groups := c.left[:min(len(c.left), engine.BatchRows)]
	c.left = c.left[len(groups):]
	c.batch.Rows = len(groups)
	means := len(c.plan.Fields)
	for i := range means {
		c.means(&c.batch.Columns[i], i, groups)
	}
	c.codes = c.codes[:0]
	for _, g := range groups {
		c.codes = c.total.groups.codes(c.codes, g)
	}
	for i := range c.plan.GroupBy {
		c.values(&c.batch.Columns[means+i], i)
	}
	return &c.batch, nil
}

func (c *meanCursor) means(v *engine.Vector, field int, groups []uint32) {
	v.Floats = extend(v.Floats, len(groups))
	v.Valid = extend(v.Valid, words(len(groups)))
	clear(v.Valid)
	for k, g := range groups {
		if mean, ok := c.total.mean(field, g); ok {
			v.Floats[k] = mean
			v.Valid[k>>6] |= 1 << (k & 63)
		}
	}
}

// values writes the groups' values in the i-th field that they are made by.
func (c *meanCursor) values(v *engine.Vector, i int) {
	by, n := c.total.plan.by[i], len(c.plan.GroupBy)
	v.Valid = extend(v.Valid, words(c.batch.Rows))
	clear(v.Valid)
	switch v.Type {
	case datasets.Number:
		v.Floats = extend(v.Floats, c.batch.Rows)
	case datasets.String:
		v.Codes, v.Dict, v.Unused = extend(v.Codes, c.batch.Rows), by.texts, 1
	default:
		v.Ints = extend(v.Ints, c.batch.Rows)
	}
	for k := range c.batch.Rows {
		code := c.codes[k*n+i]
		if code > 0 {
			v.Valid[k>>6] |= 1 << (k & 63)
		}
		switch v.Type {
		case datasets.Number:
			v.Floats[k] = by.floats[code]
		case datasets.String:
			v.Codes[k] = code
		default:
			v.Ints[k] = by.ints[code]
		}
	}
}

// Edge returns where the page ends: all groups are known.
func (c *meanCursor) Edge(context.Context) (engine.Edge, error) {
	return engine.Edge{More: c.count-c.plan.Limit > c.plan.Skip, Total: c.count}, nil
}

// Close does nothing: the sums are memory alone.
func (c *meanCursor) Close() error { return nil }
