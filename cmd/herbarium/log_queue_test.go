package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"
)

// reluctant is a writer that fails, or waits, for as long as a test wants it to.
type reluctant struct {
	mu   sync.Mutex // held: it waits
	text strings.Builder
	fail error
	part int // how much of what it is given it takes before it fails
}

func (w *reluctant) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.fail != nil {
		n, _ := w.text.Write(p[:min(w.part, len(p))])
		return n, w.fail
	}
	return w.text.Write(p)
}

func (w *reluctant) set(fail error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fail = fail
}

func (w *reluctant) string() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

// queueTo returns a queue that says how much was lost as a line.
func queueTo(w io.Writer) *logQueue {
	var q *logQueue
	made := make(chan struct{})
	q = newLogQueue(w, func(lost int) {
		<-made
		_, _ = fmt.Fprintf(q, "lost %d\n", lost)
	})
	close(made)
	return q
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("never: " + what)
		}
	}
}

func TestLinesOfALogArePassedOnInOrder(t *testing.T) {
	var w reluctant
	q := queueTo(&w)
	var want strings.Builder
	for i := range 10_000 {
		line := fmt.Sprintf("line %d\n", i)
		want.WriteString(line)
		if n, err := io.WriteString(q, line); n != len(line) || err != nil {
			t.Fatal(n, err)
		}
	}
	q.close()
	if w.string() != want.String() {
		t.Error("the lines differ")
	}
}

// The last line that a full disk takes is cut; the next one does not go on in it.
func TestALineThatWasWrittenInPartEnds(t *testing.T) {
	for _, c := range []struct {
		part int
		want string
	}{{0, "third\n"}, {4, "firs\nthird\n"}, {6, "first\nthird\n"}} {
		w := reluctant{fail: errors.New("no space left"), part: c.part}
		q := newLogQueue(&w, func(int) {})
		lost := func(n int) func() bool {
			return func() bool { q.mu.Lock(); defer q.mu.Unlock(); return q.lost == n && len(q.queued) == 0 }
		}
		_, _ = io.WriteString(q, "first\n")
		already := 0
		if c.part < 6 {
			already = 1
		}
		eventually(t, "the first line is tried", func() bool { return lost(already)() && (c.part == 0 || w.string() != "") })
		w.mu.Lock()
		w.part = 0
		w.mu.Unlock()
		_, _ = io.WriteString(q, "second\n")
		eventually(t, "the second line is lost", lost(already+1))
		w.set(nil)
		_, _ = io.WriteString(q, "third\n")
		q.close()
		if w.string() != c.want {
			t.Errorf("after %d bytes: %q, want %q", c.part, w.string(), c.want)
		}
	}
}

func TestALogThatNobodyTakesStopsNobody(t *testing.T) {
	var w reluctant
	w.mu.Lock()
	q := queueTo(&w)
	line := strings.Repeat("x", 1023) + "\n"
	_, _ = io.WriteString(q, line)
	eventually(t, "the first line is being written", func() bool {
		q.mu.Lock()
		defer q.mu.Unlock()
		return len(q.queued) == 0
	})
	const all = 3 * maxQueued / 1024
	for range all {
		_, _ = io.WriteString(q, line)
	}
	w.mu.Unlock()
	want := strings.Repeat(line, 1+maxQueued/1024)
	eventually(t, "what was lost is said", func() bool { return strings.Contains(w.string(), "lost") })
	_, _ = io.WriteString(q, "last\n")
	q.close()
	if got, lost := w.string(), fmt.Sprintf("lost %d\nlast\n", all-maxQueued/1024); got != want+lost {
		t.Errorf("%d bytes, %q", len(got), got[max(0, len(got)-40):])
	}
}

func TestLinesThatCannotBeWrittenAreCounted(t *testing.T) {
	var w reluctant
	w.set(errors.New("the disk is full"))
	q := queueTo(&w)
	_, _ = io.WriteString(q, "a\nb\n")
	eventually(t, "both are lost", func() bool {
		q.mu.Lock()
		defer q.mu.Unlock()
		return q.lost == 2
	})
	w.set(nil)
	_, _ = io.WriteString(q, "c\n")
	eventually(t, "what was lost is said", func() bool { return w.string() == "c\nlost 2\n" })
	q.close()
}

func TestAQueueThatNobodyEmptiesIsLeft(t *testing.T) {
	var w reluctant
	w.mu.Lock()
	q := queueTo(&w)
	_, _ = io.WriteString(q, "a\n")
	q.close() // it returns
	w.mu.Unlock()
	<-q.ended
	if w.string() != "a\n" {
		t.Errorf("%q", w.string())
	}
}
