package overload

import (
	"os"
	"sync"
	"time"
)

// A ReadQueue lets requests be read, one by one, when their first bytes have come.
//
// Without it, Go's scheduler sets the order. It looks for connections that have bytes to
// read when a processor has no goroutine to run, or after 10 ms: a connection whose next
// request comes at once goes on meanwhile, and others wait unread. So a request waits here,
// at the cost of a few microseconds, until a processor has nothing else to run. Then all
// others whose bytes have come have got here, too, and the queue decides which is next.
//
// Requests that come with others over one connection (HTTP/2, or pipelined) wait here once
// they were read, each with a Reading of its own.
type ReadQueue struct {
	processors int
	busy       func() bool // whether goroutines wait for processors

	mu    sync.Mutex
	wake  func() // makes woke be called once a processor has nothing else to run; nil: none waits
	close func()
	woken bool
	short places // of requests that are read and worked on, the first to enter first
	slow  places // of those that have taken longer
	long  int    // of those that are worked on for still longer
	gated int    // requests that were read, and wait for a Gate
	queue queue
	turns int64 // one more than woke was called
	left  int   // how many more may be let in until it is again, where long ones take turns
}

const (
	// readPerProcessor is how many requests are read and worked on for each processor. More
	// would only wait elsewhere.
	readPerProcessor = 2
	// readTime is how long a request counts among them. One that takes longer waits for its
	// client or for a database, or takes turns with others.
	readTime = 5 * time.Millisecond
	// turnPerProcessor is how many have a turn together where long ones take turns: cheap ones
	// take as long together as one of Go's turns, 10 ms.
	turnPerProcessor = 24
)

// NewReadQueue returns a queue of a process with so many processors. Until it is opened, it
// lets in whoever enters.
func NewReadQueue(processors int) *ReadQueue {
	return &ReadQueue{processors: processors, busy: busy(processors), close: func() {}, queue: newQueue(processors), turns: 1}
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
		q.admit(time.Now(), q.queue.first().place.reading, true)
	}
	q.mu.Unlock()
	end()
}

// Counts returns how many requests wait, and how many were refused.
func (q *ReadQueue) Counts() (waiting, refused int64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return int64(q.queue.len()), q.queue.refused
}

// look makes the queue be looked at once a processor has nothing else to run.
func (q *ReadQueue) look(now time.Time) {
	if q.queue.len() > 0 && q.crowded(now) {
		q.letTurnIn(now)
	}
	if q.queue.len() > 0 {
		q.awake()
	}
}

// awake makes woke be called.
func (q *ReadQueue) awake() {
	if q.wake != nil && !q.woken {
		q.woken = true
		q.wake()
	}
}

// crowded reports whether long requests take turns. Then the processors always have something
// to run, and the others have one of these turns together: some at once, and when there are
// more, all wait until the turn has gone round, by which the queue knows of them.
func (q *ReadQueue) crowded(now time.Time) bool {
	q.age(now)
	return q.long >= max(1, q.processors) && q.busy()
}

// passes reports whether a request need not wait where no other does.
func (q *ReadQueue) passes(now time.Time, r *Reading, atOnce bool) bool {
	if !q.crowded(now) {
		return q.short.n < q.processors && !atOnce && !q.busy()
	}
	q.awake()
	if r.turn == q.turns {
		return true // one of a few clients
	}
	if q.left == 0 {
		return false
	}
	q.left--
	r.turn = q.turns
	return true
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

// woke is called when a processor has nothing else to run, or has run what was there before.
func (q *ReadQueue) woke() {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := time.Now()
	q.woken, q.left = false, turnPerProcessor*q.processors
	q.turns++
	if q.crowded(now) {
		q.look(now)
	} else {
		q.letIn(now)
	}
}

// letTurnIn lets in as many as have a turn together.
func (q *ReadQueue) letTurnIn(now time.Time) {
	for q.queue.len() > 0 && q.left > 0 {
		w := q.queue.next(now, q.idle)
		if w == nil {
			break
		}
		q.left--
		w.place.reading.turn = q.turns
		q.admit(now, w.place.reading, true)
	}
	q.queue.full(now)
}

// letIn lets in those that wait, as far as there is room.
func (q *ReadQueue) letIn(now time.Time) {
	beyond := 0 // how many are let in for want of work
	for q.queue.len() > 0 {
		if !q.room(now) {
			// A moment without work is none to read more in while some wait that were read.
			if q.gated > 0 || beyond == q.processors || q.busy() {
				break
			}
			beyond++
		}
		w := q.queue.next(now, q.idle)
		if w == nil {
			return
		}
		q.admit(now, w.place.reading, true)
	}
	q.queue.full(now)
	if beyond > 0 {
		q.look(now) // processors may have nothing to run again soon
	}
}

// room reports whether there is room for one more request.
func (q *ReadQueue) room(now time.Time) bool {
	q.age(now)
	return q.short.n < readPerProcessor*q.processors
}

// idle reports whether a processor has nothing else to do than to let a stale request in.
func (q *ReadQueue) idle() bool { return q.short.n < q.processors }

// admit gives a connection its place.
func (q *ReadQueue) admit(now time.Time, r *Reading, waited bool) {
	r.take(now)
	q.queue.entered++
	if waited {
		r.waiter.decided <- nil
	}
}

// tick looks at the queue, and again after a while, until it is empty.
func (q *ReadQueue) tick() {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := time.Now()
	q.queue.refuse(now)
	q.look(now)
	q.queue.watch(now, q.tick)
}
