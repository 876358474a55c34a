package overload

import (
	"slices"
	"sort"
	"time"

	"herbarium/engine/fault"
)

// queue are requests that wait for room, in the order in which they were sent.
//
// The first is next; or in an overload, when many wait, the last (adaptive LIFO: Maurer,
// "Fail at Scale", ACM Queue 13/9, 2015). Those that are passed over become stale. They are
// let in as far as there would be nothing to do otherwise; else they are refused after a
// while, few of them, since clients may ask again at once, and a refusal takes time that
// answers need.
type queue struct {
	many, few int   // with how many an overload begins and ends
	latest    int   // how many of the latest are let in in their order in an overload
	passed    int64 // how many others enter meanwhile before a request is stale

	waiting  []*waiter
	overload bool
	stale    slowStart
	ticking  bool
	ticked   time.Time // when requests were last refused
	entered  int64
	counted  int64   // how many had entered then
	credit   float64 // refusals that may be made
	leaving  bool    // all are refused that have waited for minPatience
	refused  int64
}

// waiter is a request that waits, or may do so.
type waiter struct {
	place   *Place // that it gets
	sent    time.Time
	before  int64 // how many had entered when it came
	waits   bool
	decided chan error // gets nil once the request has its place; there is room for one
}

const (
	// manyPerProcessor and fewPerProcessor are queue.many and few.
	manyPerProcessor = 120
	fewPerProcessor  = 96
	// latestPerProcessor is queue.latest: with the last one first, the first of a few would
	// become stale.
	latestPerProcessor = 4
	// A request is stale that was sent longer ago than fresh, if enough others, passedPerProcessor,
	// entered since it came. What waits for few others that take long is not.
	fresh              = 10 * time.Millisecond
	passedPerProcessor = 24
	// tick is how often a queue is looked at while there is one.
	tick = 5 * time.Millisecond
	// minPatience and maxPatience are how long a request waits that is refused.
	minPatience = time.Second
	maxPatience = 15 * time.Second
	// perRefusal is how many requests enter for each that is refused. A refusal costs up to
	// half of what a cheap answer does.
	perRefusal = 16
)

func newQueue(processors int) queue {
	return queue{many: manyPerProcessor * processors, few: fewPerProcessor * processors, latest: latestPerProcessor * processors,
		passed: passedPerProcessor * int64(processors)}
}

func (q *queue) len() int { return len(q.waiting) }

// add adds a request.
func (q *queue) add(w *waiter) {
	w.waits, w.before = true, q.entered
	i := sort.Search(len(q.waiting), func(i int) bool { return q.waiting[i].sent.After(w.sent) })
	q.waiting = slices.Insert(q.waiting, i, w)
}

// first takes the first request out.
func (q *queue) first() *waiter { return q.take(0) }

// next takes the next request out, or returns nil if none may be let in yet. Idle reports
// whether there is nothing else to do.
func (q *queue) next(now time.Time, idle func() bool) *waiter {
	if !q.overloaded() {
		return q.first()
	}
	i := len(q.waiting) - 1
	if !q.isFresh(now, i) {
		q.stale.pass(now)
		if !idle() || !q.stale.take() {
			return nil
		}
	}
	for least := i + 1 - q.latest; i > least && now.Sub(q.waiting[i-1].sent) <= fresh; {
		i--
	}
	return q.take(i)
}

// overloaded reports whether there is an overload.
func (q *queue) overloaded() bool {
	switch n := len(q.waiting); {
	case n >= q.many:
		q.overload = true
	case n < q.few:
		q.overload = false
	}
	return q.overload
}

// full says that there is no room for those that are left.
func (q *queue) full(now time.Time) {
	if n := len(q.waiting); n > 0 && q.isFresh(now, n-1) {
		q.stale.stop()
	}
}

// isFresh reports whether a request is fresh.
func (q *queue) isFresh(now time.Time, i int) bool {
	w := q.waiting[i]
	return now.Sub(w.sent) <= fresh || q.entered-w.before < q.passed
}

// remove takes a request out, and reports whether it waited.
func (q *queue) remove(w *waiter) bool {
	if !w.waits {
		return false
	}
	q.take(slices.Index(q.waiting, w))
	return true
}

func (q *queue) take(i int) *waiter {
	w := q.waiting[i]
	q.waiting = slices.Delete(q.waiting, i, i+1)
	w.waits = false
	return w
}

// watch makes look be called after a tick, if there are requests that wait.
func (q *queue) watch(now time.Time, look func()) {
	if q.ticking || len(q.waiting) == 0 {
		return
	}
	q.ticking, q.ticked = true, now
	time.AfterFunc(tick, look)
}

// refuse refuses requests that have waited longest, as few as keep the others from waiting
// for too long. It is called when the queue is looked at.
func (q *queue) refuse(now time.Time) {
	least := float64(len(q.waiting)) * now.Sub(q.ticked).Seconds() / maxPatience.Seconds()
	q.credit = min(q.credit, 1) + max(least, float64(q.entered-q.counted)/perRefusal)
	q.counted, q.ticking = q.entered, false
	for len(q.waiting) > 0 {
		waited := now.Sub(q.waiting[0].sent)
		due := q.leaving || q.credit >= 1 && q.overloaded()
		if waited < minPatience || waited < maxPatience && !due {
			return
		}
		q.credit--
		q.refused++
		q.first().decided <- fault.OverloadedError()
	}
}
