package requests

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"herbarium/bench/contest"
)

// Latency is how late answers are at constant rates.
type Latency struct {
	Name string `json:"name"`
	What string `json:"what"`
	Rows []Late `json:"rows"`
}

// Late is one contender at one rate. Times are in seconds.
type Late struct {
	Name     string  `json:"name"`
	Share    float64 `json:"share"` // of what it answers at most
	Rate     float64 `json:"rate"`
	Achieved float64 `json:"achieved"`
	P50      float64 `json:"p50_s"`
	P99      float64 `json:"p99_s"`
	P999     float64 `json:"p999_s"`
}

// during is how long each rate is held.
const during = 3 * time.Second

// latencyOf asks every side at shares of its own most.
func latencyOf(ctx context.Context, sides []*side, throughput *contest.Result) (*Latency, error) {
	l := &Latency{Name: "latency", What: fmt.Sprintf("the same at a constant rate, %d connections, from when each request was meant to start", connections)}
	for _, share := range []float64{0.25, 0.5, 0.75, 0.9} {
		for i, s := range sides {
			rate := share * throughput.Sides[i].Rate
			measured, err := s.clients.Open(ctx, rate, during)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", s.name, err)
			}
			l.Rows = append(l.Rows, Late{s.name, share, rate, measured.Achieved,
				measured.Quantile(0.5).Seconds(), measured.Quantile(0.99).Seconds(), measured.Quantile(0.999).Seconds()})
		}
	}
	return l, nil
}

// Write writes the latencies as a table for people.
func (l *Latency) Write(w io.Writer) error {
	return contest.WriteTable(w, fmt.Sprintf("\n%s: %s", l.Name, l.What), func(t *tabwriter.Writer) {
		_, _ = fmt.Fprintln(t, "\tof its most\trequests/s\tachieved\tp50\tp99\tp99.9\t")
		for _, r := range l.Rows {
			_, _ = fmt.Fprintf(t, "%s\t%.0f %%\t%.0f\t%.0f\t%v\t%v\t%v\t\n", r.Name, 100*r.Share, r.Rate, r.Achieved,
				contest.Micros(r.P50), contest.Micros(r.P99), contest.Micros(r.P999))
		}
	})
}
