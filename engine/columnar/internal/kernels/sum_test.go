package kernels

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// summands returns four columns of rows values each, and some of the rows with
// a group each.
func summands(random *rand.Rand, rows, groups int, nasty bool) (columns Columns, picked []uint16, of []uint32) {
	for f := range columns {
		columns[f] = pick(random, nastyFloats, rows)
		for i := range columns[f] {
			if !nasty {
				columns[f][i] = random.Float64() * 100
			}
		}
	}
	for row := range rows {
		if random.IntN(3) > 0 {
			picked, of = append(picked, uint16(row)), append(of, random.Uint32N(uint32(groups)))
		}
	}
	return columns, picked, of
}

// TestSumsSplitAsTheyShould holds every set, the portable one too, against
// what the parts of each value are.
func TestSumsSplitAsTheyShould(t *testing.T) {
	for _, s := range Sets() {
		for _, accumulators := range []int{1, Accumulators} {
			for _, nasty := range []bool{false, true} {
				t.Run(fmt.Sprint(s.Name, accumulators, nasty), func(t *testing.T) {
					random := rand.New(rand.NewPCG(3, 4))
					for _, rows := range lengths() {
						checkSums(t, &s, random, rows, accumulators, nasty)
					}
				})
			}
		}
	}
}

func checkSums(t *testing.T, s *Set, random *rand.Rand, rows, accumulators int, nasty bool) {
	t.Helper()
	const groups = 7
	columns, picked, of := summands(random, rows, groups, nasty)
	split := Split{0x1.8p30, 0x1.8p40, 0x1.8p7, 0x1.8p60}
	want := make([]Cell, groups*accumulators)
	for i, row := range picked {
		cell := &want[int(of[i])*accumulators+i%accumulators]
		for f := range Fields {
			x := columns[f][row]
			high := (x + split[f]) - split[f]
			cell.Coarse[f] += high
			cell.Fine[f] += x - high
		}
	}
	got := make([]Cell, groups*accumulators)
	if accumulators == 1 {
		s.SumFloats(got, &columns, &split, picked, of)
	} else {
		s.SumFloatsInterleaved(got, &columns, &split, picked, of)
	}
	for i := range got {
		for f := range Fields {
			if !same(got[i].Coarse[f], want[i].Coarse[f]) || !same(got[i].Fine[f], want[i].Fine[f]) {
				t.Fatalf("%d rows, cell %d: %v, want %v", len(picked), i, got[i], want[i])
			}
		}
	}
}

// TestSumsOfIntegersWrapAround does the same with integers.
func TestSumsOfIntegersWrapAround(t *testing.T) {
	const groups = 7
	for _, s := range Sets() {
		for _, accumulators := range []int{1, Accumulators} {
			t.Run(fmt.Sprint(s.Name, accumulators), func(t *testing.T) {
				random := rand.New(rand.NewPCG(5, 6))
				for _, rows := range lengths() {
					var columns IntColumns
					for f := range columns {
						columns[f] = pick(random, nastyInts, rows)
					}
					_, picked, of := summands(random, rows, groups, false)
					want, got := make([]IntCell, groups*accumulators), make([]IntCell, groups*accumulators)
					for i, row := range picked {
						for f := range Fields {
							want[int(of[i])*accumulators+i%accumulators][f] += columns[f][row]
						}
					}
					if accumulators == 1 {
						s.SumInts(got, &columns, picked, of)
					} else {
						s.SumIntsInterleaved(got, &columns, picked, of)
					}
					if !slices.Equal(got, want) {
						t.Fatalf("%d rows: %v, want %v", len(picked), got, want)
					}
				}
			})
		}
	}
}

// same compares bits, but for those of what is not a number.
func same(a, b float64) bool {
	return math.Float64bits(a) == math.Float64bits(b) || math.IsNaN(a) && math.IsNaN(b)
}

func BenchmarkSum(b *testing.B) {
	const rows = 8192
	for _, groups := range []int{3, 1000} {
		random := rand.New(rand.NewPCG(1, 2))
		columns, picked, of := summands(random, rows, groups, false)
		split := Split{0x1.8p30, 0x1.8p30, 0x1.8p30, 0x1.8p30}
		cells := make([]Cell, groups*Accumulators)
		for _, s := range Sets() {
			for name, kernel := range map[string]func([]Cell, *Columns, *Split, []uint16, []uint32){"cells": s.SumFloats, "accumulators": s.SumFloatsInterleaved} {
				b.Run(fmt.Sprintf("%d groups/%s/%s", groups, name, s.Name), func(b *testing.B) {
					for b.Loop() {
						kernel(cells, &columns, &split, picked, of)
					}
					b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(picked)*Fields), "ns/value")
				})
			}
		}
	}
}
