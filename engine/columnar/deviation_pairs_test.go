package columnar

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"herbarium/datasets"
	"herbarium/engine/plan"
)

// TestDeviationsOfAnOddNumberOfFields has values that lanes take, that they skip now and
// then, and that they leave to exact sums; of five fields, so that one is by itself, and
// of integers.
func TestDeviationsOfAnOddNumberOfFields(t *testing.T) {
	for _, reach := range []int{0, 12, 40, 600} {
		for _, nulls := range []float64{0, 0.2} {
			t.Run(fmt.Sprintf("2^%d, %v", reach, nulls), func(t *testing.T) {
				r := rand.New(rand.NewPCG(uint64(reach), 9))
				ds, rows := reaching(r, 6_000, reach, 3, nulls)
				ds.Fields[1].Type = datasets.Integer
				for _, row := range rows {
					row[1].v = plan.Value{Int: r.Int64N(1 << 40)}
				}
				var measures []plan.Measured
				for f := range 5 {
					measures = append(measures, plan.Measured{Measure: plan.Stddev, Field: f}, plan.Measured{Measure: plan.VariancePop, Field: f})
				}
				p := plan.ByGroup(ds, datasets.Mean, []plan.Key{{Field: 5}}, measures)
				p.Filter.Where = []plan.Predicate{{Field: 0, Min: &plan.Value{Float: -0.75}}}
				table := loaded(t, newStore(1500, 3, maxDense), ds, rows, 4096)
				if want, got := simpleGroups(p, rows), answerOf(t, table, p); !slices.EqualFunc(want, got, slices.Equal) {
					t.Errorf("got %v, want %v", got, want)
				}
			})
		}
	}
}
