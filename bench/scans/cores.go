package scans

import (
	"context"
	"fmt"
	"math/bits"
	"runtime"
	"sync"
	"sync/atomic"

	"herbarium/bench/contest"
	"herbarium/bench/data"
	"herbarium/bench/memory"
)

// MeasureCores runs S12: S1 on two cores and on one. What else does the same on
// both shows what the machine itself has to give: its cores may be two threads
// of one.
func MeasureCores(ctx context.Context, rows, rounds int, seed uint64) (*contest.Result, error) {
	table, err := data.Measurements{Rows: rows, Seed: seed, Order: data.Random, GroupBy: "kind"}.Table()
	if err != nil {
		return nil, err
	}
	c := &cores{table: table, ask: question{bounded: true, lowerA: 5, upperB: 5}}
	defer c.close(ctx)
	for cores := range 2 {
		err := on(cores+1, func() (err error) { c.ours[cores], err = newOurs(ctx, table); return err })
		if err != nil {
			return nil, err
		}
	}
	return c.contest().Run(ctx, rounds)
}

// cores is a question asked on one core, and on two.
type cores struct {
	table *data.Table
	ask   question
	ours  [2]*ours // for one core, for two
	sink  atomic.Uint64
}

func (c *cores) close(ctx context.Context) {
	for _, o := range c.ours {
		if o != nil {
			_ = o.close(ctx) // it was read
		}
	}
}

// on runs work with that many of Go's threads at once.
func on(cores int, work func() error) error {
	before := runtime.GOMAXPROCS(cores)
	defer runtime.GOMAXPROCS(before)
	return work()
}

func (c *cores) contest() *contest.Contest {
	s := &contest.Contest{Name: "S12", Units: float64(c.table.Rows), Unit: "rows",
		What:  fmt.Sprintf("S1 on two cores and on one, and what else does so on this machine; %d rows, random", c.table.Rows),
		Check: c.agree}
	next := c.ask.fresh()
	for _, work := range []struct {
		name string
		goal float64
		run  func(ctx context.Context, cores int) error
	}{
		{"herbarium", 1.8, func(ctx context.Context, cores int) error { _, err := c.ours[cores-1].means(ctx, next()); return err }},
		{"loop by hand", 0, func(ctx context.Context, cores int) error {
			_, err := newLoop(c.table, cores).means(ctx, next())
			return err
		}},
		{"reading the columns", 0, func(_ context.Context, cores int) error {
			memory.New(c.table, cores, 0, 1, 2, 3, 6).Read()
			return nil
		}},
		{"arithmetic without memory", 0, func(_ context.Context, cores int) error { c.mix(cores); return nil }},
	} {
		one, two := work.name+", one core", work.name+", two cores"
		s.Goals = append(s.Goals, contest.Goal{Contender: two, Against: one, Times: work.goal})
		for cores, name := range []string{one, two} {
			s.Contenders = append(s.Contenders, contest.Contender{Name: name, Run: func(ctx context.Context) error {
				return on(cores+1, func() error { return work.run(ctx, cores+1) })
			}})
		}
	}
	return s
}

// agree compares the means of both.
func (c *cores) agree(ctx context.Context) error {
	want, err := newLoop(c.table, 1).means(ctx, c.ask)
	if err != nil {
		return err
	}
	for i, o := range c.ours {
		got, err := o.means(ctx, c.ask)
		if err == nil {
			err = sameMeans(want, got)
		}
		if err != nil {
			return fmt.Errorf("on %d: %w", i+1, err)
		}
	}
	return nil
}

// mix computes for as many steps as there are rows, shared by the cores: only
// arithmetic, each step waiting for the last, as little as a core can do.
func (c *cores) mix(cores int) {
	var all sync.WaitGroup
	for range cores {
		all.Go(func() {
			x := uint64(c.table.Rows)
			for range c.table.Rows / cores {
				x = bits.RotateLeft64(x*0x9e3779b97f4a7c15, 31) + 1
			}
			c.sink.Add(x)
		})
	}
	all.Wait()
}
