package pipeline

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// What a shard sends of its sum to whoever merges: up to 6.0 the first of the pair, later
// both (AccumulatorSum::getValue with toBeMerged, src/mongo/db/pipeline/accumulator_sum.cpp).
var partialSums = map[string]func(s serverSum, into *serverSum){
	"6.0": func(s serverSum, into *serverSum) { into.add(s.first) },
	"later": func(s serverSum, into *serverSum) {
		into.add(s.first)
		into.add(s.second)
	},
}

// merged sums the values by shard, and merges what the shards send in an order of its own.
func merged(values []float64, shardOf []int, order []int, send func(serverSum, *serverSum)) serverSum {
	partial := make([]serverSum, len(order))
	for i, x := range values {
		partial[shardOf[i]].add(x)
	}
	var all serverSum
	for _, shard := range order {
		send(partial[shard], &all)
	}
	return all
}

func TestSumsInPartsAreExactHoweverShardsAreMerged(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spread := rapid.IntRange(0, 60).Draw(t, "spread")
		shards := rapid.IntRange(1, 5).Draw(t, "shards")
		values := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) float64 {
			mantissa := rapid.Int64Range(-(1<<53-1), 1<<53-1).Draw(t, "mantissa")
			return math.Ldexp(float64(mantissa), rapid.IntRange(0, spread).Draw(t, "exponent")-53)
		}), 1, 40).Draw(t, "values")
		shardOf := rapid.SliceOfN(rapid.IntRange(0, shards-1), len(values), len(values)).Draw(t, "shard of each")
		every := make([]int, shards)
		for i := range every {
			every[i] = i
		}
		order := rapid.Permutation(every).Draw(t, "order")
		parts, ok := numberParts("$x", Magnitude{High: spread, Low: -53}, int64(len(values)))
		if !ok {
			t.Fatalf("a spread of %d takes too many parts", spread)
		}
		for version, send := range partialSums {
			var totals []float64
			for _, part := range parts {
				of := make([]float64, len(values))
				for i, x := range values {
					of[i] = evaluate(part, x, nil).(float64)
				}
				total := merged(of, shardOf, order, send)
				if total.second != 0 {
					t.Fatalf("%s: the sum of %v leaves %v", version, part, total.second)
				}
				totals = append(totals, total.first)
			}
			if got, want := exactly(totals), exactly(values); got != want {
				t.Fatalf("%s: %v, want %v", version, got, want)
			}
		}
	})
}

// TestTheServersOwnSumsDependOnTheShards holds why values are not summed as they are: up to 6.0,
// what a partial sum loses is lost.
func TestTheServersOwnSumsDependOnTheShards(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	differ := 0
	for range 1000 {
		fares, one, two := make([]float64, 20), make([]int, 20), make([]int, 20)
		for i := range fares {
			fares[i], two[i] = float64(random.IntN(900_000))/100, random.IntN(2)
		}
		if merged(fares, one, []int{0}, partialSums["6.0"]).first != merged(fares, two, []int{0, 1}, partialSums["6.0"]).first {
			differ++
		}
	}
	if differ == 0 {
		t.Error("the sums are the same on two shards, so that parts are for nothing")
	}
	t.Logf("%d of 1000 sums differ between one shard and two", differ)
}
