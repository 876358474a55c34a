// Package overload decides which requests are worked on when more is asked than the
// server can answer: some soon and others not at all, rather than all of them late.
package overload

import (
	"context"
	"sync"
	"time"
)

// A Gate lets requests in, one by one, once they were read.
//
// No more requests are worked on at once than keep the processors busy: more would only
// take turns. One that takes long gives its place to others and goes on, so that a few slow
// ones do not make all others wait. While processors are idle, as when a database does the
// work, there is no such bound. Requests beyond it wait, at the cost of a goroutine each.
type Gate struct {
	processors int
	bounds     bounds
	busy       func() bool // whether goroutines wait for processors

	mu    sync.Mutex
	short places // of requests that are worked on, the first to enter first
	long  int    // requests that are worked on, and gave their places to others
	queue queue
}

// bounds are those of the number of requests that are worked on at once.
type bounds struct {
	short int
	all   int  // short and long ones
	hard  bool // they hold even while processors are idle
}

const (
	// shortPerProcessor is how many short requests are worked on for each processor: one
	// that runs, and some that are ready while it waits.
	shortPerProcessor = 4
	// allPerShort bounds the long ones: twice as many would each take twice as long.
	allPerShort = 4
	// shortTime is how long a request counts as short.
	shortTime = 100 * time.Millisecond
)

// New returns a gate for a process with so many processors. A limit above 0 is the number
// of requests that are worked on at once, whether processors are idle or not.
func New(processors, limit int) *Gate {
	b := bounds{short: shortPerProcessor * processors, all: shortPerProcessor * processors * allPerShort}
	if limit > 0 {
		b = bounds{short: min(limit, b.short), all: limit, hard: true}
	}
	return &Gate{processors: processors, bounds: b, busy: busy(processors), queue: newQueue(processors)}
}

// Place is that of a request which is worked on. The zero value is one of a request that
// has not entered.
type Place struct {
	gate       *Gate
	entered    time.Time
	long       bool
	reading    *Reading // of a place in a ReadQueue
	prev, next *Place
}

// Entered reports whether the request has its place.
func (p *Place) Entered() bool { return p.gate != nil }

// Enter waits until a request that was read may be worked on, and takes the place for it.
// Waits is called if it has to wait. Whoever enters calls Leave. The error is a *fault.Error
// with code Overloaded, or the context's.
func (g *Gate) Enter(ctx context.Context, p *Place, waits func()) error {
	w := g.arrive(p)
	if w == nil {
		return nil
	}
	waits()
	select {
	case err := <-w.decided:
		return err
	case <-ctx.Done():
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.queue.remove(w) {
		return ctx.Err()
	}
	return <-w.decided // meanwhile
}

// arrive lets the request in, or returns it as one that waits.
func (g *Gate) arrive(p *Place) *waiter {
	now := time.Now()
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.queue.len() == 0 && g.room(now) {
		g.admit(now, p)
		return nil
	}
	w := &waiter{place: p, sent: now, decided: make(chan error, 1)}
	g.queue.add(w)
	g.letIn(now)
	g.queue.watch(now, g.tick)
	return w
}

// Leave gives the place back. It does nothing for a request that has none.
func (p *Place) Leave() {
	g := p.gate
	if g == nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	p.gate = nil
	if p.long {
		g.long--
	} else {
		g.short.remove(p)
	}
	g.letIn(time.Now())
}

func (g *Gate) admit(now time.Time, p *Place) {
	p.gate, p.entered, p.long = g, now, false
	g.short.add(p)
	g.queue.entered++
}

// room reports whether one more request may be worked on.
func (g *Gate) room(now time.Time) bool {
	all := g.short.n + g.long
	for all < g.bounds.all && g.short.n > 0 && now.Sub(g.short.first.entered) > shortTime {
		g.short.first.long = true
		g.short.remove(g.short.first)
		g.long++
	}
	if all >= g.bounds.all && g.bounds.hard {
		return false
	}
	return g.short.n < g.bounds.short && all < g.bounds.all || !g.busy()
}

// idle reports whether there is nothing else to do than to let a stale request in.
func (g *Gate) idle() bool { return g.bounds.hard || g.short.n < g.processors || !g.busy() }

// letIn lets in those that wait, as far as there is room.
func (g *Gate) letIn(now time.Time) {
	for g.queue.len() > 0 && g.room(now) {
		w := g.queue.next(now, g.idle)
		if w == nil {
			return
		}
		g.admit(now, w.place)
		w.decided <- nil
	}
	g.queue.full(now)
}

// tick looks at the queue, and again after a while, until it is empty.
func (g *Gate) tick() {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	g.letIn(now)
	g.queue.refuse(now)
	g.queue.watch(now, g.tick)
}

// Drain makes the gate refuse whoever waits for more than a second, since the server
// stops.
func (g *Gate) Drain() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.queue.leaving = true
}

// Counts returns how many requests wait, and how many were refused.
func (g *Gate) Counts() (waiting, refused int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return int64(g.queue.len()), g.queue.refused
}
