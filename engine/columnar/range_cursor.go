package columnar

import (
	"context"
	"io"
	"math"

	"herbarium/engine"
)

// rangeCursor reads matching rows block by block, as they are asked for.
type rangeCursor struct {
	table *table
	where *filter
	skip  int64 // rows still to pass over
	left  int64 // rows still to return
	next  int   // the next block to read

	block    *block     // the one being handed out; nil before the first
	selected *selection // of its rows, and
	rows     []uint16   // which they are, unless all are selected
	at       int        // how many of them are behind us
	out      *output
}

func newRangeCursor(t *table, where *filter, plan *engine.Plan) *rangeCursor {
	c := &rangeCursor{
		table:    t,
		where:    where,
		skip:     max(plan.Skip, 0),
		left:     plan.Limit,
		selected: t.newSelection(),
		out:      t.newOutput(plan.Fields),
	}
	if c.left < 0 {
		c.left = math.MaxInt64
	}
	if where.never || c.skip >= t.rows {
		c.left = 0
	}
	return c
}

// Next returns the next matching rows, or io.EOF.
func (c *rangeCursor) Next(ctx context.Context) (*engine.Batch, error) {
	for c.left > 0 {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if c.block != nil && c.at < c.selected.rows {
			return c.batch(), nil
		}
		if c.skip > 0 {
			if err := c.seek(ctx); err != nil {
				return nil, err
			}
		}
		if c.next == len(c.table.blocks) {
			break
		}
		c.read()
	}
	c.left = 0
	return nil, io.EOF
}

// seek passes over the blocks that lie wholly before the rows asked for.
func (c *rangeCursor) seek(ctx context.Context) error {
	if len(c.where.conditions) == 0 {
		c.next = int(c.skip / int64(c.table.blockRows))
		c.skip %= int64(c.table.blockRows)
		return nil
	}
	var err error
	c.next, c.skip, err = c.table.seek(ctx, c.where, c.next, c.skip)
	return err
}

// read selects rows of the next block.
func (c *rangeCursor) read() {
	c.block = &c.table.blocks[c.next]
	c.next++
	c.where.choose(c.block, c.selected)
	c.at = int(min(c.skip, int64(c.selected.rows)))
	c.skip -= int64(c.at)
	if !c.selected.full && c.selected.rows > 0 {
		c.rows = appendRows(c.rows[:0], c.selected.bitmap)
	}
}

// batch hands out selected rows of the block.
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

// Close does nothing: the blocks are memory alone.
func (c *rangeCursor) Close() error { return nil }
