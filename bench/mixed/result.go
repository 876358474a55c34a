package mixed

import (
	"fmt"
	"io"
	"text/tabwriter"

	"herbarium/bench/contest"
	"herbarium/bench/load"
)

// Mixed is how late the answers were.
type Mixed struct {
	Name  string  `json:"name"`
	What  string  `json:"what"`
	Most  float64 `json:"most"`  // requests a second at saturation
	Loads int     `json:"loads"` // that published meanwhile
	Rows  []Late  `json:"rows"`
}

// Late is how late the answers of a kind were. Times are in seconds.
type Late struct {
	Name     string  `json:"name"`
	Requests int     `json:"requests"`
	P50      float64 `json:"p50_s"`
	P99      float64 `json:"p99_s"`
	P999     float64 `json:"p999_s"`
	Times    float64 `json:"times"` // P99 by P50
	Goal     float64 `json:"goal,omitempty"`
	Met      bool    `json:"met"`
}

// maxTimes is the goal: how many times the median the 99th of a hundred may
// take.
const maxTimes = 3

func (m *Mixed) add(name string, l *load.Latencies, goal float64) {
	late := Late{Name: name, Requests: l.Count(), P50: l.Quantile(0.5).Seconds(), P99: l.Quantile(0.99).Seconds(),
		P999: l.Quantile(0.999).Seconds(), Goal: goal}
	if late.P50 > 0 {
		late.Times = late.P99 / late.P50
	}
	late.Met = goal == 0 || late.Times <= goal
	m.Rows = append(m.Rows, late)
}

// Write writes the times as a table for people.
func (m *Mixed) Write(w io.Writer) error {
	return contest.WriteTable(w, fmt.Sprintf("\n%s: %s; %d did, and no answer was wrong", m.Name, m.What, m.Loads), func(t *tabwriter.Writer) {
		_, _ = fmt.Fprintln(t, "\trequests\tp50\tp99\tp99.9\tp99/p50\t\t")
		for _, r := range m.Rows {
			goal := ""
			if r.Goal > 0 {
				goal = fmt.Sprintf("goal %v: %s", r.Goal, contest.Verdict(r.Met))
			}
			_, _ = fmt.Fprintf(t, "%s\t%d\t%v\t%v\t%v\t%.1f\t%s\t\n", r.Name, r.Requests, contest.Micros(r.P50), contest.Micros(r.P99), contest.Micros(r.P999), r.Times, goal)
		}
	})
}

// Row returns the times as a row of a table.
func (m *Mixed) Row() contest.Row {
	row := contest.Row{Name: m.Name, Work: m.What}
	for _, r := range m.Rows[:min(4, len(m.Rows))] { // those of all kinds, and the bare handler
		goal := ""
		if r.Goal > 0 {
			row.Ours = "p50 " + contest.Micros(r.P50).String()
			goal = contest.Asked(fmt.Sprintf("≤ %v", r.Goal), r.Met)
		}
		row.Figures = append(row.Figures, fmt.Sprintf("%s: p99 is %.1f × p50%s, p50 %v, p99.9 %v", r.Name, r.Times, goal, contest.Micros(r.P50), contest.Micros(r.P999)))
	}
	row.Figures = append(row.Figures, fmt.Sprintf("%d loads published, and no answer was an error or wrong", m.Loads))
	return row
}
