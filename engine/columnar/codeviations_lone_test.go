package columnar

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"herbarium/datasets"
	"herbarium/engine/plan"
)

// TestCorrelationsOfOneGroupAreExact has numbers with byte codes and without, among them −0,
// nulls, deviations of 0, more rows than are added between two drains, windows that have
// to be chosen anew, and one group of several that has rows.
func TestCorrelationsOfOneGroupAreExact(t *testing.T) {
	for _, nulls := range []float64{0, 0.1} {
		r := rand.New(rand.NewPCG(21, 22))
		ds, rows := reaching(r, 40_000, 3, 3, nulls)
		for i, row := range rows {
			row[0].v.Float = float64(r.IntN(100)-50) / 10
			if row[0].v.Float == 0 && i%2 == 0 {
				row[0].v.Float = math.Copysign(0, -1)
			}
			row[1].v.Float = float64(r.IntN(200)) / 10
			row[3].v.Float = 8
			if i > 20_000 {
				row[2].v.Float *= 0x1p60
				row[3].v.Float += float64(i%2*2 - 1) // its mean is 8 still, where there are no nulls
			}
		}
		if table := loaded(t, newStore(4096, 2, maxDense), ds, rows, 4096).(*table); nulls == 0 {
			c := table.blocks[0].columns
			if c[0].byteCodes == nil || c[1].byteCodes == nil || c[2].byteCodes != nil {
				t.Fatal("other fields than the first two have codes")
			}
		}
		one := plan.Value{Int: 1}
		for name, where := range map[string][]plan.Predicate{
			"all":           nil,
			"some":          {{Field: 1, Max: &plan.Value{Float: 7.5}}},
			"one of groups": {{Field: 5, Min: &one, Max: &one}},
			"few":           {{Field: 1, Max: &plan.Value{Float: 0.1}}},
		} {
			t.Run(fmt.Sprint(name, nulls), func(t *testing.T) {
				var keys []plan.Key
				if name == "one of groups" {
					keys = []plan.Key{{Field: 5}}
				}
				p := plan.ByGroup(ds, datasets.Mean, keys, pairMeasures(allPairs(4)...))
				p.Filter.Where = where
				want := simpleGroups(p, rows)
				for _, workers := range []int{1, 3} {
					table := loaded(t, newStore(4096, workers, maxDense), ds, rows, 4096)
					if diff := gocmp.Diff(want, answerOf(t, table, p)); diff != "" {
						t.Fatalf("%d workers (-want +got):\n%s", workers, diff)
					}
				}
			})
		}
	}
}
