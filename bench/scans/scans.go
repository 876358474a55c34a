package scans

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"time"

	"herbarium/bench/contest"
	"herbarium/bench/data"
	"herbarium/bench/memory"
)

const memoryLimit = "reading the columns"

// scan is one question put to all.
type scan struct {
	name  string
	what  string
	ask   question
	paged bool // the count and the first rows, instead of means
	goals []contest.Goal
}

// tabled is what is asked of one table.
type tabled struct {
	data  data.Measurements
	scans []scan
}

// tables returns S1 to S4, by the tables that they need.
func tables() []tabled {
	bounds := question{bounded: true, lowerA: 5, upperB: 5}
	byPlace := bounds
	byPlace.places = true
	duckdb := func(times float64) contest.Goal {
		return contest.Goal{Contender: (*ours)(nil).name(), Against: (*duck)(nil).name(), Times: times}
	}
	within := contest.Goal{Contender: (*ours)(nil).name(), Within: time.Millisecond}
	limit := contest.Goal{Contender: (*ours)(nil).name(), Against: memoryLimit, Times: 1 / 1.5}
	return []tabled{
		{data.Measurements{Order: data.Random}, []scan{
			{name: "S1", what: "means of 4 numbers by 3 groups, two bounds", ask: bounds, goals: []contest.Goal{duckdb(3), limit}},
			{name: "S2", what: "means of 4 numbers by 1,000 groups, two bounds", ask: byPlace, goals: []contest.Goal{duckdb(2)}},
			{name: "S3", what: "means of 4 numbers by 3 groups, no bounds", goals: []contest.Goal{within}},
			{name: "S4", what: "count and first 100 rows between two bounds", ask: bounds, paged: true, goals: []contest.Goal{duckdb(3)}},
		}},
		{data.Measurements{Order: data.Random, Nulls: 0.05}, []scan{
			{name: "S2 nulls", what: "means of 4 numbers, 5 % of them missing, by 1,000 groups, two bounds", ask: byPlace, goals: []contest.Goal{duckdb(2)}},
		}},
		{data.Measurements{Order: data.Clustered}, []scan{
			{name: "S3 clustered", what: "means of 4 numbers by 3 groups, a bound that whole blocks answer",
				ask: question{bounded: true, lowerA: 5, upperB: 10}, goals: []contest.Goal{within}},
		}},
	}
}

// Measure runs S1 to S4 over tables of that many rows.
func Measure(ctx context.Context, rows, rounds int, seed uint64) ([]*contest.Result, error) {
	var all []*contest.Result
	for _, t := range tables() {
		t.data.Rows, t.data.Seed, t.data.GroupBy = rows, seed, "kind"
		results, err := measure(ctx, t.data, t.scans, rounds)
		if err != nil {
			return nil, err
		}
		all = append(all, results...)
	}
	return all, nil
}

// measure puts the scans to all, over one table.
func measure(ctx context.Context, m data.Measurements, scans []scan, rounds int) ([]*contest.Result, error) {
	all, err := newContenders(ctx, m)
	if err != nil {
		return nil, err
	}
	defer all.close(ctx)
	var results []*contest.Result
	for i := range scans {
		s := &scans[i]
		columns := s.memory(all.table)
		others := []answerer{all.ours, all.duck, all.loop, all.single}
		if all.index.can(s, all.table) {
			others = slices.Insert(others, 2, answerer(all.index))
		}
		c := s.contest(all.table, others...)
		c.What = fmt.Sprintf("%s; %d rows, %s, %d MB of columns", s.what, m.Rows, m.Order, columns.Bytes()>>20)
		c.Contenders = append(c.Contenders, contest.Contender{Name: memoryLimit, Run: func(context.Context) error { columns.Read(); return nil }})
		r, err := c.Run(ctx, rounds)
		if err != nil {
			return nil, err
		}
		results = append(results, r)
	}
	return results, nil
}

// memory reads the columns that the scan touches.
func (s *scan) memory(table *data.Table) *memory.Columns {
	columns := []int{0, 1, 2, 3, 6}
	if s.ask.places {
		columns[4] = 7
	}
	if s.paged {
		columns = columns[:2]
	}
	return memory.New(table, runtime.GOMAXPROCS(0), columns...)
}

// contest lets them answer the scan's question. None
// is asked twice.
func (s *scan) contest(table *data.Table, all ...answerer) *contest.Contest {
	c := &contest.Contest{Name: s.name, Units: float64(table.Rows), Unit: "rows", Goals: s.goals}
	next := s.ask.fresh()
	for _, a := range all {
		c.Contenders = append(c.Contenders, contest.Contender{Name: a.name(), Run: func(ctx context.Context) error {
			if s.paged {
				_, err := a.page(ctx, next())
				return err
			}
			_, err := a.means(ctx, next())
			return err
		}})
	}
	c.Check = func(ctx context.Context) error { return s.agree(ctx, all) }
	return c
}

// agree compares the others' answers with the last one's.
func (s *scan) agree(ctx context.Context, all []answerer) error {
	last := all[len(all)-1]
	for _, a := range all[:len(all)-1] {
		var err error
		if s.paged {
			err = agreeOn(ctx, s.ask, last.page, a.page, samePage)
		} else {
			err = agreeOn(ctx, s.ask, last.means, a.means, sameMeans)
		}
		if err != nil {
			return fmt.Errorf("%s and %s: %w", last.name(), a.name(), err)
		}
	}
	return nil
}

func agreeOn[T any](ctx context.Context, q question, one, other func(context.Context, question) (T, error), same func(T, T) error) error {
	want, err := one(ctx, q)
	if err != nil {
		return err
	}
	got, err := other(ctx, q)
	if err != nil {
		return err
	}
	return same(want, got)
}
