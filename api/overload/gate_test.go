package overload

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

// cheap is a query of which two processors answer 4,444 a second, with its reading.
var cheap = query{here: 400 * time.Microsecond}

func TestAnOverloadLeavesAnswersSoonAndAsMany(t *testing.T) {
	onMachines(t, func(t *testing.T, simulate simulation) {
		for _, clients := range []int{400, 2000, 5000} {
			var o outcome
			simulate(t, func(m *machine) { m.loop(clients, cheap, 50*time.Microsecond, 10*time.Second, &o) })
			if n := len(o.answered); n < 40_000 {
				t.Errorf("%d clients: %d answers in 10 s, of 44,444", clients, n)
			}
			if late := o.within(0.99); late > 16*time.Millisecond {
				t.Errorf("%d clients: p99 is %v", clients, late)
			}
			if n := len(o.refused); n == 0 || n > 4444*10/perRefusal+2*clients || slices.Min(o.refused) < minPatience {
				t.Errorf("%d clients: %d refused", clients, n)
			}
		}
	})
}

func TestTwoHundredClientsInALoopAreNoOverload(t *testing.T) {
	onMachines(t, func(t *testing.T, simulate simulation) {
		var o outcome
		simulate(t, func(m *machine) { m.loop(200, cheap, 50*time.Microsecond, 5*time.Second, &o) })
		if late := o.within(1); len(o.refused) > 0 || late > 60*time.Millisecond {
			t.Errorf("%d refused, and the last answer after %v", len(o.refused), late)
		}
	})
}

func TestAnOverloadEndsWithItsClients(t *testing.T) {
	onMachines(t, func(t *testing.T, simulate simulation) {
		var flood, rest outcome
		simulate(t, func(m *machine) {
			m.loop(2000, cheap, 50*time.Microsecond, 2*time.Second, &flood)
			time.Sleep(3 * time.Second)
			m.loop(150, cheap, 50*time.Microsecond, 3*time.Second, &rest)
		})
		if len(flood.refused) == 0 || len(rest.refused) > 0 || rest.within(1) > 1500*time.Millisecond {
			t.Errorf("%d and %d refused, and the last answer after %v", len(flood.refused), len(rest.refused), rest.within(1))
		}
	})
}

func TestABurstIsAnswered(t *testing.T) {
	onMachines(t, func(t *testing.T, simulate simulation) {
		var o outcome
		simulate(t, func(m *machine) { m.loop(2000, cheap, time.Hour, 2*time.Second, &o) })
		if len(o.refused) > 0 || o.within(1) > 1500*time.Millisecond {
			t.Errorf("%d refused, and the last answer after %v", len(o.refused), o.within(1))
		}
	})
}

func TestAPauseOfTheMachineRefusesNobody(t *testing.T) {
	onMachines(t, func(t *testing.T, simulate simulation) {
		var o outcome
		simulate(t, func(m *machine) {
			m.loop(27, cheap, 10*time.Millisecond-cheap.here, 3*time.Second, &o) // three in five of what it can
			time.Sleep(time.Second)
			for range processors {
				m.take()
			}
			time.Sleep(100 * time.Millisecond)
			for range processors {
				m.giveBack()
			}
		})
		if len(o.refused) > 0 {
			t.Errorf("%d refused", len(o.refused))
		}
	})
}

func TestAFewSlowQueriesDoNotKeepOthersWaiting(t *testing.T) {
	onMachines(t, func(t *testing.T, simulate simulation) {
		var slow, fast outcome
		simulate(t, func(m *machine) {
			m.loop(8, query{here: 2 * time.Second}, time.Millisecond, 20*time.Second, &slow)
			m.loop(40, cheap, 20*time.Millisecond, 20*time.Second, &fast)
		})
		if len(slow.refused)+len(fast.refused) > 0 {
			t.Errorf("%d slow and %d fast ones were refused", len(slow.refused), len(fast.refused))
		}
		if late := fast.within(0.99); late > 300*time.Millisecond {
			t.Errorf("p99 of the fast ones is %v", late)
		}
		if n := len(slow.answered); n < 8 {
			t.Errorf("%d slow ones were answered", n)
		}
	})
}

func TestSlowQueriesAreAnsweredInAFloodOfOthers(t *testing.T) {
	onMachines(t, func(t *testing.T, simulate simulation) {
		var slow, fast outcome
		simulate(t, func(m *machine) {
			m.loop(1000, cheap, 50*time.Microsecond, 20*time.Second, &fast)
			m.loop(4, query{here: 500 * time.Millisecond}, time.Millisecond, 20*time.Second, &slow)
		})
		if n := len(slow.answered); n < 20 {
			t.Errorf("%d slow ones were answered, %d refused", n, len(slow.refused))
		}
		if n := len(fast.answered); n < 33_000 {
			t.Errorf("%d fast ones were answered", n)
		}
		if soon, late := fast.within(0.5), fast.within(0.99); soon > 60*time.Millisecond || late > 350*time.Millisecond {
			t.Errorf("half of the fast ones are answered within %v, and 99 in 100 within %v", soon, late)
		}
	})
}

func TestAnOverloadOfQueriesThatTakeTurns(t *testing.T) {
	onMachines(t, func(t *testing.T, simulate simulation) {
		for _, c := range []struct {
			takes, late time.Duration
			least       int
		}{{20 * time.Millisecond, 500 * time.Millisecond, 1900}, {200 * time.Millisecond, 9 * time.Second, 170}} {
			var o outcome
			simulate(t, func(m *machine) { m.loop(1000, query{here: c.takes}, 50*time.Microsecond, 20*time.Second, &o) })
			if n, late := len(o.answered), o.within(0.99); n < c.least || late > c.late {
				t.Errorf("%v: %d answers in 20 s, p99 %v", c.takes, n, late)
			}
		}
	})
}

func TestQueriesOfSecondsWaitForOneAnother(t *testing.T) {
	onMachines(t, func(t *testing.T, simulate simulation) {
		for _, clients := range []int{8, 30} {
			var o outcome
			simulate(t, func(m *machine) { m.loop(clients, query{here: time.Second}, time.Second, time.Minute, &o) })
			if len(o.refused) > 0 || len(o.answered) < 90 {
				t.Errorf("%d clients: %d answered, %d refused", clients, len(o.answered), len(o.refused))
			}
		}
	})
}

func TestNobodyWaitsWhileADatabaseWorks(t *testing.T) {
	onMachines(t, func(t *testing.T, simulate simulation) {
		var o outcome
		simulate(t, func(m *machine) {
			m.loop(200, query{here: 50 * time.Microsecond, there: 97*time.Millisecond + 313*time.Microsecond}, 0, 5*time.Second, &o)
		})
		if late := o.within(0.99); len(o.refused) > 0 || late > 125*time.Millisecond {
			t.Errorf("%d refused, and p99 is %v", len(o.refused), late)
		}
	})
}

// crowded is a gate whose places are all taken, while processors are busy.
func crowded(t *testing.T, limit int) (*Gate, []*Place) {
	t.Helper()
	g := New(processors, limit)
	g.busy = func() bool { return true }
	taken := make([]*Place, g.bounds.short)
	for i := range taken {
		taken[i] = &Place{}
		if err := g.Enter(t.Context(), taken[i], func() {}); err != nil {
			t.Fatal(err)
		}
	}
	return g, taken
}

func TestWhoWaitsIsLetInInTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, taken := crowded(t, 1)
		var order []int
		var all sync.WaitGroup
		for i := range 10 {
			all.Go(func() {
				var p Place
				if err := g.Enter(t.Context(), &p, func() {}); err != nil {
					t.Errorf("%d: %v", i, err)
				}
				order = append(order, i) // one at a time
				time.Sleep(time.Millisecond)
				p.Leave()
			})
			synctest.Wait()
		}
		taken[0].Leave()
		all.Wait()
		if len(order) != 10 || !slices.IsSorted(order) {
			t.Errorf("got %v", order)
		}
	})
}

func TestALimitHoldsWhileProcessorsAreIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, taken := crowded(t, 3)
		g.busy = func() bool { return false }
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second) // beyond what is short
		defer cancel()
		if err := g.Enter(ctx, &Place{}, func() {}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a fourth one: %v", err)
		}
		if waiting, _ := g.Counts(); waiting != 0 {
			t.Errorf("%d wait after it left", waiting)
		}
		taken[1].Leave()
		taken[1].Leave() // which gives no other place back
		var p Place
		if err := g.Enter(t.Context(), &p, func() {}); err != nil || !p.Entered() {
			t.Error(err)
		}
		if g.short.n+g.long != 3 {
			t.Errorf("%d are worked on", g.short.n+g.long)
		}
	})
}

func TestARefusalSaysWhenToTryAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, _ := crowded(t, 1)
		began := time.Now()
		err := g.Enter(t.Context(), &Place{}, func() {})
		var e *fault.Error
		if !errors.As(err, &e) || e.Code != fault.Overloaded || e.RetryAfter != time.Second {
			t.Errorf("got %v", err)
		}
		if waited := time.Since(began); waited < minPatience || waited > maxPatience+tick {
			t.Errorf("after %v", waited)
		}
		if _, refused := g.Counts(); refused != 1 {
			t.Errorf("%d refused", refused)
		}
	})
}

func TestAServerThatStopsRefusesWithinASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, _ := crowded(t, 1)
		g.Drain()
		began := time.Now()
		if err := g.Enter(t.Context(), &Place{}, func() {}); fault.CodeOf(err) != fault.Overloaded || time.Since(began) > minPatience+tick {
			t.Errorf("%v after %v", err, time.Since(began))
		}
	})
}

func BenchmarkEnter(b *testing.B) {
	g := New(processors, 0)
	b.ReportAllocs()
	for b.Loop() {
		var p Place
		_ = g.Enter(context.Background(), &p, func() {})
		p.Leave()
	}
}
