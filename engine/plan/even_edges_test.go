package plan_test

import (
	"fmt"
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"herbarium/datasets"
	"herbarium/engine/plan"
)

// nearest returns the float64 that is nearest to origin + k·width.
func nearest(width, origin *big.Rat, k int64) float64 {
	e := new(big.Rat).SetInt64(k)
	f, _ := e.Add(e.Mul(e, width), origin).Float64()
	return f
}

// TestRunsLieBetweenNeighbouringEdges draws decimal widths and origins and values about
// their edges.
func TestRunsLieBetweenNeighbouringEdges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		decimals := rapid.IntRange(0, 6).Draw(t, "decimals")
		scaled := func(name string, least int64) *big.Rat {
			n := rapid.Int64Range(least, 100_000).Draw(t, name)
			return new(big.Rat).SetFrac(big.NewInt(n), new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(decimals)), nil))
		}
		width, origin := scaled("width", 1), scaled("origin", -100_000)
		k := rapid.Int64Range(-1_000_000, 1_000_000).Draw(t, "k")
		first, end := nearest(width, origin, k), nearest(width, origin, k+1)
		b := plan.NewWidthBuckets(datasets.Number, width, origin)
		for _, v := range []float64{first, math.Nextafter(first, end), first/2 + end/2, math.Nextafter(end, first)} {
			run := b.Run(plan.Value{Float: v})
			if run.First.Float != first || run.End.Float != end || run.Closed || run.Label != (plan.Nullable{Value: plan.Value{Float: first}}) {
				t.Fatalf("%v by %s lies in %+v, want from %v up to %v", v, b, run, first, end)
			}
		}
	})
}

// TestRunsOfIntegersLieBetweenNeighbouringEdges does the same with integers.
func TestRunsOfIntegersLieBetweenNeighbouringEdges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		width, origin := rapid.Int64Range(1, 1<<40).Draw(t, "width"), rapid.Int64Range(-1<<40, 1<<40).Draw(t, "origin")
		first := origin + rapid.Int64Range(-1<<20, 1<<20).Draw(t, "k")*width
		b := plan.NewWidthBuckets(datasets.Integer, big.NewRat(width, 1), big.NewRat(origin, 1))
		for _, v := range []int64{first, first + width/2, first + width - 1} {
			run := b.Run(plan.Value{Int: v})
			if run.First.Int != first || run.End.Int != first+width || run.Closed || run.Label != (plan.Nullable{Value: plan.Value{Int: first}}) {
				t.Fatalf("%v by %s lies in %+v, want from %d up to %d", v, b, run, first, first+width)
			}
		}
	})
}

func BenchmarkWidthRun(b *testing.B) {
	for _, width := range []string{"0.1", "0.10000000000000001"} {
		buckets := plan.NewWidthBuckets(datasets.Number, decimal(width), decimal("0"))
		b.Run(fmt.Sprint("width ", width), func(b *testing.B) {
			for b.Loop() {
				buckets.Run(plan.Value{Float: 1234.5})
			}
		})
	}
}
