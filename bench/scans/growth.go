package scans

import (
	"context"
	"fmt"
	"io"
	"math"
	"text/tabwriter"

	"herbarium/bench/contest"
	"herbarium/bench/data"
)

// Growth is how the cost of questions grows with the rows (S10).
type Growth struct {
	Name  string        `json:"name"`
	What  string        `json:"what"`
	Lines []*GrowthLine `json:"lines"`
}

// GrowthLine is one contender's times for one question.
type GrowthLine struct {
	Work      string  `json:"work"`
	Contender string  `json:"contender"`
	Points    []Point `json:"points"`
	// Slope is that of the logarithm of the time by the logarithm of the rows,
	// over all points, and Steepest the most from one point to the next: 1 is
	// as the rows grow.
	Slope    float64 `json:"slope"`
	Steepest float64 `json:"steepest"`
	Goal     float64 `json:"goal,omitempty"` // what Slope is to stay below; 0: none
	Met      bool    `json:"met"`
}

// Point is the median time, in seconds, of a question over so many rows.
type Point struct {
	Rows    int     `json:"rows"`
	Seconds float64 `json:"seconds"`
}

// MeasureGrowth runs S10 over tables from 1,000 rows to most rows, each ten
// times as large as the last.
func MeasureGrowth(ctx context.Context, most, rounds int, seed uint64) (*Growth, error) {
	g := &Growth{Name: "S10", What: fmt.Sprintf("cost from 1,000 to %d rows, random", most)}
	bounds := question{bounded: true, lowerA: 5, upperB: 5}
	scans := []scan{
		{name: "means of 4 numbers by 3 groups between two bounds", ask: bounds},
		{name: "count and first 100 rows between two bounds", ask: bounds, paged: true},
	}
	for rows := 1000; rows <= most; rows *= 10 {
		all, err := newContenders(ctx, data.Measurements{Rows: rows, Seed: seed, Order: data.Random, GroupBy: "kind"})
		if err != nil {
			return nil, err
		}
		err = g.add(ctx, all, scans, rounds)
		all.close(ctx)
		if err != nil {
			return nil, err
		}
	}
	for _, l := range g.Lines {
		l.settle()
	}
	return g, nil
}

// repeats is how often questions over so many rows are asked for one time.
func repeats(rows int) int { return min(100, max(1, 1_000_000/rows)) }

// add asks all contenders and adds a point to each line.
func (g *Growth) add(ctx context.Context, all *contenders, scans []scan, rounds int) error {
	rows := all.table.Rows
	for i := range scans {
		s := &scans[i]
		c := s.contest(all.table, all.ours, all.duck, all.loop)
		for k := range c.Contenders {
			c.Contenders[k].Repeat = repeats(rows)
		}
		r, err := c.Run(ctx, rounds)
		if err != nil {
			return fmt.Errorf("%d rows: %w", rows, err)
		}
		for _, side := range r.Sides {
			l := g.line(s.name, side.Name)
			l.Points = append(l.Points, Point{rows, side.Median})
		}
	}
	return nil
}

func (g *Growth) line(work, contender string) *GrowthLine {
	for _, l := range g.Lines {
		if l.Work == work && l.Contender == contender {
			return l
		}
	}
	l := &GrowthLine{Work: work, Contender: contender}
	if contender == (*ours)(nil).name() {
		l.Goal = 1
	}
	g.Lines = append(g.Lines, l)
	return l
}

// settle finds the slopes from the points.
func (l *GrowthLine) settle() {
	var n, sx, sy, sxx, sxy float64
	for i, p := range l.Points {
		x, y := math.Log(float64(p.Rows)), math.Log(p.Seconds)
		n, sx, sy, sxx, sxy = n+1, sx+x, sy+y, sxx+x*x, sxy+x*y
		if i > 0 {
			last := l.Points[i-1]
			step := math.Log(p.Seconds/last.Seconds) / math.Log(float64(p.Rows)/float64(last.Rows))
			l.Steepest = max(l.Steepest, step)
		}
	}
	if n > 1 {
		l.Slope = (n*sxy - sx*sy) / (n*sxx - sx*sx)
	}
	l.Met = l.Goal == 0 || l.Slope <= l.Goal
}

// Write writes the growth as tables for people.
func (g *Growth) Write(w io.Writer) error {
	return contest.WriteTable(w, fmt.Sprintf("\n%s: %s", g.Name, g.What), func(t *tabwriter.Writer) {
		work := ""
		for _, l := range g.Lines {
			if l.Work != work {
				work = l.Work
				_, _ = fmt.Fprintf(t, "%s\t", work)
				for _, p := range l.Points {
					_, _ = fmt.Fprintf(t, "%d\t", p.Rows)
				}
				_, _ = fmt.Fprintln(t, "slope\tsteepest\t\t")
			}
			_, _ = fmt.Fprintf(t, "%s\t", l.Contender)
			for _, p := range l.Points {
				_, _ = fmt.Fprintf(t, "%v\t", contest.Span(p.Seconds))
			}
			_, _ = fmt.Fprintf(t, "%.2f\t%.2f\t%s\t\n", l.Slope, l.Steepest, l.verdict())
		}
	})
}

func (l *GrowthLine) verdict() string {
	if l.Goal == 0 {
		return ""
	}
	return fmt.Sprintf("goal %v: %s", l.Goal, contest.Verdict(l.Met))
}

// Row returns the growth as a row of a table.
func (g *Growth) Row() contest.Row {
	row := contest.Row{Name: g.Name, Work: g.What}
	for _, l := range g.Lines {
		if l.Goal > 0 {
			row.Figures = append(row.Figures, fmt.Sprintf("%s: slope %.2f%s", l.Work, l.Slope, contest.Asked(fmt.Sprintf("≤ %v", l.Goal), l.Met)))
		}
	}
	return row
}
