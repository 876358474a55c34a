package overload

import (
	"math"
	"time"
)

// idleStart says how many stale requests are let in while there are no others: few at
// first, and twice as many with each doubling (a slow start).
type idleStart struct {
	last   time.Time // when time passed; zero while there are others
	rate   float64   // by the second
	chance float64   // how many may be let in
}

const (
	startIdle    = 200.
	doublingIdle = 10 * time.Millisecond
	// maxPass bounds what counts of a time in which nothing ran.
	maxPass = 2 * readTime
	// maxIdle and maxChance bound rate and chance.
	maxIdle   = 1e6
	maxChance = 16
)

// pass says that there are no others.
func (s *idleStart) pass(now time.Time) {
	if s.last.IsZero() {
		*s = idleStart{last: now, rate: startIdle}
	}
	passed := min(now.Sub(s.last), maxPass)
	s.last = now
	s.chance = min(s.chance+s.rate*passed.Seconds(), maxChance)
	s.rate = min(s.rate*math.Exp2(float64(passed)/float64(doublingIdle)), maxIdle)
}

// stop says that there are others.
func (s *idleStart) stop() { s.last = time.Time{} }

// take takes a chance, and reports whether there was one.
func (s *idleStart) take() bool {
	if s.chance < 1 {
		return false
	}
	s.chance--
	return true
}
