package fleet

import (
	"container/heap"
	"math"
	"math/rand/v2"
	"slices"

	lru "github.com/hashicorp/golang-lru/v2"
)

// The simulation is event by event (discrete-event simulation of a multi-server queue, as in
// Law, Simulation Modeling and Analysis). Queries arrive at random (a Poisson process). Each
// is one of a number of different queries, of which a few are asked often (Zipf). A balancer
// gives it to a server. If that server has kept the answer, it takes the time of an answer
// from the cache, else that of a scan, whose time is spread as the measured ones were (log
// normal). It takes one core; where all are busy, queries wait in the order in which they
// came.

// Balancer chooses a server for a query.
type Balancer string

// The balancers: the server with the fewest queries under way, and the one that the
// dataset's name hashes to.
const (
	LeastConnections Balancer = "least_conn"
	ByDataset        Balancer = "hash by dataset"
)

// Fleet is what is simulated.
type Fleet struct {
	Servers  int
	Cores    int // of each
	Balancer Balancer
	Datasets int     // that are asked, a few of them often
	Queries  int     // different ones of each dataset
	Kept     int     // answers that a server's cache holds; 1 at the least
	Skew     float64 // exponent of Zipf's law of the queries; above 1
	Rows     float64 // of each dataset
	Scan     float64 // share of the rows that a query looks at
}

// Outcome is what callers saw.
type Outcome struct {
	Rate     float64 // queries a second
	Busy     float64 // share of the cores' time
	Hits     float64 // share of the queries that a cache answered
	Median   float64 // seconds until the answer
	P99      float64
	Busiest  float64 // Busy of the server that had the most to do
	PerQuery float64 // seconds of a core
}

// Simulate asks the fleet so many queries at that rate, after its caches have been filled.
func (f *Fleet) Simulate(c Costs, rate float64, queries int, seed uint64) Outcome {
	s := newSimulation(f, c, seed)
	s.warm()
	took := make([]float64, queries)
	now := 0.
	for i := range took {
		now += s.random.ExpFloat64() / rate
		took[i] = s.ask(now) - now
	}
	slices.Sort(took)
	at := func(q float64) float64 { return took[int(q*float64(len(took)-1))] }
	all := 0.
	for _, b := range s.busy {
		all += b
	}
	cores := now * float64(f.Cores)
	return Outcome{Rate: rate, Busy: all / cores / float64(f.Servers), Hits: float64(s.hits) / float64(queries),
		Median: at(0.5), P99: at(0.99), Busiest: slices.Max(s.busy) / cores, PerQuery: all / float64(queries)}
}

// simulation is a fleet at work.
type simulation struct {
	fleet    *Fleet
	costs    Costs
	random   *rand.Rand
	datasets *rand.Zipf
	queries  *rand.Zipf
	servers  []server
	busy     []float64 // seconds of cores, by server
	hits     int
}

// asked is a query of a dataset.
type asked struct{ dataset, query uint64 }

// server is one server of the fleet.
type server struct {
	free     times // when each core is free
	underWay times // when each query that is under way ends
	kept     *lru.Cache[asked, struct{}]
}

func newSimulation(f *Fleet, c Costs, seed uint64) *simulation {
	s := &simulation{fleet: f, costs: c, random: rand.New(rand.NewPCG(seed, 0)), servers: make([]server, f.Servers), busy: make([]float64, f.Servers)}
	s.datasets = rand.NewZipf(s.random, f.Skew, 1, uint64(f.Datasets-1))
	s.queries = rand.NewZipf(s.random, f.Skew, 1, uint64(f.Queries-1))
	for i := range s.servers {
		s.servers[i].free = make(times, f.Cores)
		s.servers[i].kept, _ = lru.New[asked, struct{}](f.Kept) // which fails below 1 alone
	}
	return s
}

// warm asks as many queries as fill all caches several times, without time passing.
func (s *simulation) warm() {
	const times = 5
	for range times * s.fleet.Kept * s.fleet.Servers {
		q := asked{s.datasets.Uint64(), s.queries.Uint64()}
		s.servers[s.choose(q.dataset, 0)].kept.Add(q, struct{}{})
	}
}

// ask asks a query at that time and returns when it is answered.
func (s *simulation) ask(now float64) (end float64) {
	q := asked{s.datasets.Uint64(), s.queries.Uint64()}
	chosen := s.choose(q.dataset, now)
	v := &s.servers[chosen]
	took := s.costs.Connection
	if _, kept := v.kept.Get(q); kept {
		took += s.costs.Cached
		s.hits++
	} else {
		took += s.costs.Fixed + s.costs.PerRow*s.fleet.Rows*s.fleet.Scan*s.spread()
		v.kept.Add(q, struct{}{})
	}
	s.busy[chosen] += took
	end = math.Max(now, v.free[0]) + took
	v.free[0] = end
	heap.Fix(&v.free, 0)
	heap.Push(&v.underWay, end)
	return end
}

// spread returns a factor of a query's time, 1 on average.
func (s *simulation) spread() float64 {
	d := s.costs.Spread
	return math.Exp(d*s.random.NormFloat64() - d*d/2)
}

// choose returns the server that the balancer gives a query to.
func (s *simulation) choose(dataset uint64, now float64) int {
	if s.fleet.Balancer == ByDataset {
		return rand.New(rand.NewPCG(dataset, 1)).IntN(len(s.servers))
	}
	best, first := 0, s.random.IntN(len(s.servers))
	for i := range s.servers {
		at := (first + i) % len(s.servers)
		v := &s.servers[at]
		for len(v.underWay) > 0 && v.underWay[0] <= now {
			heap.Pop(&v.underWay)
		}
		if i == 0 || len(v.underWay) < len(s.servers[best].underWay) {
			best = at
		}
	}
	return best
}

// times is a heap with the earliest time first.
type times []float64

func (t times) Len() int           { return len(t) }
func (t times) Less(i, j int) bool { return t[i] < t[j] }
func (t times) Swap(i, j int)      { t[i], t[j] = t[j], t[i] }
func (t *times) Push(x any)        { *t = append(*t, x.(float64)) } //nolint:forcetypeassert // heap pushes what ask gives it
func (t *times) Pop() any {
	old := *t
	last := old[len(old)-1]
	*t = old[:len(old)-1]
	return last
}
