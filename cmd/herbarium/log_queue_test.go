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
}

func (w *reluctant) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.fail != nil {
		return 0, w.fail
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
