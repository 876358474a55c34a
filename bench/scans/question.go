// Package scans measures filters, means by group and pages inside the process,
// without HTTP: our engine, DuckDB, loops by hand, and what memory allows.
package scans

import (
	"context"
	"fmt"
	"math"
)

// question is what is asked of the measurements.
type question struct {
	bounded bool
	lowerA  float64 // a is at least this, and
	upperB  float64 // b at most this, where bounded
	places  bool    // group by place instead of kind
}

// fresh returns a function that returns the question with another upper bound
// each time, higher by less than values are apart: the answer is the same, and
// none is remembered.
func (q question) fresh() func() question {
	asked := 0
	return func() question {
		asked++
		next := q
		next.upperB += float64(asked) * 1e-7
		return next
	}
}

// group is a group's means of a, b, c and d; not a number where there is no
// value.
type group struct {
	label string
	means [4]float64
}

// page is some of the rows that a filter selects, and how many there are where
// they were counted.
type page struct {
	total int64
	rows  []measurement
	text  []byte // the rows as JSON, where nobody read it yet
}

// pageRows is how many rows a page has.
const pageRows = 100

// measurement is a row; a number that is missing is not a number.
type measurement struct {
	numbers [4]float64
	i       int64
	kind    string
	place   string
}

// answerer answers questions.
type answerer interface {
	name() string
	means(ctx context.Context, q question) ([]group, error)
	// page counts what the question selects and returns its first page.
	page(ctx context.Context, q question) (page, error)
	// deep returns a page by its number, from 1, and counts nothing.
	deep(ctx context.Context, q question, number int) (page, error)
}

// near holds for numbers that only the order of additions tells apart.
func near(x, y float64) bool {
	return math.IsNaN(x) && math.IsNaN(y) || math.Abs(x-y) <= 1e-9*math.Max(math.Abs(x), math.Abs(y))
}

func sameMeans(want, got []group) error {
	if len(want) != len(got) {
		return fmt.Errorf("%d groups, and %d", len(want), len(got))
	}
	for i := range want {
		same := want[i].label == got[i].label
		for f := range want[i].means {
			same = same && near(want[i].means[f], got[i].means[f])
		}
		if !same {
			return fmt.Errorf("group %d is %v, and %v", i, want[i], got[i])
		}
	}
	return nil
}

func samePage(want, got page) error {
	if want.total != got.total {
		return fmt.Errorf("%d rows in all, and %d", want.total, got.total)
	}
	if got.text != nil {
		var err error
		if got.rows, err = readRows(got.text); err != nil {
			return err
		}
	}
	if len(want.rows) != len(got.rows) {
		return fmt.Errorf("%d rows, and %d", len(want.rows), len(got.rows))
	}
	for i := range want.rows {
		w, g := want.rows[i], got.rows[i]
		same := w.i == g.i && w.kind == g.kind && w.place == g.place
		for f := range w.numbers {
			same = same && (w.numbers[f] == g.numbers[f] || math.IsNaN(w.numbers[f]) && math.IsNaN(g.numbers[f]))
		}
		if !same {
			return fmt.Errorf("row %d is %v, and %v", i, w, g)
		}
	}
	return nil
}
