package scans

import (
	"context"
	"fmt"

	"herbarium/bench/contest"
	"herbarium/bench/data"
	"herbarium/bench/memory"
)

// MeasureDeep runs S5: a page far into a filtered result, for a filter that was
// asked before and for one that was not.
func MeasureDeep(ctx context.Context, rows, rounds int, seed uint64) (*contest.Result, error) {
	all, err := newContenders(ctx, data.Measurements{Rows: rows, Seed: seed, Order: data.Random, GroupBy: "kind"})
	if err != nil {
		return nil, err
	}
	defer all.close(ctx)
	d := &deep{all: all, ask: question{bounded: true, lowerA: 2, upperB: 8.9}, number: max(1, rows/250)}
	return d.contest().Run(ctx, rounds)
}

// deep is a page of a filtered result. Its number is 40,000 of 10,000,000 rows.
type deep struct {
	all    *contenders
	ask    question
	number int
}

// again is how often a page is asked for that takes microseconds.
const again = 50

func (d *deep) contest() *contest.Contest {
	first, far := "page 1", fmt.Sprintf("page %d", d.number)
	const scan = "counting by hand what the filter selects"
	firstFilter, farFilter := d.ask.fresh(), d.ask.fresh()
	ours := func(name string, repeat int, next func() question, number int) contest.Contender {
		return contest.Contender{Name: "herbarium, " + name, Repeat: repeat, Run: func(ctx context.Context) error {
			_, err := d.all.ours.deep(ctx, next(), number)
			return err
		}}
	}
	known := func() question { return d.ask }
	columns := memory.New(d.all.table, d.all.loop.workers, 0, 1)
	return &contest.Contest{
		Name: "S5",
		What: fmt.Sprintf("%s of %d rows each between two bounds that select seven of ten, against page 1, of a filter asked before and of a new one; %d rows, random",
			far, pageRows, d.all.table.Rows),
		Units: 1,
		Unit:  "pages",
		Contenders: []contest.Contender{
			ours(first+" again", again, known, 1),
			ours(far+" again", again, known, d.number),
			ours(first+", new filter", 1, firstFilter, 1),
			ours(far+", new filter", 1, farFilter, d.number),
			{Name: "duckdb, " + far, Run: func(ctx context.Context) error {
				_, err := d.all.duck.deep(ctx, d.ask, d.number)
				return err
			}},
			{Name: scan, Run: func(context.Context) error { d.all.loop.count(d.ask); return nil }},
			{Name: "reading the filter's columns", Run: func(context.Context) error { columns.Read(); return nil }},
		},
		Goals: []contest.Goal{
			// As page 1, within what the clock can tell.
			{Contender: "herbarium, " + far + " again", Against: "herbarium, " + first + " again", Times: 0.9},
			{Contender: "herbarium, " + far + ", new filter", Against: scan, Times: 1},
			{Contender: "herbarium, " + far + ", new filter", Against: "duckdb, " + far},
		},
		Check: d.agree,
	}
}

// agree compares the pages of all.
func (d *deep) agree(ctx context.Context) error {
	for _, number := range []int{1, d.number} {
		want, err := d.all.loop.deep(ctx, d.ask, number)
		if err != nil {
			return err
		}
		if len(want.rows) != pageRows {
			return fmt.Errorf("page %d has %d rows", number, len(want.rows))
		}
		for _, a := range []answerer{d.all.ours, d.all.duck} {
			got, err := a.deep(ctx, d.ask, number)
			if err == nil {
				err = samePage(want, got)
			}
			if err != nil {
				return fmt.Errorf("page %d of %s: %w", number, a.name(), err)
			}
		}
	}
	return nil
}
