package overload

import (
	"slices"
	"sort"
	"time"
)

// waiter is a request that waits.
type waiter struct {
	place   *Place   // in a Gate
	reading *Reading // in a ReadQueue
	sent    time.Time
	decided chan error // gets nil once the request has its place; there is room for one
}

// queue are the requests that wait, in the order in which they were sent. The first of
// them are deferred.
type queue struct {
	waiting  []*waiter
	deferred int
}

func (q *queue) len() int { return len(q.waiting) }

// fresh returns how many requests are not deferred.
func (q *queue) fresh() int { return len(q.waiting) - q.deferred }

// add adds a request, to the deferred ones or to the others.
func (q *queue) add(w *waiter, deferred bool) {
	begin, end := q.deferred, len(q.waiting)
	if deferred {
		begin, end = 0, q.deferred
		q.deferred++
	}
	i := begin + sort.Search(end-begin, func(i int) bool { return q.waiting[begin+i].sent.After(w.sent) })
	q.waiting = slices.Insert(q.waiting, i, w)
}

// first takes the first request that is not deferred.
func (q *queue) first() *waiter { return q.take(q.deferred) }

// latest takes the last request.
func (q *queue) latest() *waiter { return q.take(len(q.waiting) - 1) }

// remove takes a request out, and reports whether it waited.
func (q *queue) remove(w *waiter) bool {
	i := slices.Index(q.waiting, w)
	if i >= 0 {
		q.take(i)
	}
	return i >= 0
}

func (q *queue) take(i int) *waiter {
	w := q.waiting[i]
	q.waiting = slices.Delete(q.waiting, i, i+1)
	if i < q.deferred {
		q.deferred--
	}
	return w
}
