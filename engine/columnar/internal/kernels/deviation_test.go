package kernels

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// spreadOut is a case of SumDeviations.
type spreadOut struct {
	columns [2][]float64
	means   []Means
	spread  Spread
	rows    []uint16
	groups  []uint32
}

// newSpreadOut returns some of so many rows of two columns, in groups of which one has no
// mean.
func newSpreadOut(random *rand.Rand, rows, groups int, nasty bool) *spreadOut {
	values, picked, of := summands(random, rows, groups, nasty)
	k := &spreadOut{columns: [2][]float64(values[:2]), means: make([]Means, groups), rows: picked, groups: of,
		spread: Spread{Split: Split{0x1.8p20, 0x1.8p30, 0x1.8p21, 0x1.8p31}, Least: [Fields]float64{1, 1, 0.25, 0.25}, Most: [Fields]float64{1000, 1000, 2000, 2000}}}
	for g := range k.means {
		a, b := 50+random.Float64(), 40+random.Float64()
		k.means[g] = Means{a, a, b, b}
	}
	k.means[groups/2] = Means{math.NaN(), math.NaN(), 50, 50}
	for i := range values[0] {
		if random.IntN(10) == 0 {
			k.columns[0][i] = math.NaN()
		}
	}
	return k
}

// TestDeviationsAreSummedWithinBounds holds every set, the portable one too, against
// lanes that are summed one by one.
func TestDeviationsAreSummedWithinBounds(t *testing.T) {
	for _, s := range Sets() {
		for _, nasty := range []bool{false, true} {
			t.Run(fmt.Sprint(s.Name, nasty), func(t *testing.T) {
				random := rand.New(rand.NewPCG(7, 8))
				for _, rows := range lengths() {
					checkDeviations(t, &s, newSpreadOut(random, rows, 5, nasty))
				}
			})
		}
	}
}

func checkDeviations(t *testing.T, s *Set, k *spreadOut) {
	t.Helper()
	var coarse, fine [5 * Accumulators][Fields]float64
	wantSkipped := []uint16{77} // was there before
	for i, row := range k.rows {
		skip := false
		for c := range 2 {
			g := k.groups[i]
			d := k.columns[c][row] - k.means[g][2*c]
			q := float64(d * d)
			if math.IsNaN(q) {
				continue
			}
			if q < k.spread.Least[2*c] || q > k.spread.Most[2*c] {
				skip = true
				continue
			}
			for lane, x := range map[int]float64{2 * c: d, 2*c + 1: q} {
				high := (x + k.spread.Split[lane]) - k.spread.Split[lane]
				cell := int(g)*Accumulators + i%Accumulators
				coarse[cell][lane] += high
				fine[cell][lane] += x - high
			}
		}
		if skip {
			wantSkipped = append(wantSkipped, uint16(i))
		}
	}
	cells := make([]Cell, len(coarse))
	skipped := s.SumDeviations([]uint16{77}, cells, &k.columns, k.means, &k.spread, k.rows, k.groups)
	if !slices.Equal(skipped, wantSkipped) {
		t.Fatalf("%d rows: skipped %v, want %v", len(k.rows), skipped, wantSkipped)
	}
	for i := range cells {
		if cells[i].Coarse != coarse[i] || cells[i].Fine != fine[i] {
			t.Fatalf("%d rows, cell %d: %v, want %v and %v", len(k.rows), i, cells[i], coarse[i], fine[i])
		}
	}
}

func BenchmarkDeviations(b *testing.B) {
	const rows, groups = 8192, 5
	k := newSpreadOut(rand.New(rand.NewPCG(1, 2)), rows, groups, false)
	k.spread.Least, k.spread.Most = [Fields]float64{1e-6, 1e-6, 1e-6, 1e-6}, [Fields]float64{1e6, 1e6, 1e6, 1e6}
	cells, skipped := make([]Cell, groups*Accumulators), make([]uint16, 0, rows+1)
	for _, s := range Sets() {
		b.Run(s.Name, func(b *testing.B) {
			for b.Loop() {
				skipped = s.SumDeviations(skipped[:0], cells, &k.columns, k.means, &k.spread, k.rows, k.groups)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(k.rows)), "ns/row")
		})
	}
}
