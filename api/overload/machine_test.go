package overload

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// machine is a server in virtual time, with what matters of Go's scheduler. Whoever is ready
// gets a processor in turn, for 10 ms at most: first who was woken by another, and every 61st
// time who has had a processor before. Requests that were not read yet wait among those who
// are ready. With a ReadQueue, they are so only when the machine looks: when nobody else is
// ready, and each 10 ms.
type machine struct {
	gate     *Gate
	reads    *ReadQueue
	together bool // requests come over HTTP/2, and wait in reads once they were read
	clients  sync.WaitGroup

	mu     sync.Mutex
	idle   int             // processors
	woken  []chan struct{} // who waits for a processor, since another woke it
	ready  []chan struct{} // who waits for a processor
	turns  int
	unseen []chan struct{} // who is ready as soon as the machine looks
	looked time.Time
}

const (
	processors = 2
	slice      = 10 * time.Millisecond
	reading    = 50 * time.Microsecond // of a request, or writing a refusal
	waking     = 4 * time.Microsecond  // of a goroutine
	maxSeen    = 128                   // at one look
	fairTurn   = 61
)

// simulation lets clients ask a new machine until all of them are done.
type simulation func(t *testing.T, clients func(*machine))

// onMachines tests machines of which the requests wait before they are read, and once they
// were read.
func onMachines(t *testing.T, test func(*testing.T, simulation)) {
	t.Run("to be read", func(t *testing.T) { test(t, simulateReads) })
	t.Run("together", func(t *testing.T) {
		test(t, func(t *testing.T, clients func(*machine)) {
			simulate(t, &machine{together: true}, clients)
		})
	})
}

func simulateReads(t *testing.T, clients func(*machine)) {
	t.Helper()
	simulate(t, &machine{}, clients)
}

func simulate(t *testing.T, m *machine, clients func(*machine)) {
	t.Helper()
	synctest.Test(t, func(*testing.T) {
		m.gate, m.reads, m.idle, m.looked = New(processors, 0), NewReadQueue(processors), processors, time.Now()
		m.gate.busy = m.busy
		m.reads.busy, m.reads.wake = m.busy, func() { go m.letRead() }
		clients(m)
		m.clients.Wait()
	})
}

// letRead is what the goroutine of a ReadQueue does once.
func (m *machine) letRead() {
	m.appear()
	m.work(waking)
	m.reads.woke()
	m.giveBack()
}

func (m *machine) busy() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.woken)+len(m.ready) >= processors
}

// take waits for a processor.
func (m *machine) take() { m.await(&m.ready) }

// wake waits for a processor after another let this one go on.
func (m *machine) wake() { m.await(&m.woken) }

// appear waits until the machine looks, and for a processor.
func (m *machine) appear() { m.await(&m.unseen) }

func (m *machine) await(among *[]chan struct{}) {
	m.mu.Lock()
	if m.idle > 0 {
		m.idle--
		m.mu.Unlock()
		return
	}
	turn := make(chan struct{})
	*among = append(*among, turn)
	m.mu.Unlock()
	<-turn
}

func (m *machine) giveBack() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if now := time.Now(); len(m.woken)+len(m.ready) == 0 || now.Sub(m.looked) >= slice {
		n := min(len(m.unseen), maxSeen)
		m.ready = append(m.ready, m.unseen[:n]...)
		m.unseen, m.looked = m.unseen[n:], now
	}
	m.turns++
	switch {
	case len(m.ready) > 0 && (len(m.woken) == 0 || m.turns%fairTurn == 0):
		m.ready = next(m.ready)
	case len(m.woken) > 0:
		m.woken = next(m.woken)
	default:
		m.idle++
	}
}

// next gives the first its turn, and returns the others.
func next(waiting []chan struct{}) []chan struct{} {
	close(waiting[0])
	return waiting[1:]
}

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

// ask asks once, over a connection that has a place in the ReadQueue.
func (m *machine) ask(q query, r *Reading) error {
	err := m.read(r)
	var p Place
	if err == nil {
		if w := m.gate.arrive(&p); w != nil {
			r.Wait()
			m.giveBack()
			err = <-w.decided
			m.wake()
		}
	}
	if err == nil {
		r.Work()
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
	r.Leave()
	m.giveBack()
	return err
}

// read returns when a request was read and may be worked on, with a processor.
func (m *machine) read(r *Reading) error {
	began := time.Now()
	m.appear()
	if m.together {
		m.work(reading)
		m.giveBack() // to the goroutine of the request
		m.wake()
		began = time.Now() // since when it is known of
	}
	m.work(waking)
	waited := false
	err := r.Enter(context.Background(), time.Since(began), false, func() {
		m.giveBack()
		waited = true
	})
	if waited {
		m.wake()
		m.work(waking)
	}
	if !m.together {
		m.work(reading)
	}
	return err
}

// loop makes clients ask for so long, each the next after a pause. What ends later counts
// for nothing.
func (m *machine) loop(clients int, q query, pause, during time.Duration, o *outcome) {
	began := time.Now()
	for range clients {
		m.clients.Go(func() {
			r := m.reads.NewReading()
			for time.Since(began) < during {
				sent := time.Now()
				if err := m.ask(q, r); time.Since(began) < during {
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
