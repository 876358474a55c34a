package kernels

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestProductsAreSummedWithinTheWindow holds every set, the portable one too, against
// lanes that are summed one by one. Of some products a factor is 0 or no number.
func TestProductsAreSummedWithinTheWindow(t *testing.T) {
	for _, s := range Sets() {
		for _, least := range []float64{0, 0.25, 1000, math.Inf(1)} {
			for _, nasty := range []bool{false, true} {
				t.Run(fmt.Sprint(s.Name, least, nasty), func(t *testing.T) {
					random := rand.New(rand.NewPCG(11, 12))
					for _, rows := range lengths() {
						columns, _, _ := summands(random, rows, 1, nasty)
						for i := range rows {
							if random.IntN(10) == 0 {
								columns[0][i] = [...]float64{math.NaN(), 0, math.Copysign(0, -1), math.Inf(-1)}[random.IntN(4)]
							}
							if random.IntN(2) == 0 {
								columns[1][i] = -columns[1][i]
							}
						}
						checkProducts(t, &s, columns[0], columns[1], &Window{0x1.8p40, least, 6000})
						checkProducts(t, &s, columns[2], columns[2], &Window{0x1.8p40, least, math.MaxFloat64})
					}
				})
			}
		}
	}
}

func checkProducts(t *testing.T, s *Set, x, y []float64, w *Window) {
	t.Helper()
	cell := Cell{[Fields]float64{1, 2, 3, 4}, [Fields]float64{5, 6, 7, 8}}
	want, wantOutside := cell, []uint16{77} // was there before
	for i := range x {
		p := float64(x[i] * y[i])
		switch {
		case p == 0:
		case p >= w.Least && p <= w.Most || -p >= w.Least && -p <= w.Most:
			high := (p + w.Split) - w.Split
			want.Coarse[i%4] += high
			want.Fine[i%4] += p - high
		default:
			wantOutside = append(wantOutside, uint16(i))
		}
	}
	outside := s.SumProducts([]uint16{77}, &cell, x, y, w)
	if !slices.Equal(outside, wantOutside) {
		t.Fatalf("%d rows: outside are %v, want %v", len(x), outside, wantOutside)
	}
	// Infinite parts make what is not a number.
	if fmt.Sprint(cell) != fmt.Sprint(want) {
		t.Fatalf("%d rows: %v, want %v", len(x), cell, want)
	}
}

func TestAMeanIsSubtracted(t *testing.T) {
	for _, s := range Sets() {
		t.Run(s.Name, func(t *testing.T) {
			random := rand.New(rand.NewPCG(13, 14))
			for _, rows := range lengths() {
				columns, picked, _ := summands(random, rows, 1, true)
				got := make([]float64, len(picked)+1)
				got[len(picked)] = 77
				s.SubtractMean(got[:len(picked)], columns[0], picked, 0.1)
				for i, row := range picked {
					if want := columns[0][row] - 0.1; math.Float64bits(got[i]) != math.Float64bits(want) && want == want {
						t.Fatalf("%d rows: %v - 0.1 is %v at %d", rows, columns[0][row], got[i], i)
					}
				}
				if got[len(picked)] != 77 {
					t.Fatalf("%d rows: wrote behind them", rows)
				}
			}
		})
	}
}

func BenchmarkProducts(b *testing.B) {
	const rows = 512
	columns, _, _ := summands(rand.New(rand.NewPCG(1, 2)), rows, 1, false)
	all, dst := make([]uint16, rows), make([]float64, rows)
	for i := range all {
		all[i] = uint16(i)
	}
	var cell Cell
	outside, window := make([]uint16, 0, rows+1), &Window{0x1.8p30, 1e-9, 1e6}
	for _, s := range Sets() {
		b.Run(s.Name+"/subtract", func(b *testing.B) {
			for b.Loop() {
				s.SubtractMean(dst, columns[0], all, 50)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*rows), "ns/row")
		})
		b.Run(s.Name+"/sum", func(b *testing.B) {
			for b.Loop() {
				outside = s.SumProducts(outside[:0], &cell, columns[0], columns[1], window)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*rows), "ns/row")
		})
	}
}
