package scans

import (
	"context"
	"fmt"
	"runtime"
	"slices"

	"herbarium/bench/contest"
	"herbarium/bench/data"
)

// Ratio is how many times as fast as the loop by hand Herbarium answers a
// scan. Machines and their neighbours change it less than a time.
type Ratio struct {
	Scan  string    `json:"scan"`
	Value float64   `json:"value"` // the median of the runs
	Runs  []float64 `json:"runs"`
}

// Ratios asks Herbarium and the loop by hand alone, so often: the scans of these
// names, S1 to S4 if there is none. A run is the median of rounds in which each
// takes its turn.
func Ratios(ctx context.Context, rows, runs, rounds int, seed uint64, names ...string) ([]Ratio, error) {
	var all []Ratio
	for _, t := range tables() {
		t.scans = slices.DeleteFunc(t.scans, func(s scan) bool { return len(names) > 0 && !slices.Contains(names, s.name) })
		if len(t.scans) == 0 {
			continue
		}
		t.data.Rows, t.data.Seed, t.data.GroupBy = rows, seed, "kind"
		table, err := t.data.Table()
		if err != nil {
			return nil, err
		}
		ours, err := newOurs(ctx, table)
		if err != nil {
			return nil, err
		}
		for i := range t.scans {
			r, err := t.scans[i].ratio(ctx, table, ours, runs, rounds)
			if err != nil {
				_ = ours.close(ctx) // the first error says more
				return nil, err
			}
			all = append(all, r)
		}
		if err := ours.close(ctx); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (s *scan) ratio(ctx context.Context, table *data.Table, ours *ours, runs, rounds int) (Ratio, error) {
	r := Ratio{Scan: s.name}
	byHand := newLoop(table, runtime.GOMAXPROCS(0))
	c := s.contest(table, ours, byHand)
	c.Goals = []contest.Goal{{Contender: ours.name(), Against: byHand.name()}}
	for range runs {
		result, err := c.Run(ctx, rounds)
		if err != nil {
			return r, fmt.Errorf("%d rows: %w", table.Rows, err)
		}
		r.Runs = append(r.Runs, result.Goals[0].Measured)
	}
	r.Value = contest.Median(r.Runs)
	return r, nil
}
