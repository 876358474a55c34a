package status

import (
	"cmp"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"herbarium/engine"
	"herbarium/engine/fault"
)

// Slowest remembers the slowest plans: the slowest run of each shape, of the shapes whose
// slowest runs are slowest (a top-k list), and forgets a shape that had no such run for
// an hour. A run that is faster than all that are remembered costs one atomic load. It is
// safe for concurrent use.
type Slowest struct {
	mu    sync.Mutex
	plans []SlowPlan // the slowest first
	// bar is how long a run must take to be remembered, in nanoseconds.
	bar atomic.Int64
}

const (
	maxSlowest  = 20
	slowestTime = time.Hour
)

// SlowPlan is the slowest run of plans of a shape.
type SlowPlan struct {
	Dataset     string `json:"dataset"`
	Operation   string `json:"operation"`
	Fingerprint string `json:"fingerprint"` // of the shape
	// Plan has the values that were looked for, which are not for everybody; "" where
	// it is not shown.
	Plan    string    `json:"plan,omitempty"`
	Seconds float64   `json:"seconds"` // in the store and the encoder
	Rows    int64     `json:"rows"`
	At      time.Time `json:"at"`
	Error   string    `json:"error,omitempty"` // the code, if the run failed
}

// Ran takes a run into account.
func (s *Slowest) Ran(r engine.Run) {
	took := r.Work()
	if r.Plan == nil || int64(took) < s.bar.Load() {
		return
	}
	slow := SlowPlan{Dataset: r.Query.Dataset.Name, Operation: r.Query.Operation.Path, Fingerprint: r.Plan.Fingerprint(),
		Plan: r.Plan.String(), Seconds: took.Seconds(), Rows: r.Rows, At: r.Began}
	if r.Err != nil {
		slow.Error = string(fault.CodeOf(r.Err))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forget(r.Began)
	for i := range s.plans {
		if known := &s.plans[i]; known.Fingerprint == slow.Fingerprint && known.Dataset == slow.Dataset {
			if known.Seconds > slow.Seconds {
				return
			}
			s.plans = slices.Delete(s.plans, i, i+1)
			break
		}
	}
	at, _ := slices.BinarySearchFunc(s.plans, slow, func(a, b SlowPlan) int { return cmp.Compare(b.Seconds, a.Seconds) })
	s.plans = slices.Insert(s.plans, at, slow)
	s.plans = s.plans[:min(len(s.plans), maxSlowest)]
	s.raise()
}

// forget drops what is older than slowestTime; the mutex is locked.
func (s *Slowest) forget(now time.Time) {
	s.plans = slices.DeleteFunc(s.plans, func(p SlowPlan) bool { return now.Sub(p.At) > slowestTime })
	s.raise()
}

// raise sets the bar by what is remembered; the mutex is locked.
func (s *Slowest) raise() {
	bar := int64(0)
	if len(s.plans) == maxSlowest {
		bar = int64(s.plans[maxSlowest-1].Seconds * float64(time.Second))
	}
	s.bar.Store(bar)
}

// Plans returns the slowest plans, the slowest first.
func (s *Slowest) Plans() []SlowPlan {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forget(time.Now())
	return slices.Clone(s.plans)
}
