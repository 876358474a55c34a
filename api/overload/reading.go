package overload

import (
	"context"
	"errors"
	"net"
	"time"
)

// Reading is the place of a connection in a ReadQueue, for one request after the other.
type Reading struct {
	queue *ReadQueue
	// What follows is guarded by the queue's mu.
	waiter waiter // of a request that waits
	place  Place  // of one that is read and worked on
	held   bool
	slow   bool  // the place is among the queue's slow ones, or long
	works  bool  // it is worked on
	gated  bool  // it was read, and waits for a Gate
	turn   int64 // of the queue's turns, the one in which a request passed
}

// NewReading returns the place of a connection, or of a request that came with others.
func (q *ReadQueue) NewReading() *Reading {
	r := &Reading{queue: q}
	r.waiter = waiter{place: &r.place, decided: make(chan error, 1)}
	r.place.reading = r
	return r
}

// Enter waits until a request may be read of which the first bytes have come, or be worked
// on, if it was read with others. It was sent so long ago, and at once says that it was there
// when the one before it was answered. Waits is called if it has to wait. The error is a
// *fault.Error with code Overloaded if the request is to be refused, net.ErrClosed if the
// connection was closed, or the context's.
func (r *Reading) Enter(ctx context.Context, age time.Duration, atOnce bool, waits func()) error {
	if !r.arrive(age, atOnce) {
		return nil
	}
	waits()
	select {
	case err := <-r.waiter.decided:
		return err
	case <-ctx.Done():
	}
	r.Close()
	if err := <-r.waiter.decided; err != nil && !errors.Is(err, net.ErrClosed) {
		return err // it was refused meanwhile
	}
	return ctx.Err()
}

// arrive reports whether the request has to wait.
func (r *Reading) arrive(age time.Duration, atOnce bool) bool {
	now, q := time.Now(), r.queue
	q.mu.Lock()
	defer q.mu.Unlock()
	r.leave()
	if q.wake == nil || q.queue.len() == 0 && q.passes(now, r, atOnce) {
		q.admit(now, r, false)
		return false
	}
	r.waiter.sent = now.Add(-age)
	q.queue.add(&r.waiter)
	q.queue.watch(now, q.tick)
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
	r.queue.look(time.Now()) // it may soon wait for a database
}

// Wait is called when the request was read, and waits for a Gate.
func (r *Reading) Wait() {
	r.queue.mu.Lock()
	defer r.queue.mu.Unlock()
	r.leave()
	r.gated = true
	r.queue.gated++
	r.queue.look(time.Now())
}

// Leave is called when the request was answered, or comes to nothing.
func (r *Reading) Leave() {
	r.queue.mu.Lock()
	defer r.queue.mu.Unlock()
	r.leave()
	r.queue.look(time.Now())
}

// Close is called when the connection is closed, or the request waits no more.
func (r *Reading) Close() {
	q := r.queue
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.queue.remove(&r.waiter) {
		r.waiter.decided <- net.ErrClosed
	}
	r.leave()
	q.look(time.Now())
}

func (r *Reading) take(now time.Time) {
	r.held, r.place.entered = true, now
	r.queue.short.add(&r.place)
}

func (r *Reading) leave() {
	if r.gated {
		r.gated = false
		r.queue.gated--
	}
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
