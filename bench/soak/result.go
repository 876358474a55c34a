package soak

import (
	"fmt"
	"io"
	"text/tabwriter"

	"herbarium/bench/contest"
)

// Soak is what servers held at the most.
type Soak struct {
	Name  string `json:"name"`
	What  string `json:"what"`
	Sides []Side `json:"sides"`
}

// Side is one server. Memory is in bytes, as Linux counts what is resident, the program's
// pages among it.
type Side struct {
	Limit   int64 `json:"limit"`   // --max-memory; 0: none
	Idle    int64 `json:"idle"`    // after the rows were loaded
	Most    int64 `json:"most"`    // VmHWM
	Sampled int64 `json:"sampled"` // the most VmRSS that was seen
	// What the queries came to: answered, refused with 503, too large or too slow, cut
	// half-way, and failed in any other way.
	Answered, Refused, TooLarge, Cut, Failed int64
}

// met reports whether the server kept to its limit and failed nobody.
func (s *Side) met() bool { return s.Failed == 0 && s.Most <= s.Limit }

// Write writes the figures as a table for people.
func (s *Soak) Write(w io.Writer) error {
	return contest.WriteTable(w, fmt.Sprintf("\n%s: %s", s.Name, s.What), func(t *tabwriter.Writer) {
		_, _ = fmt.Fprintln(t, "--max-memory\tidle\tVmHWM\tVmRSS at most\tanswered\t503\t422, 504\tcut\tfailed\t\t")
		for i := range s.Sides {
			f := &s.Sides[i]
			limit, goal := "none", ""
			if f.Limit > 0 {
				limit = mebibytes(f.Limit)
				goal = "goal: below the limit: " + contest.Verdict(f.met())
			}
			_, _ = fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%d\t%d\t%d\t%d\t%d\t%s\t\n", limit, mebibytes(f.Idle), mebibytes(f.Most), mebibytes(f.Sampled),
				f.Answered, f.Refused, f.TooLarge, f.Cut, f.Failed, goal)
		}
	})
}

// Row returns the figures as a row of a table.
func (s *Soak) Row() contest.Row {
	row := contest.Row{Name: s.Name, Work: s.What}
	for i := range s.Sides {
		f := &s.Sides[i]
		if f.Limit == 0 {
			row.Ours = mebibytes(f.Most) + " without a limit"
			continue
		}
		row.Figures = append(row.Figures, fmt.Sprintf("%s of %s%s", mebibytes(f.Most), mebibytes(f.Limit), contest.Asked("≤ the limit", f.met())))
	}
	return row
}

func mebibytes(n int64) string { return fmt.Sprintf("%.0f MiB", float64(n)/mega) }
