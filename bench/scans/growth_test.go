package scans

import (
	"math"
	"testing"
)

func TestSlopes(t *testing.T) {
	for _, c := range []struct {
		name            string
		seconds         []float64
		slope, steepest float64
	}{
		{"as the rows", []float64{1, 10, 100}, 1, 1},
		{"not at all", []float64{5, 5, 5}, 0, 0},
		{"late", []float64{1, 1, 100}, 1, 2},
		{"as their root", []float64{1, math.Sqrt(10), 10}, 0.5, 0.5},
	} {
		l := &GrowthLine{Goal: 1}
		for i, s := range c.seconds {
			l.Points = append(l.Points, Point{1000 * int(math.Pow10(i)), s})
		}
		l.settle()
		if math.Abs(l.Slope-c.slope) > 1e-9 || math.Abs(l.Steepest-c.steepest) > 1e-9 {
			t.Errorf("%s: %v, at most %v", c.name, l.Slope, l.Steepest)
		}
	}
	l := &GrowthLine{Goal: 1, Points: []Point{{1000, 1}, {10_000, 11}}}
	if l.settle(); l.Met {
		t.Error("a cost that grows faster than the rows meets the goal")
	}
}

func TestGrowthHasAPointForEachSize(t *testing.T) {
	g, err := MeasureGrowth(t.Context(), 10_000, 1, 3)
	if err != nil {
		t.Fatal(err)
	}
	if len(g.Lines) != 6 {
		t.Fatalf("%d lines", len(g.Lines))
	}
	for _, l := range g.Lines {
		if len(l.Points) != 2 || l.Points[1].Rows != 10_000 || l.Points[1].Seconds <= 0 {
			t.Errorf("%s, %s: %v", l.Work, l.Contender, l.Points)
		}
	}
}

func TestPagesAndCoresAgree(t *testing.T) {
	deep, err := MeasureDeep(t.Context(), 50_000, 1, 3)
	if err != nil {
		t.Fatal(err)
	}
	if deep.Side("herbarium, page 200 again") == nil || len(deep.Goals) != 3 {
		t.Errorf("%+v", deep)
	}
	cores, err := MeasureCores(t.Context(), 50_000, 1, 3)
	if err != nil {
		t.Fatal(err)
	}
	if len(cores.Sides) != 8 || len(cores.Goals) != 4 || cores.Goals[0].Goal != 1.8 {
		t.Errorf("%+v", cores)
	}
}

func TestVariantsAreChosen(t *testing.T) {
	count := func(v Variants) (n, large int) {
		for _, m := range v.tables() {
			n++
			if m.Rows == 10_000_000 {
				large++
			}
		}
		return n, large
	}
	for _, c := range []struct {
		variants Variants
		n, large int
	}{
		{Variants{Nulls: -1}, 21, 3},
		{Variants{Nulls: 0.05}, 7, 1},
		{Variants{Nulls: -1, Order: "sorted", Rows: 500}, 3, 0},
		{Variants{Nulls: 0.1}, 0, 0},
	} {
		if n, large := count(c.variants); n != c.n || large != c.large {
			t.Errorf("%+v: %d tables, %d of them large", c.variants, n, large)
		}
	}
	m, err := MeasureMatrix(t.Context(), Variants{Rows: 3000, Order: "clustered", Nulls: -1}, 1, 3)
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Lines) != 3 || len(m.Lines[2].DuckDB) != 3 || m.Lines[2].Nulls != 0.5 || len(m.Lines[2].Cells()) != len(m.Heads()) {
		t.Errorf("%+v", m.Lines)
	}
}
