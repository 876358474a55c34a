package overload

import (
	"math"
	"time"

	"herbarium/engine/fault"
)

const (
	// tick is how often the queue is looked at while there is one.
	tick = 10 * time.Millisecond
	// leastPatience and mostPatience are how long a request waits that is refused.
	leastPatience = time.Second
	mostPatience  = 15 * time.Second
	// perRefusal is how many requests enter for each that is refused. A refusal costs up to
	// half of what a cheap answer does.
	perRefusal = 16
)

func (g *Gate) startTicking(now time.Time) {
	if g.ticking || g.queue.len() == 0 {
		return
	}
	g.ticking, g.ticked = true, now
	time.AfterFunc(tick, g.tick)
}

// tick looks at the queue, and again after a while, until it is empty.
func (g *Gate) tick() {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	passed, rate := now.Sub(g.ticked), g.entered.rate(now)
	for g.queue.fresh() > 0 && g.late(now, g.queue.waiting[g.queue.deferred].sent) {
		g.queue.deferred++
	}
	if g.lateness.ends(now, g.queue.deferred) {
		g.queue.deferred = 0
	}
	g.second.pass(passed, g.lateness.calm(now), rate)
	g.letIn(now)
	g.refuse(now, passed, rate)
	g.ticking = false
	g.startTicking(now)
}

// refuse refuses deferred requests that have waited longest, as few as keep the others
// from waiting for too long.
func (g *Gate) refuse(now time.Time, passed time.Duration, rate float64) {
	perSecond := max(rate/perRefusal, float64(g.queue.deferred)/mostPatience.Seconds())
	g.credit = min(g.credit, 1) + passed.Seconds()*perSecond
	for g.queue.len() > 0 {
		w := g.queue.waiting[0]
		waited := now.Sub(w.sent)
		due := g.leaving || g.credit >= 1 && g.queue.deferred > 0 && !g.lateness.calm(now)
		if waited < leastPatience || waited < mostPatience && !due {
			return
		}
		g.credit--
		g.refused++
		g.queue.remove(w)
		w.decided <- fault.OverloadedError()
	}
}

// slowStart says how many deferred requests are let in while none is late: few at first,
// and twice as many with each doubling.
type slowStart struct {
	rate   float64 // by the second
	chance float64 // how many may enter
}

const (
	// startShare is the part of the rate of entering with which a slow start begins. In an
	// overload with calm times, so many of the answers are late.
	startShare = 1. / 256
	doubling   = 50 * time.Millisecond
)

func (s *slowStart) pass(passed time.Duration, calm bool, rate float64) {
	if !calm {
		s.rate, s.chance = max(1, rate*startShare), 0
		return
	}
	s.chance += s.rate * passed.Seconds()
	s.rate *= math.Exp2(float64(passed) / float64(doubling))
}

// take takes a chance, and reports whether there was one.
func (s *slowStart) take(calm bool) bool {
	if !calm || s.chance < 1 {
		return false
	}
	s.chance--
	return true
}
