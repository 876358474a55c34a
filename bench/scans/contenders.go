package scans

import (
	"context"
	"runtime"

	"herbarium/bench/data"
)

// contenders are who answers questions about one table, on all cores but for
// single.
type contenders struct {
	table  *data.Table
	ours   *ours
	duck   *duck
	loop   *loop
	single *loop
	index  *bitmaps
}

// newContenders makes the rows and gives them to all.
func newContenders(ctx context.Context, m data.Measurements) (*contenders, error) {
	table, err := m.Table()
	if err != nil {
		return nil, err
	}
	workers := runtime.GOMAXPROCS(0)
	c := &contenders{table: table, loop: newLoop(table, workers), single: newLoop(table, 1), index: newBitmaps(table, workers)}
	if c.ours, err = newOurs(ctx, table); err != nil {
		return nil, err
	}
	if c.duck, err = newDuck(ctx, table, workers); err != nil {
		c.close(ctx)
		return nil, err
	}
	return c, nil
}

func (c *contenders) close(ctx context.Context) {
	_ = c.ours.close(ctx) // it was read
	if c.duck != nil {
		_ = c.duck.close()
	}
}
