package columnar

import (
	"context"
	"fmt"
	"io"
	"math"
	"slices"

	"herbarium/engine"
	"herbarium/engine/columnar/internal/bitmap"
	"herbarium/engine/plan"
)

// rangeCursor returns matching rows. It reads block by block, as Next asks for more.
type rangeCursor struct {
	table *table
	where *filter
	index *selectionIndex // of a page with conditions; nil otherwise
	plan  *plan.Plan
	begin int   // the block in which the page begins, and
	pass  int   // how many selected rows of it come before
	left  int64 // rows still to return
	next  int   // the next block to read

	block    *block     // whose rows Next returns; nil before the first
	selected *selection // of its rows, and
	rows     []uint16   // which they are, unless all are selected
	at       int        // how many of them were returned
	out      *batchBuilder
}

// newRangeCursor finds where the plan's rows begin.
func newRangeCursor(ctx context.Context, t *table, p *plan.Plan) (*rangeCursor, error) {
	c := &rangeCursor{
		table:    t,
		plan:     p,
		left:     p.Limit,
		selected: t.newSelection(),
		out:      t.newBatchBuilder(p.Fields),
	}
	if c.left < 0 {
		c.left = math.MaxInt64
	}
	var err error
	if p.Limit >= 0 && !p.Filter.Always() {
		if c.index, err = t.selectionIndex(ctx, p); err == nil {
			c.where = c.index.where
		}
	} else {
		c.where, err = t.filter(ctx, &p.Filter)
	}
	if err != nil {
		return nil, err
	}
	if c.where.never {
		c.left = 0
		return c, nil
	}
	if err := c.seek(ctx); err != nil {
		return nil, err
	}
	c.next = c.begin
	return c, nil
}

// seek sets begin and pass.
func (c *rangeCursor) seek(ctx context.Context) error {
	t := c.table
	first := max(c.plan.Skip, 0)
	if c.plan.After != "" {
		row, ok := c.plan.After.Row()
		if !ok {
			return fmt.Errorf("the plan goes on after a row that table %s does not count", t.version)
		}
		first = row + 1
	}
	counted := c.index != nil && c.plan.After == ""
	switch {
	case first >= t.rows:
		c.begin = len(t.blocks)
	case counted:
		var err error
		c.begin, c.pass, err = c.index.locate(ctx, t, first)
		return err
	default:
		c.begin, c.pass = int(first/int64(t.blockRows)), int(first%int64(t.blockRows))
		if c.index != nil {
			c.pass = c.index.selection(&t.blocks[c.begin], c.begin, c.selected).rank(c.pass)
		}
	}
	return nil
}

// Next returns the next matching rows, or io.EOF.
func (c *rangeCursor) Next(ctx context.Context) (batch *engine.Batch, err error) {
	err = c.table.guard(func() (err error) {
		batch, err = c.advance(ctx)
		return err
	})
	return batch, err
}

func (c *rangeCursor) advance(ctx context.Context) (*engine.Batch, error) {
	for c.left > 0 {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if c.block != nil && c.at < c.selected.rows {
			return c.batch(), nil
		}
		if c.next == len(c.table.blocks) {
			break
		}
		c.read()
		engine.Scanned(ctx, c.selected.looked)
		c.selected.looked = 0
	}
	c.left = 0
	return nil, io.EOF
}

// read selects rows of the next block.
func (c *rangeCursor) read() {
	number := c.next
	c.block = &c.table.blocks[number]
	c.next++
	var bits []uint64
	if c.index != nil {
		known := c.index.selection(c.block, number, c.selected)
		c.selected.rows, c.selected.full = known.rows, known.rows == c.block.rows
		bits = known.bitmap
	} else {
		c.where.selectRows(c.block, number, c.selected)
		bits = c.selected.bitmap
	}
	c.at = 0
	if number == c.begin {
		c.at = c.pass
	}
	if !c.selected.full && c.selected.rows > 0 {
		c.rows = bitmap.AppendRows(slices.Grow(c.rows[:0], c.selected.rows), bits)
	}
}

// batch returns the next selected rows of the block.
func (c *rangeCursor) batch() *engine.Batch {
	n := int(min(int64(min(c.selected.rows-c.at, engine.BatchRows)), c.left))
	first := c.at
	c.at += n
	c.left -= int64(n)
	if c.selected.full {
		return c.out.slice(c.block, first, n)
	}
	rows := c.rows[first:c.at]
	if int(rows[n-1]-rows[0]) == n-1 {
		return c.out.slice(c.block, int(rows[0]), n)
	}
	return c.out.gather(c.block, rows)
}

// PageEnd returns where the page ends.
func (c *rangeCursor) PageEnd(ctx context.Context) (edge engine.PageEnd, err error) {
	err = c.table.guard(func() (err error) {
		edge, err = c.edge(ctx)
		return err
	})
	return edge, err
}

func (c *rangeCursor) edge(ctx context.Context) (engine.PageEnd, error) {
	t, limit := c.table, c.plan.Limit
	if c.where.never {
		return engine.PageEnd{}, nil
	}
	if c.index == nil {
		first := int64(c.begin)*int64(t.blockRows) + int64(c.pass)
		edge := engine.PageEnd{Total: t.rows, More: limit < t.rows-first}
		if edge.More {
			edge.Last = plan.RowPosition(first + limit - 1)
		}
		return edge, nil
	}
	edge := engine.PageEnd{}
	var last int64
	left := limit // selected rows of the page that are still ahead
	err := c.index.walk(ctx, t, c.begin, func(number int, selected *blockSelection) bool {
		pass := 0
		if number == c.begin {
			pass = c.pass
		}
		here := int64(selected.rows - pass)
		edge.More = here > left || left == 0 && here > 0
		if left > 0 && here >= left {
			last = int64(number)*int64(t.blockRows) + int64(selected.nth(pass+int(left)-1))
		}
		left = max(0, left-here)
		return !edge.More
	})
	if err != nil {
		return edge, err
	}
	if edge.More {
		edge.Last = plan.RowPosition(last)
	} else if c.plan.After == "" {
		// Every block was looked at: counting them costs nothing.
		edge.Total, err = c.index.total(ctx, t)
		return edge, err
	}
	edge.Total = c.index.totalKnown()
	return edge, nil
}

// Close does nothing: the blocks stay as long as the table is reachable.
func (c *rangeCursor) Close() error { return nil }
