package engine

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"herbarium/engine/fault"
)

// A gate bounds how many queries run at once. The others wait in a queue that stays
// short in time rather than in number, so that under any load the queries that run are
// answered soon:
//
//   - The queries of a burst run in the order in which they came, however long they
//     waited.
//   - A queue that lasts longer than a burst means that more is asked than can be
//     answered. Then queries run that are fresh, which have not waited for long; the
//     others are passed over. So the queue cannot make every answer late. (The idea is
//     that of CoDel: Nichols and Jacobson, "Controlling Queue Delay", ACM Queue 10/5,
//     2012; and Maurer, "Fail at Scale", ACM Queue 13/9, 2015.)
//   - A query that was passed over is refused when its patience ends. Until then it keeps
//     its caller from asking again at once, so that refusals do not take the time that
//     answers need.
//
// All times grow with how long queries run: ten seconds of work are not given up after
// ten milliseconds.
type gate struct {
	limit int

	mu      sync.Mutex
	running int
	waiting []*waiter // the longest first
	// crowded and last are when the present time of waiting began, and when a query last
	// had to wait.
	crowded, last time.Time
	hold          time.Duration // about how long a query runs
	left          time.Time     // when a query last ended, or first began
	refused       int64
}

// waiter is one query that waits.
type waiter struct {
	since    time.Time
	share    float64       // of the patience, by which it differs from others
	admitted chan struct{} // closed by whoever hands over a place
}

const (
	// leastFresh is the least age up to which a query runs in an overload.
	leastFresh = 10 * time.Millisecond
	freshHolds = 8 // the same, as a multiple of how long queries run
	// leastBurst is the least time for which a queue counts as a burst.
	leastBurst = 50 * time.Millisecond
	burstHolds = 40
	// leastPatience is how long a query waits, at the least, give or take a half: callers
	// who were refused together would come back together.
	leastPatience = time.Second
	patienceHolds = 100
	mostPatience  = 15 * time.Second
	// holdShare is the part that the latest query has in the mean of their times.
	holdShare = 16
)

// newGate returns a gate for so many queries at once; nil for no bound.
func newGate(limit int) *gate {
	if limit <= 0 {
		return nil
	}
	return &gate{limit: limit}
}

// enter waits until the query may run. Whoever enters calls leave with the time that it
// returns. The error is a *fault.Error with code Overloaded, or the context's.
func (g *gate) enter(ctx context.Context) (entered time.Time, err error) {
	now := time.Now()
	if g == nil {
		return now, nil
	}
	g.mu.Lock()
	if g.running < g.limit {
		if g.running++; g.running == 1 {
			g.left = now
		}
		g.mu.Unlock()
		return now, nil
	}
	w := &waiter{since: now, share: 0.5 + rand.Float64(), admitted: make(chan struct{})}
	g.waiting = append(g.waiting, w)
	if now.Sub(g.last) > g.burst() {
		g.crowded = now
	}
	g.last = now
	timer := time.NewTimer(g.patience(now, w))
	g.mu.Unlock()
	defer timer.Stop()
	for {
		select {
		case <-w.admitted:
			return time.Now(), nil
		case <-ctx.Done():
		case <-timer.C:
		}
		more, err := g.giveUp(ctx, w)
		if more <= 0 {
			return time.Now(), err
		}
		timer.Reset(more)
	}
}

// giveUp takes the query out of the queue and returns why, unless it was admitted
// meanwhile or may wait for more time.
func (g *gate) giveUp(ctx context.Context, w *waiter) (more time.Duration, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	i := slices.Index(g.waiting, w)
	if i < 0 {
		return 0, nil
	}
	if err = ctx.Err(); err == nil {
		now := time.Now()
		if more := g.patience(now, w) - now.Sub(w.since); more > 0 {
			return more, nil
		}
		g.refused++
		err = fault.OverloadedError()
	}
	g.waiting = slices.Delete(g.waiting, i, i+1)
	return 0, err
}

// leave ends the run of a query that entered then, and hands its place over.
func (g *gate) leave(entered time.Time) {
	if g == nil {
		return
	}
	now := time.Now()
	g.mu.Lock()
	defer g.mu.Unlock()
	g.hold += (now.Sub(entered) - g.hold) / holdShare
	g.left = now
	if i := g.next(now); i >= 0 {
		close(g.waiting[i].admitted)
		g.waiting = slices.Delete(g.waiting, i, i+1)
		return
	}
	g.running--
}

// next returns which of those who wait runs next; negative for none.
func (g *gate) next(now time.Time) int {
	if len(g.waiting) == 0 {
		return -1
	}
	if now.Sub(g.crowded) <= g.burst() {
		return 0
	}
	stale := now.Add(-max(leastFresh, freshHolds*g.hold))
	i, _ := slices.BinarySearchFunc(g.waiting, stale, func(w *waiter, stale time.Time) int { return w.since.Compare(stale) })
	if i == len(g.waiting) {
		return -1
	}
	return i
}

func (g *gate) burst() time.Duration { return max(leastBurst, burstHolds*g.hold) }

// patience returns how long a query waits. That no query has ended for a while tells how
// long they run before the first one has.
func (g *gate) patience(now time.Time, w *waiter) time.Duration {
	run := max(g.hold, now.Sub(g.left)/time.Duration(g.limit))
	return time.Duration(w.share * float64(min(max(leastPatience, patienceHolds*run), mostPatience)))
}

// counts returns how many queries wait, and how many were refused.
func (g *gate) counts() (waiting, refused int64) {
	if g == nil {
		return 0, 0
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return int64(len(g.waiting)), g.refused
}
