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
// A request is late if it was sent long ago, and many others were let in since. Most of
// that time passes before a request is read, in the buffer of its socket and in the queue of
// Go's scheduler; the kernel tells how long ago its last bytes arrived. If a request is
// very late, more is asked than can be answered. From then on, late ones are deferred, and
// those that were just sent are let in. (The ideas are those of
// CoDel: Nichols and Jacobson, "Controlling Queue Delay", ACM Queue 10/5, 2012; and of
// adaptive LIFO: Maurer, "Fail at Scale", ACM Queue 13/9, 2015.) Deferred requests wait on
// their connections, at the cost of a goroutine each, until the overload is over or they
// are refused. Refusals are few, since clients may ask again at once, which takes time
// that answers need.
//
// Besides, no more requests are worked on at once than keep the processors busy: more
// would only take turns. One that takes long gives its place to others and goes on, so
// that a few slow ones do not make all others wait. While processors are idle, as when a
// database does the work, there is no such bound.
type Gate struct {
	bounds bounds
	busy   func() bool // whether goroutines wait for processors

	mu       sync.Mutex
	short    places // of requests that are worked on, the first to enter first
	long     int    // requests that are worked on, and gave their places to others
	queue    queue
	entered  history
	lateness lateness
	second   slowStart // of deferred requests
	ticking  bool
	ticked   time.Time // when the queue was last looked at
	credit   float64   // refusals that may be made
	leaving  bool
	refused  int64
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
	return &Gate{bounds: b, busy: busy(processors), entered: newHistory(), lateness: newLateness(processors)}
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

// Enter waits until a request that was sent so long ago may be worked on, and takes the
// place for it. Waits is called if it has to wait. Whoever enters calls Leave. The error is a
// *fault.Error with code Overloaded, or the context's.
func (g *Gate) Enter(ctx context.Context, age time.Duration, p *Place, waits func()) error {
	w := g.arrive(age, p)
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
func (g *Gate) arrive(age time.Duration, p *Place) *waiter {
	now := time.Now()
	g.mu.Lock()
	defer g.mu.Unlock()
	sent := now.Add(-age)
	deferred := g.late(now, sent) && g.lateness.excessive(g.entered.since(now, sent))
	if !deferred && g.queue.fresh() == 0 && g.room(now) {
		g.admit(now, p)
		return nil
	}
	w := &waiter{place: p, sent: sent, decided: make(chan error, 1)}
	g.queue.add(w, deferred)
	g.letIn(now)
	g.startTicking(now)
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

// late notes a request that was sent then. It reports whether there is an overload, and the
// request is late.
func (g *Gate) late(now, sent time.Time) bool {
	return g.lateness.note(now, now.Sub(sent), g.entered.since(now, sent))
}

func (g *Gate) admit(now time.Time, p *Place) {
	p.gate, p.entered, p.long = g, now, false
	g.short.add(p)
	g.entered.count(now)
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

// letIn lets in those that wait, as far as there is room: in their order, or in an
// overload the latest first, and of the deferred ones as many as have a second chance.
func (g *Gate) letIn(now time.Time) {
	for g.queue.len() > 0 && g.room(now) {
		var w *waiter
		switch {
		case g.queue.fresh() > 0 && g.lateness.overload:
			w = g.queue.latest()
		case g.queue.fresh() > 0:
			w = g.queue.first()
		case g.second.take(g.lateness.calm(now)):
			w = g.queue.latest()
		default:
			return
		}
		g.admit(now, w.place)
		w.decided <- nil
	}
}

// Drain makes the gate refuse whoever waits for more than a second, since the server
// stops.
func (g *Gate) Drain() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.leaving = true
}

// Counts returns how many requests wait, and how many were refused.
func (g *Gate) Counts() (waiting, refused int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return int64(g.queue.len()), g.refused
}
