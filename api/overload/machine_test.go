package overload

import (
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// machine is a server in virtual time. Its processors are given in turn to whoever is
// ready, for 10 ms at most, as Go's scheduler does it: requests that were not read yet wait
// among those that are worked on.
type machine struct {
	gate       *Gate
	processors chan struct{}
	ready      atomic.Int64 // that wait for a processor
	clients    sync.WaitGroup
}

const (
	processors = 2
	slice      = 10 * time.Millisecond
	reading    = 50 * time.Microsecond // of a request, or writing a refusal
)

// simulate lets clients ask a machine until all of them are done.
func simulate(t *testing.T, clients func(*machine)) {
	t.Helper()
	synctest.Test(t, func(*testing.T) {
		m := &machine{gate: New(processors, 0), processors: make(chan struct{}, processors)}
		m.gate.busy = func() bool { return m.ready.Load() >= processors }
		for range processors {
			m.processors <- struct{}{}
		}
		clients(m)
		m.clients.Wait()
	})
}

// take waits for a processor.
func (m *machine) take() {
	m.ready.Add(1)
	<-m.processors
	m.ready.Add(-1)
}

func (m *machine) giveBack() { m.processors <- struct{}{} }

// work uses a processor, which is taken, for so long.
func (m *machine) work(d time.Duration) {
	for ; d > slice; d -= slice {
		time.Sleep(slice)
		m.giveBack()
		m.take()
	}
	time.Sleep(d)
}

// query is one that takes a processor for some time, and that of another machine.
type query struct{ here, there time.Duration }

// ask asks once.
func (m *machine) ask(q query) error {
	sent := time.Now()
	m.take()
	m.work(reading)
	var p Place
	var err error
	if w := m.gate.arrive(time.Since(sent), &p); w != nil {
		m.giveBack()
		err = <-w.decided
		m.take()
	}
	switch {
	case err != nil:
		m.work(reading)
	case q.there > 0:
		m.giveBack()
		time.Sleep(q.there)
		m.take()
		fallthrough
	default:
		m.work(q.here)
	}
	p.Leave()
	m.giveBack()
	return err
}

// loop makes clients ask for so long, each the next after a pause. What ends later counts
// for nothing.
func (m *machine) loop(clients int, q query, pause, during time.Duration, o *outcome) {
	began := time.Now()
	for range clients {
		m.clients.Go(func() {
			for time.Since(began) < during {
				sent := time.Now()
				if err := m.ask(q); time.Since(began) < during {
					o.add(time.Since(sent), err)
				}
				time.Sleep(pause)
			}
		})
	}
}

// outcome is what became of requests.
type outcome struct {
	mu       sync.Mutex
	answered []time.Duration
	refused  []time.Duration
}

func (o *outcome) add(took time.Duration, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err != nil {
		o.refused = append(o.refused, took)
	} else {
		o.answered = append(o.answered, took)
	}
}

// within returns the time within which a share of the answers came.
func (o *outcome) within(share float64) time.Duration {
	slices.Sort(o.answered)
	return o.answered[int(share*float64(len(o.answered)-1))]
}
