package load

import (
	"slices"
	"time"
)

// Latencies are the times of requests at a constant rate.
type Latencies struct {
	Rate     float64 // requests a second that were meant
	Achieved float64 // requests a second that were answered
	sorted   []time.Duration
}

func newLatencies(rate float64, all []time.Duration, took time.Duration) *Latencies {
	l := &Latencies{Rate: rate, Achieved: float64(len(all)) / took.Seconds(), sorted: slices.Clone(all)}
	slices.Sort(l.sorted)
	return l
}

// Quantile returns the time within which the share q of the requests, from 0
// to 1, was answered: the least that so many do not exceed.
func (l *Latencies) Quantile(q float64) time.Duration {
	if len(l.sorted) == 0 {
		return 0
	}
	at := int(q * float64(len(l.sorted)))
	return l.sorted[min(at, len(l.sorted)-1)]
}
