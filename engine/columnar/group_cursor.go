package columnar

import (
	"context"
	"io"
	"slices"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/columnar/internal/bitmap"
	"herbarium/engine/plan"
)

// groupCursor hands out the groups of a finished aggregation, in order.
type groupCursor struct {
	plan   *plan.Plan
	total  *aggregator
	places []int    // of the plan's measures, see aggregatedBy
	count  int64    // of groups, on all pages
	left   []uint32 // groups still to come
	codes  []uint32 // of the batch's groups, group by group
	batch  engine.Batch
}

func newGroupCursor(ctx context.Context, p *plan.Plan, total *aggregator, places []int) (*groupCursor, error) {
	c := &groupCursor{plan: p, total: total, places: places}
	if err := takeOrder(ctx, len(total.rows), len(p.Order)); err != nil {
		return nil, err
	}
	var err error
	if c.left, err = c.sort(ctx, total.ordered()); err != nil {
		return nil, err
	}
	c.count = int64(len(c.left))
	c.left = c.left[min(p.Skip, int64(len(c.left))):]
	if p.Limit >= 0 {
		c.left = c.left[:min(p.Limit, int64(len(c.left)))]
	}
	c.batch.Columns = make([]engine.Vector, len(p.Columns))
	for i := range c.batch.Columns {
		c.batch.Columns[i].Type = p.Columns[i].Type
	}
	return c, nil
}

// ordered returns the groups with a row, in the order of their values.
func (p *aggregator) ordered() []uint32 {
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

// Next returns the next groups, or io.EOF.
func (c *groupCursor) Next(ctx context.Context) (*engine.Batch, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if len(c.left) == 0 {
		return nil, io.EOF
	}
	groups := c.left[:min(len(c.left), engine.BatchRows)]
	c.left = c.left[len(groups):]
	c.batch.Rows = len(groups)
	measures := c.plan.Groups.Measures
	for i := range measures {
		c.measure(&c.batch.Columns[c.plan.Groups.MeasureColumn(i)], measures[i].Measure, c.places[i], groups)
	}
	c.codes = c.codes[:0]
	for _, g := range groups {
		c.codes = c.total.groups.codes(c.codes, g)
	}
	for i := range c.plan.Groups.Keys {
		c.values(&c.batch.Columns[c.plan.Groups.KeyColumn(i)], i)
	}
	return &c.batch, nil
}

// measure writes a measure of the groups. Which slice of the vector takes it
// follows from the column's type.
func (c *groupCursor) measure(v *engine.Vector, m *plan.Measure, place int, groups []uint32) {
	v.Valid = extend(v.Valid, bitmap.Words(len(groups)))
	clear(v.Valid)
	switch v.Type {
	case datasets.Number:
		v.Floats = extend(v.Floats, len(groups))
	case datasets.String:
		v.Codes, v.Dict, v.Unused = extend(v.Codes, len(groups)), c.total.texts[place], 1
	default:
		v.Ints = extend(v.Ints, len(groups))
	}
	for k, g := range groups {
		of := c.total.aggregates(g, place)
		value, ok := m.Result(&of)
		if !ok {
			continue
		}
		v.Valid[k>>6] |= 1 << (k & 63)
		switch v.Type {
		case datasets.Number:
			v.Floats[k] = value.Float
		case datasets.String:
			code, _ := slices.BinarySearch(v.Dict[1:], value.Str)
			v.Codes[k] = uint32(code) + 1
		default:
			v.Ints[k] = value.Int
		}
	}
}

// values writes the groups' values in the i-th field that they are made by.
func (c *groupCursor) values(v *engine.Vector, i int) {
	by, n := c.total.plan.by[i], len(c.plan.Groups.Keys)
	v.Valid = extend(v.Valid, bitmap.Words(c.batch.Rows))
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

// PageEnd returns where the page ends: all groups are known.
func (c *groupCursor) PageEnd(context.Context) (engine.PageEnd, error) {
	return engine.PageEnd{More: c.count-c.plan.Limit > c.plan.Skip, Total: c.count}, nil
}

// Close does nothing: the sums are memory alone.
func (c *groupCursor) Close() error { return nil }
