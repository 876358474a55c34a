package overload

import (
	"context"
	"errors"
	"net"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"herbarium/engine/fault"
)

func TestAnOverloadThatBeginsMakesFewAnswersLate(t *testing.T) {
	for _, clients := range []int{400, 2000, 5000} {
		var o outcome
		simulateReads(t, func(m *machine) { m.loop(clients, cheap, 50*time.Microsecond, time.Second, &o) })
		late := 0
		for _, took := range o.answered {
			if took > 12*time.Millisecond {
				late++
			}
		}
		if n := len(o.answered); n < 4000 || late > n/200 {
			t.Errorf("%d clients: %d of %d answers are late", clients, late, n)
		}
	}
}

func TestStaleRequestsAreReadWhenOthersLeaveTime(t *testing.T) {
	var burst, rest outcome
	simulateReads(t, func(m *machine) {
		m.loop(5, cheap, 2*time.Millisecond, 3*time.Second, &rest) // half of what it can
		time.Sleep(time.Second)
		m.loop(1000, cheap, time.Hour, 2*time.Second, &burst)
	})
	if n := len(burst.answered); n != 1000 || burst.within(1) > 900*time.Millisecond {
		t.Errorf("%d answers to a burst, %d refusals, the last answer after %v", n, len(burst.refused), burst.within(1))
	}
	if late := rest.within(0.98); late > 12*time.Millisecond {
		t.Errorf("p98 of the others is %v", late)
	}
}

// looked is a queue that is looked at as soon as it asks for that.
func looked(processors int) *ReadQueue {
	q := NewReadQueue(processors)
	q.busy = func() bool { return true }
	q.wake = func() { go q.woke() }
	return q
}

// never is what is called when a request waits that should not.
func never(t *testing.T) func() {
	t.Helper()
	return func() { t.Error("a request waits") }
}

// entered are requests that entered a queue, the first one first.
type entered struct {
	places []*Reading

	mu   sync.Mutex
	read []int   // the numbers of those that may be read, as they became so
	errs []error // of the others
}

func enter(q *ReadQueue, n int) *entered {
	e := &entered{}
	for i := range n {
		r := q.NewReading()
		e.places = append(e.places, r)
		go func() {
			err := r.Enter(context.Background(), 0, false, func() {})
			e.mu.Lock()
			defer e.mu.Unlock()
			if err != nil {
				e.errs = append(e.errs, err)
			} else {
				e.read = append(e.read, i)
			}
		}()
		synctest.Wait()
		time.Sleep(time.Microsecond)
	}
	return e
}

// want compares those that may be read.
func (e *entered) want(t *testing.T, want ...int) {
	t.Helper()
	synctest.Wait()
	e.mu.Lock()
	defer e.mu.Unlock()
	if !slices.Equal(e.read, want) {
		t.Errorf("%v are read, want %v", e.read, want)
	}
}

// wantFirst says that the first n may be read, in some order.
func (e *entered) wantFirst(t *testing.T, n int) {
	t.Helper()
	synctest.Wait()
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.read) != n || slices.Max(e.read) != n-1 {
		t.Errorf("%v are read, want the first %d", e.read, n)
	}
}

func TestNobodyWaitsForAQueueThatIsNotOpen(t *testing.T) {
	q := NewReadQueue(1)
	for range 10 {
		if err := q.NewReading().Enter(t.Context(), 0, true, never(t)); err != nil {
			t.Error(err)
		}
	}
}

func TestRequestsAreReadAsPlacesAreFree(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := looked(1)
		e := enter(q, 4)
		e.want(t, 0, 1)
		e.places[0].Leave()
		e.places[0].Leave() // which leaves no other place
		e.want(t, 0, 1, 2)
		time.Sleep(3 * readTime) // which is too long to count
		e.want(t, 0, 1, 2, 3)
	})
}

func TestNothingMoreIsReadForWantOfWorkWhileSomeWaitForAGate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := looked(1)
		e := enter(q, 5)
		e.want(t, 0, 1)
		e.places[0].Wait() // and leaves its place to another
		e.want(t, 0, 1, 2)
		q.mu.Lock()
		q.busy = func() bool { return false }
		q.mu.Unlock()
		q.woke()
		e.want(t, 0, 1, 2)
		e.places[0].Work()
		e.wantFirst(t, 5)
	})
}

func TestARequestThatWasThereIsNotReadBeforeOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := looked(1)
		q.busy = func() bool { return false }
		r := q.NewReading()
		for range 3 {
			if err := r.Enter(t.Context(), 0, false, never(t)); err != nil {
				t.Fatal(err)
			}
			r.Leave()
			waited := false
			if err := r.Enter(t.Context(), 0, true, func() { waited = true }); !waited || err != nil {
				t.Errorf("waited %v: %v", waited, err)
			}
			r.Leave()
		}
	})
}

func TestTheLatestAreReadFirstInAnOverload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := looked(1)
		e := enter(q, manyPerProcessor+readPerProcessor)
		e.places[0].Leave()
		synctest.Wait()
		e.places[1].Leave()
		// Of 2 to 121, the first of the last four; and once more, without 118.
		e.want(t, 0, 1, 118, 117)
		q.Close()
		synctest.Wait()
		e.mu.Lock()
		defer e.mu.Unlock()
		if len(e.read) != len(e.places) {
			t.Errorf("%d of %d are read when the queue is closed", len(e.read), len(e.places))
		}
	})
}

func TestWhoWaitsForLongIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := NewReadQueue(1)
		q.wake = func() {} // no processor is idle
		began := time.Now()
		err := q.NewReading().Enter(t.Context(), 0, true, func() {})
		if fault.CodeOf(err) != fault.Overloaded || time.Since(began) < maxPatience || time.Since(began) > maxPatience+2*tick {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		if waiting, refused := q.Counts(); waiting != 0 || refused != 1 {
			t.Errorf("%d wait, %d were refused", waiting, refused)
		}
	})
}

func TestAConnectionThatIsClosedWaitsNoMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := looked(1)
		e := enter(q, 4)
		e.places[2].Close()
		e.places[2].Close()
		e.want(t, 0, 1)
		if waiting, _ := q.Counts(); waiting != 1 || len(e.errs) != 1 || !errors.Is(e.errs[0], net.ErrClosed) {
			t.Errorf("%d wait, %v", waiting, e.errs)
		}
		e.places[0].Close()
		e.want(t, 0, 1, 3)
	})
}

func TestARequestWaitsNoMoreWhoseContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := looked(1)
		e := enter(q, 2)
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if err := q.NewReading().Enter(ctx, 0, false, func() {}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		if waiting, _ := q.Counts(); waiting != 0 {
			t.Errorf("%d wait", waiting)
		}
		e.places[0].Leave()
		e.places[1].Leave()
		if q.short.n != 0 {
			t.Errorf("%d have places", q.short.n)
		}
	})
}

// besideLong is a queue of a processor for which a long request takes turns with others, so
// that nobody looks at the queue. Leave ends the request.
func besideLong(t *testing.T) (q *ReadQueue, leave func()) {
	t.Helper()
	q = looked(1)
	long := q.NewReading()
	if err := long.Enter(t.Context(), 0, false, func() {}); err != nil {
		t.Fatal(err)
	}
	long.Work()
	q.mu.Lock()
	q.wake = func() {}
	q.mu.Unlock()
	time.Sleep(2 * shortTime)
	q.woke()
	return q, long.Leave
}

func TestAFewRequestsDoNotWaitForLongOnes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, leave := besideLong(t)
		for range turnPerProcessor {
			if err := q.NewReading().Enter(t.Context(), 0, true, never(t)); err != nil {
				t.Error(err)
			}
		}
		leave()
		time.Sleep(readTime)
		waits := make(chan struct{})
		go func() { _ = q.NewReading().Enter(context.Background(), 0, true, func() { close(waits) }) }()
		<-waits
		q.Close()
	})
}

func TestManyHaveATurnTogetherAmongLongOnes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, leave := besideLong(t)
		defer leave()
		e := enter(q, 3*turnPerProcessor)
		for turn := range 3 {
			n := (turn + 1) * turnPerProcessor
			e.wantFirst(t, n)
			for i := range n {
				e.places[i].Leave() // which lets in nobody in the same turn
			}
			e.wantFirst(t, n)
			q.woke()
		}
	})
}

func TestWhatWaitsForFewOthersIsNotStale(t *testing.T) {
	q, now := newQueue(1), time.Unix(1_800_000_000, 0)
	for i := range manyPerProcessor {
		q.add(&waiter{sent: now.Add(time.Duration(i))})
	}
	now = now.Add(time.Minute)
	busy := func() bool { return false }
	q.entered += passedPerProcessor - 1
	w := q.next(now, busy)
	if w == nil || w.sent.Nanosecond() != manyPerProcessor-1 {
		t.Errorf("the last is not next: %+v", w)
	}
	q.entered++
	if w := q.next(now, busy); w != nil {
		t.Errorf("one that is stale is let in: %+v", w)
	}
}

func TestAQueueThatIsOpenLetsRequestsIn(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	q := NewReadQueue(2)
	if err := q.Open(); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			r := q.NewReading()
			for range 100 {
				if err := r.Enter(t.Context(), 0, true, func() {}); err != nil {
					t.Error(err)
				}
				r.Work()
				r.Leave()
			}
		})
	}
	all.Wait()
	if waiting, refused := q.Counts(); waiting != 0 || refused != 0 {
		t.Errorf("%d wait, %d were refused", waiting, refused)
	}
	q.Close()
	q.Close()
}

func TestIdleProcessorsAreGivenMoreAndMore(t *testing.T) {
	var s slowStart
	now := time.Unix(1_800_000_000, 0)
	taken := func(passes int) (n int) {
		for range passes {
			now = now.Add(tick)
			s.pass(now)
			for s.take() {
				n++
			}
		}
		return n
	}
	s.pass(now)
	// 1, and in each 5 ms the square root of 2 times as many: 2.4, 7.2 and 16.9 in all.
	if first, second, third := taken(2), taken(2), taken(2); first != 2 || second != 7-2 || third != 16-7 {
		t.Errorf("%d, %d and %d", first, second, third)
	}
	s.stop()
	now = now.Add(time.Hour)
	s.pass(now)
	if s.take() {
		t.Error("a chance is left after others came")
	}
	if n := taken(1); n != 1 {
		t.Errorf("%d after a new start", n)
	}
}

func BenchmarkRead(b *testing.B) {
	q := NewReadQueue(processors)
	if err := q.Open(); err != nil {
		b.Fatal(err)
	}
	defer q.Close()
	b.ReportAllocs()
	r := q.NewReading()
	for b.Loop() {
		_ = r.Enter(context.Background(), 0, false, func() {})
		r.Work()
		r.Leave()
	}
}
