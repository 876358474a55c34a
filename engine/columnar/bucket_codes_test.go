package columnar

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"herbarium/datasets"
	"herbarium/engine/plan"
)

func TestDistinctValuesOfRowGroupsAreMerged(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	ds := &datasets.Dataset{Name: "few", Operations: datasets.Operations(), Fields: []datasets.Field{{Name: "n"}, {Name: "i", Type: datasets.Integer}}}
	for _, n := range []int{1, 15, 16, 17, 700} {
		var rows [][]cellValue
		numbers, ints := map[float64]bool{1: true}, map[int64]bool{math.MinInt64: true}
		for i := range n {
			row := []cellValue{{ok: true, v: plan.Value{Float: 1}}, {ok: true, v: plan.Value{Int: math.MinInt64}}}
			if i > 0 {
				row[0] = cellValue{ok: r.IntN(4) > 0, v: plan.Value{Float: float64(r.IntN(200)) - 100.5}}
				row[1] = cellValue{ok: r.IntN(4) > 0, v: plan.Value{Int: r.Int64N(200)}}
			}
			if row[0].ok {
				numbers[row[0].v.Float] = true
			}
			if row[1].ok {
				ints[row[1].v.Int] = true
			}
			rows = append(rows, row)
		}
		table := loaded(t, newStore(4, 3, maxDense), ds, rows, 4096).(*table)
		gotNumbers, err := floatBuckets.distinct(t.Context(), table, 0)
		if want := sortedKeys(numbers); err != nil || !slices.Equal(gotNumbers, want) {
			t.Errorf("%d rows: %v (%v), want %v", n, gotNumbers, err, want)
		}
		gotInts, err := intBuckets.distinct(t.Context(), table, 1)
		if want := sortedKeys(ints); err != nil || !slices.Equal(gotInts, want) {
			t.Errorf("%d rows: %v (%v), want %v", n, gotInts, err, want)
		}
	}
}

func sortedKeys[T float64 | int64](of map[T]bool) (keys []T) {
	for k := range of {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func TestGallopingFindsTheFirstValue(t *testing.T) {
	var values []int64
	for i := range int64(40) {
		for v := int64(-1); v <= 2*i+1; v++ {
			// Of 0, 2, 4, …, those below v.
			if got, want := gallop(values, v), int((v+1)/2); got != min(want, len(values)) {
				t.Fatalf("%d of %v are below %d, want %d", got, values, v, want)
			}
		}
		values = append(values, 2*i)
	}
}
