package overload

import (
	"os"
	"sync"
	"time"

	"herbarium/engine/fault"
)

// A ReadQueue lets requests be read, one by one, when their first bytes have come.
//
// Without it, Go's scheduler sets the order. It looks for connections that have bytes to
// read when a processor has no goroutine to run, or after 10 ms: a connection whose next
// request comes at once goes on meanwhile, and others wait unread. So a request waits here,
// at the cost of a few microseconds, until a processor has nothing else to run. Then all
// others whose bytes have come have got here, too, and the queue decides which is next.
// That is the first; or in an overload, when many wait, the last (adaptive LIFO: Maurer,
// "Fail at Scale", ACM Queue 13/9, 2015). Those that are passed over become stale. They are
// let in as far as processors would be idle otherwise; else they are refused after a while,
// few of them, since a refusal takes time that answers need.
type ReadQueue struct {
	processors int
	busy       func() bool // whether goroutines wait for processors

	mu       sync.Mutex
	wake     func() // makes woke be called once a processor has nothing else to run; nil: none waits
	close    func()
	woken    bool
	short    places // of requests that are read and worked on, the first to enter first
	slow     places // of those that have taken longer
	long     int    // of those that are worked on for still longer
	queue    queue
	overload bool
	stale    idleStart
	ticking  bool
	ticked   time.Time // when the queue was last looked at
	entered  int       // since then
	credit   float64   // refusals that may be made
	refused  int64
}

const (
	// readPerProcessor is how many requests are read and worked on for each processor. More
	// would only wait elsewhere.
	readPerProcessor = 2
	// readTime is how long a request counts among them. One that takes longer waits for its
	// client or for a database, or takes turns with others.
	readTime = 5 * time.Millisecond
	// manyPerProcessor is with how many that wait an overload begins, and fewPerProcessor
	// with how many it ends.
	manyPerProcessor = 120
	fewPerProcessor  = 96
	// latestPerProcessor is how many of the latest requests are let in in their order in an
	// overload: with the last one first, the first of a few would become stale.
	latestPerProcessor = 4
	// fresh is how long ago a request was sent that is not stale.
	fresh = 10 * time.Millisecond
)

// NewReadQueue returns a queue of a process with so many processors. Until it is opened, it
// lets in whoever enters.
func NewReadQueue(processors int) *ReadQueue {
	return &ReadQueue{processors: processors, busy: busy(processors), close: func() {}}
}

// Open makes requests wait. Whoever opens the queue closes it.
func (q *ReadQueue) Open() error {
	// The scheduler finds the goroutine that reads a pipe as it finds connections that have
	// bytes to read, and after those that had some before.
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	var reader sync.WaitGroup
	reader.Go(func() {
		var b [1]byte
		for {
			if _, err := r.Read(b[:]); err != nil {
				return // it is closed
			}
			q.woke()
		}
	})
	q.mu.Lock()
	defer q.mu.Unlock()
	q.wake = func() { _, _ = w.Write([]byte{0}) } // at worst, the next tick finds it so
	q.close = func() {
		_ = w.Close() // nothing is lost
		reader.Wait()
		_ = r.Close()
	}
	return nil
}

// Close lets in all that wait, and whoever enters from now on.
func (q *ReadQueue) Close() {
	q.mu.Lock()
	end := q.close
	q.wake, q.close = nil, func() {}
	for q.queue.len() > 0 {
		q.admit(time.Now(), q.queue.first().reading, true)
	}
	q.mu.Unlock()
	end()
}

// Counts returns how many requests wait, and how many were refused.
func (q *ReadQueue) Counts() (waiting, refused int64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return int64(q.queue.len()), q.refused
}

// look makes the queue be looked at once a processor has nothing else to run.
func (q *ReadQueue) look(now time.Time) {
	if q.wake == nil || q.queue.len() == 0 {
		return
	}
	if q.aside(now) {
		for q.queue.len() > 0 {
			q.admit(now, q.queue.first().reading, false)
		}
		return
	}
	if !q.woken {
		q.woken = true
		q.wake()
	}
}

// aside reports whether long requests take turns. Then the processors always have something
// to run, and nobody waits for that here: it is for a Gate to decide.
func (q *ReadQueue) aside(now time.Time) bool {
	q.age(now)
	return q.long >= max(1, q.processors) && q.busy()
}

// age finds out which requests take longer.
func (q *ReadQueue) age(now time.Time) {
	for p := q.short.first; p != nil && now.Sub(p.entered) > readTime; p = q.short.first {
		q.short.remove(p)
		q.slow.add(p)
		p.reading.slow = true
	}
	for p := q.slow.first; p != nil && now.Sub(p.entered) > shortTime; p = q.slow.first {
		q.slow.remove(p)
		p.long = true
		if p.reading.works {
			q.long++
		}
	}
}

// woke is called when a processor has nothing else to run.
func (q *ReadQueue) woke() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.woken = false
	q.letIn(time.Now())
}

// letIn lets in those that wait, as far as there is room.
func (q *ReadQueue) letIn(now time.Time) {
	beyond := 0 // how many are let in for want of work
	for q.queue.len() > 0 {
		if !q.room(now) {
			if beyond == q.processors || q.busy() {
				break
			}
			beyond++
		}
		w := q.next(now)
		if w == nil {
			return
		}
		q.admit(now, w.reading, true)
	}
	if q.queue.len() > 0 && q.isFresh(now, q.queue.len()-1) {
		q.stale.stop()
	}
	if beyond > 0 {
		q.look(now) // processors may have nothing to run again soon
	}
}

// room reports whether there is room for one more request.
func (q *ReadQueue) room(now time.Time) bool {
	q.age(now)
	return q.short.n < readPerProcessor*q.processors
}

// isFresh reports whether a request is fresh.
func (q *ReadQueue) isFresh(now time.Time, i int) bool {
	return now.Sub(q.queue.waiting[i].sent) <= fresh
}

// next takes the next request out of the queue, or returns nil if none may be read yet.
func (q *ReadQueue) next(now time.Time) *waiter {
	switch n := q.queue.len(); {
	case n >= manyPerProcessor*q.processors:
		q.overload = true
	case n < fewPerProcessor*q.processors:
		q.overload = false
	}
	if !q.overload {
		return q.queue.first()
	}
	i := q.queue.len() - 1
	if !q.isFresh(now, i) {
		q.stale.pass(now)
		if q.short.n >= q.processors || !q.stale.take() {
			return nil
		}
	}
	for least := i + 1 - latestPerProcessor*q.processors; i > least && q.isFresh(now, i-1); {
		i--
	}
	return q.queue.take(i)
}

// admit gives a connection its place; ordered says that its request had its turn.
func (q *ReadQueue) admit(now time.Time, r *Reading, ordered bool) {
	r.take(now)
	r.ordered = ordered
	q.entered++
	if r.waits {
		r.decide(nil)
	}
}

func (q *ReadQueue) startTicking(now time.Time) {
	if q.ticking || q.queue.len() == 0 {
		return
	}
	q.ticking, q.ticked = true, now
	time.AfterFunc(readTime, q.tick)
}

// tick looks at the queue, and again after a while, until it is empty.
func (q *ReadQueue) tick() {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := time.Now()
	q.refuse(now)
	q.look(now)
	q.ticking = false
	q.startTicking(now)
}

// refuse refuses requests that have waited longest, as few as keep the others from waiting
// for too long.
func (q *ReadQueue) refuse(now time.Time) {
	least := float64(q.queue.len()) * now.Sub(q.ticked).Seconds() / mostPatience.Seconds()
	q.credit = min(q.credit, 1) + max(least, float64(q.entered)/perRefusal)
	q.entered = 0
	for q.queue.len() > 0 {
		w := q.queue.waiting[0]
		waited := now.Sub(w.sent)
		if waited < leastPatience || waited < mostPatience && (q.credit < 1 || !q.overload) {
			return
		}
		q.credit--
		q.refused++
		q.queue.remove(w)
		w.reading.decide(fault.OverloadedError())
	}
}
