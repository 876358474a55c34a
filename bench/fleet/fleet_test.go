package fleet

import (
	"math"
	"os"
	"strings"
	"testing"
)

// One core, one query at a time, always the same service time, and no cache that helps: the
// queue M/D/1, whose mean wait is known (Pollaczek and Khinchine): busy·service/(2·(1−busy)).
func TestTheSimulationWaitsAsTheoryHasIt(t *testing.T) {
	c := Costs{Fixed: 0.001}
	f := Fleet{Servers: 1, Cores: 1, Balancer: LeastConnections, Datasets: 1 << 30, Queries: 1 << 30, Kept: 1, Skew: 1.01}
	for _, busy := range []float64{0.3, 0.6, 0.8} {
		s := newSimulation(&f, c, 1)
		now, waited := 0., 0.
		const queries = 300_000
		for range queries {
			now += s.random.ExpFloat64() / (busy / c.Fixed)
			waited += s.ask(now) - now - c.Fixed
		}
		got, want := waited/queries, busy*c.Fixed/(2*(1-busy))
		if math.Abs(got/want-1) > 0.05 {
			t.Errorf("at %v queries wait for %v on average, not %v", busy, got, want)
		}
	}
}

func TestTheBalancerSparesBusyServers(t *testing.T) {
	c := Costs{Fixed: 0.001, PerRow: 1e-9, Spread: 1}
	f := Fleet{Servers: 4, Cores: 4, Balancer: LeastConnections, Datasets: 50, Queries: 1000, Kept: 10, Skew: 1.2, Rows: 1e6, Scan: 1}
	least := f.Simulate(c, 4000, 50_000, 1)
	f.Balancer = ByDataset
	hashed := f.Simulate(c, 4000, 50_000, 1)
	if least.Busiest > 1.1*least.Busy {
		t.Errorf("least_conn: the busiest server is busy for %v, all for %v", least.Busiest, least.Busy)
	}
	if hashed.Busiest < 1.3*hashed.Busy {
		t.Errorf("hash: the busiest server is busy for %v, all for %v, though a few datasets are asked most", hashed.Busiest, hashed.Busy)
	}
	if hashed.Hits <= least.Hits {
		t.Errorf("hash: %v of the answers come from caches, least_conn: %v", hashed.Hits, least.Hits)
	}
}

func TestNeedsAreOfCoresAndOfMemory(t *testing.T) {
	c := Costs{Connection: 1e-5, Cached: 1e-5, Fixed: 2e-5, PerRow: 1e-9, Bytes: 50}
	m := Machine{Cores: 10, Memory: 1e9, Busy: 0.5}
	n := c.Needs(Load{Rate: 1000, Rows: 1e7, Hits: 0.9, Scan: 0.1}, m)
	// 10 µs + 0.9·10 µs + 0.1·(20 µs + 1 ms) = 121 µs
	if math.Abs(n.PerQuery-121e-6) > 1e-12 || math.Abs(n.Cores-0.242) > 1e-9 || n.Servers != 1 || n.Memory != 5e8 || !n.Fits(m) {
		t.Errorf("%+v", n)
	}
	if n := c.Needs(Load{Rate: 1e6, Rows: 1e8, Hits: 0, Scan: 1}, m); n.Servers != math.Ceil(n.Cores/10) || n.Fits(m) {
		t.Errorf("%+v", n)
	}
}

// What the page says is what follows from the figures that lie beside this test.
func TestThePageHasWhatIsComputed(t *testing.T) {
	const page = "../../docs/scaling.md"
	m, err := Read("measured.json")
	if err != nil {
		t.Fatal(err)
	}
	tables, err := Tables(m, 1)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), begin+tables+end) {
		t.Errorf("%s has other tables; write them with: cd bench && go run . fleet -page ../docs/scaling.md", page)
	}
}

func TestFiguresThatAreMissingAreNamed(t *testing.T) {
	m := &Measured{Dataset: "x", Rows: 1, Figures: []Figure{{Operation: "range", Query: "one row"}}}
	if _, err := CostsOf(m); err == nil || !strings.Contains(err.Error(), "without the query of -") {
		t.Errorf("%v", err)
	}
}
