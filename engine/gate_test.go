package engine

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"herbarium/engine/fault"
)

// outcome is what became of the queries of a simulation.
type outcome struct {
	mu       sync.Mutex
	answered []time.Duration // how long each took, sorted at the end
	refused  []time.Duration
}

// simulate lets clients ask through a gate, each the next as soon as the last was
// answered or refused, in virtual time. A query runs for so long.
func simulate(t *testing.T, limit, clients int, run, during time.Duration) *outcome {
	t.Helper()
	o := &outcome{}
	synctest.Test(t, func(t *testing.T) {
		g := newGate(limit)
		var all sync.WaitGroup
		began := time.Now()
		for range clients {
			all.Go(func() {
				for time.Since(began) < during {
					o.ask(t.Context(), g, run)
					time.Sleep(50 * time.Microsecond)
				}
			})
		}
		all.Wait()
	})
	slices.Sort(o.answered)
	slices.Sort(o.refused)
	return o
}

func (o *outcome) ask(ctx context.Context, g *gate, run time.Duration) {
	sent := time.Now()
	entered, err := g.enter(ctx)
	if err == nil {
		time.Sleep(run)
		g.leave(entered)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if err != nil {
		o.refused = append(o.refused, time.Since(sent))
	} else {
		o.answered = append(o.answered, time.Since(sent))
	}
}

func (o *outcome) p99() time.Duration { return o.answered[len(o.answered)*99/100] }

// Four places and queries of 1 ms answer 4,000 a second at the most.
func TestAnOverloadLeavesAnswersSoonAndAsMany(t *testing.T) {
	for _, clients := range []int{100, 500, 2000} {
		o := simulate(t, 4, clients, time.Millisecond, 10*time.Second)
		if n := len(o.answered); n < 39_000 || n > 40_100 {
			t.Errorf("%d clients: %d answers in 10 s", clients, n)
		}
		if late := o.p99(); late > 20*time.Millisecond {
			t.Errorf("%d clients: p99 is %v", clients, late)
		}
		// Callers who are refused do not come back at once.
		if n := len(o.refused); n == 0 || n > 15*clients || o.refused[0] < 500*time.Millisecond {
			t.Errorf("%d clients: %d refused, the first after %v", clients, n, slices.Min(append(o.refused, time.Hour)))
		}
	}
}

func TestWhoWaitsForAShortTimeIsNotRefused(t *testing.T) {
	for _, c := range []struct {
		clients int
		run     time.Duration
	}{{4, time.Millisecond}, {40, time.Millisecond}, {8, time.Second}, {30, time.Second}} {
		o := simulate(t, 4, c.clients, c.run, 20*c.run)
		if len(o.refused) > 0 {
			t.Errorf("%d clients of %v: %d were refused", c.clients, c.run, len(o.refused))
		}
	}
}

func TestABurstIsAnsweredInItsOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(1)
		var mu sync.Mutex
		var order []int
		var all sync.WaitGroup
		for i := range 40 {
			all.Go(func() {
				entered, err := g.enter(t.Context())
				if err != nil {
					t.Errorf("%d: %v", i, err)
					return
				}
				time.Sleep(time.Millisecond)
				mu.Lock()
				order = append(order, i)
				mu.Unlock()
				g.leave(entered)
			})
			synctest.Wait()
		}
		all.Wait()
		if len(order) != 40 || !slices.IsSorted(order) {
			t.Errorf("got %v", order)
		}
	})
}

func TestWhoLeavesWhileWaitingTakesNoPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(1)
		entered, err := g.enter(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if _, err := g.enter(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		g.leave(entered)
		if g.running != 0 || len(g.waiting) != 0 {
			t.Errorf("%d run, %d wait", g.running, len(g.waiting))
		}
	})
}

func TestARefusalSaysWhen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(1)
		if _, err := g.enter(t.Context()); err != nil {
			t.Fatal(err)
		}
		_, err := g.enter(t.Context())
		var e *fault.Error
		if !errors.As(err, &e) || e.Code != fault.Overloaded || e.RetryAfter != time.Second {
			t.Errorf("got %v", err)
		}
	})
}
