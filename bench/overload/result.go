package overload

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"herbarium/bench/contest"
)

// Overload is what servers answer when they are asked too much.
type Overload struct {
	Name  string `json:"name"`
	What  string `json:"what"`
	Sides []Side `json:"sides"`
}

// Side is one server. Times are in seconds, and all are medians of the rounds.
type Side struct {
	Name    string  `json:"name"`
	Most    float64 `json:"most"`    // answers a second, to few connections
	Half    float64 `json:"half_s"`  // p99 at half of that
	Goodput float64 `json:"goodput"` // answers a second, to many connections
	Late    float64 `json:"late_s"`  // their p99
	Refused int64   `json:"refused"` // in all rounds
	Share   float64 `json:"share"`   // Goodput by Most
	Times   float64 `json:"times"`   // Late by Half
	Goal    bool    `json:"goal,omitempty"`
}

// Write writes the figures as a table for people.
func (o *Overload) Write(w io.Writer) error {
	return contest.WriteTable(w, fmt.Sprintf("\n%s: %s", o.Name, o.What), func(t *tabwriter.Writer) {
		_, _ = fmt.Fprintln(t, "\tmost/s\tp99 at half\tgoodput/s\tshare\tp99\ttimes\trefused\t\t")
		for i := range o.Sides {
			s := &o.Sides[i]
			goal := ""
			if s.Goal {
				goal = fmt.Sprintf("goal %v and %v: %s", minGoodput, maxTimes, contest.Verdict(s.met()))
			}
			_, _ = fmt.Fprintf(t, "%s\t%.0f\t%v\t%.0f\t%.2f\t%v\t%.1f\t%d\t%s\t\n", s.Name, s.Most, span(s.Half), s.Goodput, s.Share, span(s.Late), s.Times, s.Refused, goal)
		}
	})
}

func (s *Side) met() bool { return s.Share >= minGoodput && s.Times <= maxTimes }

// Row returns the figures as a row of a table.
func (o *Overload) Row() contest.Row {
	row := contest.Row{Name: o.Name, Work: o.What}
	for i := range o.Sides {
		s := &o.Sides[i]
		goal := ""
		if s.Goal {
			row.Ours = fmt.Sprintf("%.0f/s at the most", s.Most)
			goal = contest.Asked(fmt.Sprintf("≥ %v and ≤ %v ×", minGoodput, maxTimes), s.met())
		}
		row.Figures = append(row.Figures, fmt.Sprintf("%s: %.2f of the most, p99 %v is %.1f × that at half of it%s", s.Name, s.Share, span(s.Late), s.Times, goal))
	}
	return row
}

func span(seconds float64) time.Duration { return contest.Micros(seconds) }
