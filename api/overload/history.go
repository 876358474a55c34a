package overload

import "time"

// history says how many requests entered since some time, to the step.
type history struct {
	total int64
	// before are, by step, how many had entered when it began: a ring of the last steps.
	before []int64
	last   int64 // the latest step
}

const (
	step  = 2 * time.Millisecond
	steps = int64(mostPatience/step) + 1
)

func newHistory() history { return history{before: make([]int64, steps)} }

func stepOf(t time.Time) int64 { return t.UnixNano() / int64(step) }

// advance begins the steps up to the present one.
func (h *history) advance(now time.Time) {
	present := stepOf(now)
	for s := max(h.last, present-steps) + 1; s <= present; s++ {
		h.before[s%steps] = h.total
	}
	h.last = max(h.last, present)
}

// count counts a request that enters.
func (h *history) count(now time.Time) {
	h.advance(now)
	h.total++
}

// since returns how many requests entered after the step of then, as far back as steps
// are kept.
func (h *history) since(now, then time.Time) int64 {
	h.advance(now)
	s := max(stepOf(then)+1, h.last-steps+1)
	if s > h.last {
		return 0
	}
	return h.total - h.before[s%steps]
}

// rate returns how many requests entered within a second.
func (h *history) rate(now time.Time) float64 { return float64(h.since(now, now.Add(-time.Second))) }
