package main

import (
	"bytes"
	"io"
	"sync"
	"time"
)

// The limits of a queue of lines.
const (
	maxQueued  = 1 << 20 // bytes
	queueGrace = time.Second
)

// logQueue is where a server writes the lines of its log. Another goroutine passes them on,
// so that no request waits for whoever takes them: a pipe that is not read, or a disk that
// hangs. While more wait than the queue holds, further ones are lost, and so are those that
// cannot be written. How many were lost is said once lines can be written again.
type logQueue struct {
	to   io.Writer
	tell func(lost int) // logs that lines were lost

	mu     sync.Mutex
	queued []byte // whole lines
	lost   int    // lines, of which nothing was said
	closed bool
	wake   chan struct{} // has an element if there may be something to do
	ended  chan struct{}
}

// newLogQueue begins to pass lines on. The caller closes it.
func newLogQueue(to io.Writer, tell func(lost int)) *logQueue {
	q := &logQueue{to: to, tell: tell, wake: make(chan struct{}, 1), ended: make(chan struct{})}
	go q.run()
	return q
}

// Write queues a line, or several. It never fails.
func (q *logQueue) Write(lines []byte) (int, error) {
	q.mu.Lock()
	if q.closed || len(q.queued)+len(lines) > maxQueued {
		q.lost += bytes.Count(lines, []byte("\n"))
	} else {
		q.queued = append(q.queued, lines...)
	}
	q.mu.Unlock()
	q.poke()
	return len(lines), nil
}

func (q *logQueue) poke() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// run passes lines on until the queue is closed and empty.
func (q *logQueue) run() {
	defer close(q.ended)
	var passing []byte
	torn := false // a line was written in part, so that the next one would go on where it ends
	for {
		q.mu.Lock()
		passing, q.queued = q.queued, passing[:0]
		closed := q.closed
		q.mu.Unlock()
		if len(passing) == 0 {
			if closed {
				return
			}
			<-q.wake
			continue
		}
		n, err := 0, error(nil)
		if torn {
			if n, err = q.to.Write([]byte("\n")); n > 0 {
				torn, n = false, 0
			}
		}
		if err == nil {
			n, err = q.to.Write(passing)
		}
		if err != nil {
			n = min(n, len(passing))
			torn = torn && n == 0 || n > 0 && passing[n-1] != '\n'
			q.mu.Lock()
			q.lost += bytes.Count(passing[n:], []byte("\n"))
			q.mu.Unlock()
			continue
		}
		lost := 0
		q.mu.Lock()
		if len(q.queued) < maxQueued/2 { // there is room to say it
			lost, q.lost = q.lost, 0
		}
		q.mu.Unlock()
		if lost > 0 && !closed {
			q.tell(lost)
		}
	}
}

// close passes on what is queued, for a second at most.
func (q *logQueue) close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	q.poke()
	select {
	case <-q.ended:
	case <-time.After(queueGrace):
	}
}
