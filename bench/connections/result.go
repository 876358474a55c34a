package connections

import (
	"fmt"
	"io"
	"text/tabwriter"

	"herbarium/bench/contest"
)

// Connections is what a server answers beside others. Times are in seconds, and medians
// of the rounds; memory is in bytes.
type Connections struct {
	Name   string  `json:"name"`
	What   string  `json:"what"`
	Rate   float64 `json:"rate"` // requests a second
	Idle   int     `json:"idle"`
	Slow   int     `json:"slow"`
	Alone  float64 `json:"alone_s"`  // p99
	Beside float64 `json:"beside_s"` // p99 beside the others
	Times  float64 `json:"times"`    // Beside by Alone
	Before int64   `json:"before"`   // memory of the server without the others
	Held   int64   `json:"held"`     // and with them
	Open   int     `json:"open"`     // files that the server has open then
	Lost   int64   `json:"lost"`     // slow connections that the server ended, in all rounds
}

func (c *Connections) met() bool { return c.Times <= maxTimes }

// each returns the memory of a connection.
func (c *Connections) each() float64 { return float64(c.Held-c.Before) / float64(c.Idle+c.Slow) }

// Write writes the figures as a table for people.
func (c *Connections) Write(w io.Writer) error {
	return contest.WriteTable(w, fmt.Sprintf("\n%s: %s", c.Name, c.What), func(t *tabwriter.Writer) {
		_, _ = fmt.Fprintln(t, "rate/s\tp99 alone\tp99 beside\ttimes\tMiB alone\tMiB beside\tKiB each\topen files\tended\t\t")
		_, _ = fmt.Fprintf(t, "%.0f\t%v\t%v\t%.2f\t%d\t%d\t%.1f\t%d\t%d\tgoal %d: %s\t\n", c.Rate, contest.Micros(c.Alone), contest.Micros(c.Beside), c.Times,
			c.Before>>20, c.Held>>20, c.each()/1024, c.Open, c.Lost, maxTimes, contest.Verdict(c.met()))
	})
}

// Row returns the figures as a row of a table.
func (c *Connections) Row() contest.Row {
	return contest.Row{Name: c.Name, Work: c.What, Ours: fmt.Sprintf("p99 %v alone", contest.Micros(c.Alone)), Figures: []string{
		fmt.Sprintf("beside the others: p99 %v is %.2f × that, %.1f KiB a connection%s", contest.Micros(c.Beside), c.Times, c.each()/1024, contest.Asked(fmt.Sprintf("≤ %d ×", maxTimes), c.met()))}}
}
