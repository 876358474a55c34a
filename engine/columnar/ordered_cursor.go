package columnar

import (
	"context"
	"fmt"
	"io"
	"math"

	"herbarium/engine"
	"herbarium/engine/memory"
	"herbarium/engine/plan"
)

// orderedCursor returns matching rows in the order of their values. It knows which they
// are from the start, and gathers them from the blocks as Next asks for more.
type orderedCursor struct {
	table *table
	plan  *plan.Plan
	order *rowOrder
	index *selectionIndex // of a plan with conditions; nil otherwise
	rows  rowNumbers      // of the page, or of all of the order
	at    int             // the next one to return, up to, not including, end
	begin int
	end   int
	total int64 // how many rows match; negative where that is not known
	batch []int64
	out   *batchBuilder
}

// maxTopRows is up to which row of an order pages are searched for without sorting.
const maxTopRows = 16_384

// newOrderedCursor finds the plan's rows.
func newOrderedCursor(ctx context.Context, t *table, p *plan.Plan) (*orderedCursor, error) {
	c := &orderedCursor{table: t, plan: p, out: t.newBatchBuilder(p.Fields)}
	where := &filter{}
	if !p.Filter.Always() {
		var err error
		if c.index, err = t.selectionIndex(ctx, p); err != nil {
			return nil, err
		}
		where = c.index.where
	}
	if where.never {
		return c, nil
	}
	c.order = t.rowOrder(p.Order)
	var bound *orderBound
	if p.After != "" {
		row, ok := p.After.Row()
		if !ok || len(p.AfterValues) != len(p.Order) {
			return nil, fmt.Errorf("the plan goes on after a row that table %s does not count", t.version)
		}
		bound = c.order.bound(p.AfterValues, row)
	}
	if err := c.find(ctx, where, bound); err != nil {
		return nil, err
	}
	return c, nil
}

// find sets rows, where the page begins and ends among them, and the total.
func (c *orderedCursor) find(ctx context.Context, where *filter, bound *orderBound) error {
	t, p := c.table, c.plan
	skip := max(p.Skip, 0)
	key := orderKey(t, p)
	kept := t.keptOrder(key)
	rows := kept.rows.Load()
	if rows == nil && p.Limit >= 0 && p.Limit < maxTopRows && skip < maxTopRows-p.Limit && kept.searches.Add(1) <= maxSearches {
		// One row more tells whether there are more.
		found, err := t.topRows(ctx, where, c.index, c.order, bound, int(skip+p.Limit)+1)
		if err != nil {
			return err
		}
		c.rows = rowNumbers{wide: found}
		switch {
		case c.index == nil:
			c.total = t.rows
		case bound == nil && int64(len(found)) <= skip+p.Limit:
			c.total = int64(len(found))
		default:
			c.total = c.index.totalKnown()
		}
	} else {
		var err error
		if rows, err = kept.sorted(ctx, t, key, c.index, c.order); err != nil {
			return err
		}
		c.rows, c.total = *rows, int64(rows.len())
		if bound != nil {
			c.begin = c.order.firstAfter(bound, c.rows)
		}
	}
	n := int64(c.rows.len())
	begin := min(int64(c.begin)+min(skip, n), n)
	limit := p.Limit
	if limit < 0 {
		limit = math.MaxInt64
	}
	c.begin = int(begin)
	c.end = int(begin + min(limit, n-begin))
	if rows != nil {
		if err := c.keepPage(ctx); err != nil {
			return err
		}
	}
	c.at = c.begin
	return nil
}

// keepPage copies the page's rows, and the one after it, out of the order of all rows,
// which would stay in memory for as long as somebody reads the page. The whole order is
// held where the page is most of it.
func (c *orderedCursor) keepPage(ctx context.Context) error {
	end := min(c.end+1, c.rows.len())
	if page := end - c.begin; page > c.rows.len()/2 {
		return memory.Take(ctx, c.rows.bytes())
	} else if err := memory.Take(ctx, c.table.numbersBytes(int64(page))); err != nil {
		return err
	}
	c.rows = c.rows.slice(c.begin, end)
	c.begin, c.end = 0, c.end-c.begin
	return nil
}

// Next returns the next rows, or io.EOF.
func (c *orderedCursor) Next(ctx context.Context) (batch *engine.Batch, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if c.at == c.end {
		return nil, io.EOF
	}
	err = c.table.guard(func() error {
		c.batch = c.batch[:0]
		for ; c.at < c.end && len(c.batch) < engine.BatchRows; c.at++ {
			c.batch = append(c.batch, c.rows.at(c.at))
		}
		batch = c.out.pick(c.table, c.batch)
		return nil
	})
	return batch, err
}

// PageEnd returns where the page ends: its rows are known, and one more.
func (c *orderedCursor) PageEnd(context.Context) (end engine.PageEnd, err error) {
	end = engine.PageEnd{Total: c.total, More: c.end < c.rows.len()}
	if !end.More || c.end == c.begin {
		return end, nil
	}
	last := c.rows.at(c.end - 1)
	end.Last = plan.RowPosition(last)
	err = c.table.guard(func() error {
		end.LastValues = c.order.values(c.plan.Order, last)
		return nil
	})
	return end, err
}

// Close does nothing: the blocks stay as long as the table is reachable.
func (c *orderedCursor) Close() error { return nil }
