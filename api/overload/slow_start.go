package overload

import (
	"math"
	"time"
)

// slowStart says how many stale requests are let in while there are no others: few at
// first, and twice as many with each doubling.
type slowStart struct {
	last   time.Time // when time passed; zero while there are others
	rate   float64   // by the second
	chance float64   // how many may be let in
}

const (
	startRate = 200.
	doubling  = 10 * time.Millisecond
	// maxPass bounds what counts of a time in which nothing ran.
	maxPass = 2 * tick
	// maxRate and maxChance bound rate and chance.
	maxRate   = 1e6
	maxChance = 16
)

// pass says that there are no others.
func (s *slowStart) pass(now time.Time) {
	if s.last.IsZero() {
		*s = slowStart{last: now, rate: startRate}
	}
	passed := min(now.Sub(s.last), maxPass)
	s.last = now
	s.chance = min(s.chance+s.rate*passed.Seconds(), maxChance)
	s.rate = min(s.rate*math.Exp2(float64(passed)/float64(doubling)), maxRate)
}

// stop says that there are others.
func (s *slowStart) stop() { s.last = time.Time{} }

// take takes a chance, and reports whether there was one.
func (s *slowStart) take() bool {
	if s.chance < 1 {
		return false
	}
	s.chance--
	return true
}
