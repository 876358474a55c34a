package contest

import (
	"fmt"
	"slices"
	"time"
)

// Result is what a contest came to.
type Result struct {
	Name  string  `json:"name"`
	What  string  `json:"what"`
	Units float64 `json:"units"`
	Unit  string  `json:"unit"`
	Sides []Side  `json:"sides"`
	Goals []Met   `json:"goals,omitempty"`
	// Notes are what else was found.
	Notes []string `json:"notes,omitempty"`
}

// Side is a contender's part of a result. Times are in seconds.
type Side struct {
	Name   string    `json:"name"`
	Median float64   `json:"median_s"`
	Least  float64   `json:"least_s"`
	Most   float64   `json:"most_s"`
	Rate   float64   `json:"rate"` // units a second, by the median
	Times  []float64 `json:"times_s"`
}

// Met is a goal with what was measured: the median, over the rounds that both
// took part in, of how many times as fast as the other the contender was; or
// its median time in seconds. A Goal of 0 asks for nothing.
type Met struct {
	Contender string  `json:"contender"`
	Against   string  `json:"against,omitempty"`
	Measured  float64 `json:"measured"`
	Goal      float64 `json:"goal,omitempty"`
	Met       bool    `json:"met"`
}

func (c *Contest) result(times [][]time.Duration) (*Result, error) {
	r := &Result{Name: c.Name, What: c.What, Units: c.Units, Unit: c.Unit}
	for i := range c.Contenders {
		r.Sides = append(r.Sides, newSide(c.Contenders[i].Name, c.Units, times[i]))
	}
	for _, g := range c.Goals {
		mine, theirs := r.Side(g.Contender), r.Side(g.Against)
		switch {
		case mine != nil && g.Against == "":
			within := g.Within.Seconds()
			r.Goals = append(r.Goals, Met{Contender: g.Contender, Measured: mine.Median, Goal: within, Met: mine.Median <= within})
		case mine != nil && theirs != nil:
			times := Paired(mine.Times, theirs.Times)
			r.Goals = append(r.Goals, Met{g.Contender, g.Against, times, g.Times, times >= g.Times})
		default:
			return nil, fmt.Errorf("%s: a goal names %q and %q, of which one takes no part", c.Name, g.Contender, g.Against)
		}
	}
	return r, nil
}

func newSide(name string, units float64, times []time.Duration) Side {
	s := Side{Name: name}
	for _, t := range times {
		s.Times = append(s.Times, t.Seconds())
	}
	s.Median = Median(s.Times)
	s.Least, s.Most = slices.Min(s.Times), slices.Max(s.Times)
	s.Rate = units / s.Median
	return s
}

// Side returns the contender's part, nil if it took none.
func (r *Result) Side(name string) *Side {
	for i := range r.Sides {
		if r.Sides[i].Name == name {
			return &r.Sides[i]
		}
	}
	return nil
}

// Paired returns the median over rounds of theirs divided by mine. What slows
// a whole round down does not change it.
func Paired(mine, theirs []float64) float64 {
	var ratios []float64
	for i := range min(len(mine), len(theirs)) {
		ratios = append(ratios, theirs[i]/mine[i])
	}
	return Median(ratios)
}

// Median returns the median of values, of which there is at least one.
func Median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}
