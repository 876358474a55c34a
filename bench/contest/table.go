package contest

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"
	"time"
)

// Write writes the result as a table for people, its goals below.
func (r *Result) Write(w io.Writer) error {
	err := WriteTable(w, fmt.Sprintf("\n%s: %s", r.Name, r.What), func(t *tabwriter.Writer) {
		_, _ = fmt.Fprintf(t, "\tmedian\tleast\tmost\truns\t%s/s\t\n", r.Unit)
		for _, s := range r.Sides {
			_, _ = fmt.Fprintf(t, "%s\t%v\t%v\t%v\t%d\t%s\t\n", s.Name, Span(s.Median), Span(s.Least), Span(s.Most), len(s.Times), Count(s.Rate))
		}
	})
	if err != nil {
		return err
	}
	var below bytes.Buffer
	for _, g := range r.Goals {
		fmt.Fprintln(&below, g)
	}
	for _, n := range r.Notes {
		fmt.Fprintln(&below, n)
	}
	_, err = w.Write(below.Bytes())
	return err
}

// WriteTable writes a line and a table below it. rows writes the table's lines;
// its cells end with tabs.
func WriteTable(w io.Writer, head string, rows func(*tabwriter.Writer)) error {
	var text bytes.Buffer
	text.WriteString(head + "\n")
	t := tabwriter.NewWriter(&text, 0, 0, 2, ' ', tabwriter.AlignRight)
	rows(t)
	_ = t.Flush() // to memory, which does not fail
	_, err := w.Write(text.Bytes())
	return err
}

// String says the goal and whether it is met.
func (g Met) String() string {
	switch {
	case g.Against == "":
		return fmt.Sprintf("%s takes %v; goal %v: %s", g.Contender, Span(g.Measured), Span(g.Goal), Verdict(g.Met))
	case g.Goal == 0:
		return fmt.Sprintf("%s is %.2f x %s", g.Contender, g.Measured, g.Against)
	default:
		return fmt.Sprintf("%s is %.2f x %s; goal %.2f x: %s", g.Contender, g.Measured, g.Against, g.Goal, Verdict(g.Met))
	}
}

// Verdict says whether a goal is met.
func Verdict(met bool) string {
	if met {
		return "met"
	}
	return "NOT MET"
}

// Span rounds a time to three digits or so.
func Span(seconds float64) time.Duration {
	d := time.Duration(seconds * float64(time.Second))
	unit := time.Duration(1)
	for d/unit >= 1000 {
		unit *= 10
	}
	return d.Round(unit)
}

// Micros rounds a time to microseconds.
func Micros(seconds float64) time.Duration {
	return time.Duration(seconds * float64(time.Second)).Round(time.Microsecond)
}

// Count writes a number with three digits, in thousands or millions.
func Count(n float64) string {
	for _, unit := range []struct {
		size float64
		name string
	}{{1e9, "G"}, {1e6, "M"}, {1e3, "k"}} {
		if n >= unit.size {
			return strconv.FormatFloat(n/unit.size, 'g', 3, 64) + " " + unit.name
		}
	}
	return strconv.FormatFloat(n, 'g', 3, 64)
}
