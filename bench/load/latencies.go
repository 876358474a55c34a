package load

import (
	"slices"
	"time"
)

// Latencies are the times of requests at a constant rate.
type Latencies struct {
	Rate     float64 // requests a second that were meant
	Achieved float64 // requests a second that were answered
	sorted   []timed
}

// timed is how long a request of a kind took.
type timed struct {
	kind int
	took time.Duration
}

func newLatencies(rate float64, all []timed, took time.Duration) *Latencies {
	l := &Latencies{Rate: rate, Achieved: float64(len(all)) / took.Seconds(), sorted: slices.Clone(all)}
	slices.SortFunc(l.sorted, func(a, b timed) int { return int(a.took - b.took) })
	return l
}

// Of returns the times of one kind of request.
func (l *Latencies) Of(kind int) *Latencies {
	of := &Latencies{}
	for _, t := range l.sorted {
		if t.kind == kind {
			of.sorted = append(of.sorted, t)
		}
	}
	if len(l.sorted) > 0 {
		share := float64(len(of.sorted)) / float64(len(l.sorted))
		of.Rate, of.Achieved = share*l.Rate, share*l.Achieved
	}
	return of
}

// Count returns how many requests there were.
func (l *Latencies) Count() int { return len(l.sorted) }

// Quantile returns the time within which the share q of the requests, from 0
// to 1, was answered: the least that so many do not exceed.
func (l *Latencies) Quantile(q float64) time.Duration {
	if len(l.sorted) == 0 {
		return 0
	}
	at := int(q * float64(len(l.sorted)))
	return l.sorted[min(at, len(l.sorted)-1)].took
}
