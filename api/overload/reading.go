package overload

import (
	"net"
	"time"
)

// Reading is the place of a connection in a ReadQueue, for one request after the other.
type Reading struct {
	queue *ReadQueue
	// What follows is guarded by the queue's mu.
	waiter  waiter // of a request that waits
	waits   bool
	place   Place // of one that is read and worked on
	held    bool
	slow    bool // the place is among the queue's slow ones, or long
	works   bool // it is worked on
	ordered bool // the request waited, and had its turn
}

// NewReading returns the place of a connection.
func (q *ReadQueue) NewReading() *Reading {
	r := &Reading{queue: q}
	r.waiter = waiter{reading: r, decided: make(chan error, 1)}
	r.place.reading = r
	return r
}

// Enter waits until a request may be read of which the first bytes have come. It was sent so
// long ago, and at once says that it was there when the one before it was answered. Waits is
// called if it has to wait. Ordered reports whether the queue has decided when it is its turn.
// If not, it may have waited where the queue does not see it: among goroutines, or in the
// buffer of its socket. The error is a *fault.Error with code Overloaded if the request is to
// be refused, and net.ErrClosed if the connection was closed.
func (r *Reading) Enter(age time.Duration, atOnce bool, waits func()) (ordered bool, err error) {
	if r.arrive(age, atOnce) {
		waits()
		err = <-r.waiter.decided
	}
	r.queue.mu.Lock()
	defer r.queue.mu.Unlock()
	return r.ordered, err
}

// arrive reports whether the request has to wait.
func (r *Reading) arrive(age time.Duration, atOnce bool) bool {
	now, q := time.Now(), r.queue
	q.mu.Lock()
	defer q.mu.Unlock()
	r.leave()
	if q.wake == nil || q.queue.len() == 0 && (q.short.n < q.processors && !atOnce && !q.busy() || q.aside(now)) {
		q.admit(now, r, false)
		return false
	}
	r.waiter.sent, r.waits = now.Add(-age), true
	q.queue.add(&r.waiter, false)
	q.startTicking(now)
	q.look(now)
	return true
}

// Work is called when the request is worked on.
func (r *Reading) Work() {
	r.queue.mu.Lock()
	defer r.queue.mu.Unlock()
	r.leave()
	r.take(time.Now())
	r.works = true
}

// Leave is called when the request was answered, or waits for a Gate.
func (r *Reading) Leave() {
	r.queue.mu.Lock()
	defer r.queue.mu.Unlock()
	r.leave()
	r.queue.look(time.Now())
}

// Close is called when the connection is closed.
func (r *Reading) Close() {
	q := r.queue
	q.mu.Lock()
	defer q.mu.Unlock()
	if r.waits {
		q.queue.remove(&r.waiter)
		r.decide(net.ErrClosed)
	}
	r.leave()
	q.look(time.Now())
}

func (r *Reading) take(now time.Time) {
	r.held, r.place.entered = true, now
	r.queue.short.add(&r.place)
}

func (r *Reading) leave() {
	switch {
	case !r.held:
	case !r.slow:
		r.queue.short.remove(&r.place)
	case !r.place.long:
		r.queue.slow.remove(&r.place)
	case r.works:
		r.queue.long--
	}
	r.held, r.slow, r.place.long, r.works = false, false, false, false
}

// decide ends the wait of the request, which is not in the queue any more.
func (r *Reading) decide(err error) {
	r.waits = false
	r.waiter.decided <- err
}
