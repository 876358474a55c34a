package scans

import (
	"context"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"

	"herbarium/bench/contest"
	"herbarium/bench/data"
)

// Matrix is how many times as fast as the others Herbarium answers scans, by the
// size, the order and the nulls of the rows.
type Matrix struct {
	Name  string       `json:"name"`
	What  string       `json:"what"`
	Scans []string     `json:"scans"`
	Lines []MatrixLine `json:"lines"`
}

// MatrixLine is one table's. Ratios are in the order of the scans.
type MatrixLine struct {
	Rows    int        `json:"rows"`
	Order   data.Order `json:"order"`
	Nulls   float64    `json:"nulls"`
	Seconds []float64  `json:"seconds"` // of Herbarium
	DuckDB  []float64  `json:"duckdb"`  // times as fast as it
	Loop    []float64  `json:"loop"`    // times as fast as the loop by hand
}

// Variants say which tables the matrix has. What is empty or negative is not
// chosen: then it has them all, of 1,000 and of 100,000 rows, and three of
// 10,000,000.
type Variants struct {
	Rows  int
	Order data.Order
	Nulls float64
}

func (v Variants) tables() (all []data.Measurements) {
	orders, nulls := data.Orders(), []float64{0, 0.05, 0.5}
	for _, rows := range []int{1000, 100_000} {
		for _, o := range orders {
			for _, n := range nulls {
				all = append(all, data.Measurements{Rows: rows, Order: o, Nulls: n})
			}
		}
	}
	if v.Rows > 0 {
		all = all[:len(orders)*len(nulls)]
	} else {
		for i, o := range orders {
			all = append(all, data.Measurements{Rows: 10_000_000, Order: o, Nulls: nulls[len(nulls)-1-i]})
		}
	}
	all = slices.DeleteFunc(all, func(m data.Measurements) bool {
		return v.Order != "" && m.Order != v.Order || v.Nulls >= 0 && m.Nulls != v.Nulls
	})
	for i := range all {
		if v.Rows > 0 {
			all[i].Rows = v.Rows
		}
	}
	return all
}

// MeasureMatrix runs S1, S2 and S4 over the variants.
func MeasureMatrix(ctx context.Context, v Variants, rounds int, seed uint64) (*Matrix, error) {
	bounds := question{bounded: true, lowerA: 5, upperB: 5}
	byPlace := bounds
	byPlace.places = true
	scans := []scan{{name: "S1", ask: bounds}, {name: "S2", ask: byPlace}, {name: "S4", ask: bounds, paged: true}}
	m := &Matrix{Name: "matrix", What: "times as fast as DuckDB and, in brackets, as the loop by hand"}
	for i := range scans {
		m.Scans = append(m.Scans, scans[i].name)
	}
	tables := v.tables()
	if len(tables) == 0 {
		return nil, fmt.Errorf("no table is of the order %q with the share %v of nulls", v.Order, v.Nulls)
	}
	for _, t := range tables {
		t.Seed, t.GroupBy = seed, "kind"
		if err := m.add(ctx, t, scans, rounds); err != nil {
			return nil, fmt.Errorf("%d rows, %s, %v null: %w", t.Rows, t.Order, t.Nulls, err)
		}
	}
	return m, nil
}

// add asks all contenders of one table.
func (m *Matrix) add(ctx context.Context, t data.Measurements, scans []scan, rounds int) error {
	all, err := newContenders(ctx, t)
	if err != nil {
		return err
	}
	defer all.close(ctx)
	line := MatrixLine{Rows: t.Rows, Order: t.Order, Nulls: t.Nulls}
	for i := range scans {
		c := scans[i].contest(all.table, all.ours, all.duck, all.loop)
		for k := range c.Contenders {
			c.Contenders[k].Repeat = repeats(t.Rows)
		}
		for _, against := range []answerer{all.duck, all.loop} {
			c.Goals = append(c.Goals, contest.Goal{Contender: all.ours.name(), Against: against.name()})
		}
		r, err := c.Run(ctx, rounds)
		if err != nil {
			return err
		}
		line.Seconds = append(line.Seconds, r.Sides[0].Median)
		line.DuckDB = append(line.DuckDB, r.Goals[0].Measured)
		line.Loop = append(line.Loop, r.Goals[1].Measured)
	}
	m.Lines = append(m.Lines, line)
	return nil
}

// Cells returns the table's variant and its ratios, as text.
func (l *MatrixLine) Cells() []string {
	cells := []string{fmt.Sprint(l.Rows), string(l.Order), fmt.Sprintf("%.0f %%", 100*l.Nulls)}
	for i := range l.DuckDB {
		cells = append(cells, fmt.Sprintf("%.1f (%.1f)", l.DuckDB[i], l.Loop[i]))
	}
	return cells
}

// Heads returns what stands above the cells.
func (m *Matrix) Heads() []string { return append([]string{"rows", "order", "nulls"}, m.Scans...) }

// Write writes the matrix as a table for people.
func (m *Matrix) Write(w io.Writer) error {
	return contest.WriteTable(w, fmt.Sprintf("\n%s: %s", m.Name, m.What), func(t *tabwriter.Writer) {
		write := func(cells []string) {
			for _, c := range cells {
				_, _ = fmt.Fprintf(t, "%s\t", c)
			}
			_, _ = fmt.Fprintln(t)
		}
		write(m.Heads())
		for i := range m.Lines {
			write(m.Lines[i].Cells())
		}
	})
}
