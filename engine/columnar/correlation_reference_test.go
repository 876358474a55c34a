package columnar

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"herbarium/datasets"
	"herbarium/engine/columnar/internal/files"
	"herbarium/engine/plan"
)

// simplePair computes a measure of two fields of some rows and shows it.
func simplePair(m plan.Measured, fields []datasets.Field, rows [][]cellValue) string {
	var values [2][]plan.Value
	types := [2]datasets.Type{fields[m.Field].Type, fields[m.With].Type}
	for _, row := range rows {
		if row[m.Field].ok && row[m.With].ok {
			values[0], values[1] = append(values[0], row[m.Field].v), append(values[1], row[m.With].v)
		}
	}
	n := len(values[0])
	if m.Name == "n" {
		return fmt.Sprint(n)
	}
	r, ok := simpleCorrelation(types, values)
	if !ok {
		return "null"
	}
	return string(plan.Value{Float: r}.Append(nil, datasets.Number))
}

// simpleCorrelation computes the correlation with numbers of 12,000 bits, of which a square
// root is rounded once more.
func simpleCorrelation(types [2]datasets.Type, values [2][]plan.Value) (float64, bool) {
	n := len(values[0])
	if n < 2 {
		return 0, false
	}
	var deviations [2][]float64
	for i := range values {
		sum, _ := sumOfAll(types[i], values[i]).Float64()
		if math.IsInf(sum, 0) {
			return 0, false
		}
		mean := new(big.Rat).SetFloat64(sum / float64(n))
		for _, v := range values[i] {
			d, _ := new(big.Rat).Sub(rational(types[i], v), mean).Float64()
			deviations[i] = append(deviations[i], d)
		}
	}
	big12k := func() *big.Float { return new(big.Float).SetPrec(12_000) }
	sumOf := func(number func(k int) float64) *big.Float {
		sum := big12k()
		for k := range n {
			sum.Add(sum, new(big.Float).SetFloat64(number(k)))
		}
		return sum
	}
	var centred [2][2]*big.Float
	for i := range 2 {
		for j := range 2 {
			for k := range n {
				if math.IsInf(deviations[i][k]*deviations[i][k], 0) || math.IsInf(deviations[j][k]*deviations[j][k], 0) {
					return 0, false
				}
			}
			products := sumOf(func(k int) float64 { return float64(deviations[i][k] * deviations[j][k]) })
			x := sumOf(func(k int) float64 { return deviations[i][k] })
			y := sumOf(func(k int) float64 { return deviations[j][k] })
			// n·S is exact, where S is not.
			centred[i][j] = big12k().Sub(products.Mul(products, big.NewFloat(float64(n))), x.Mul(x, y))
		}
	}
	if centred[0][0].Sign() <= 0 || centred[1][1].Sign() <= 0 {
		return 0, false
	}
	root := big12k().Mul(centred[0][0], centred[1][1])
	root.Sqrt(root)
	r, _ := root.Quo(centred[0][1], root).Float64()
	return max(-1, min(1, r)) + 0, true
}

// pairMeasures are both measures of some pairs of fields.
func pairMeasures(pairs ...[2]int) (all []plan.Measured) {
	for _, p := range pairs {
		all = append(all, plan.Measured{Measure: plan.PairCount, Field: p[0], With: p[1]}, plan.Measured{Measure: plan.Correlation, Field: p[0], With: p[1]})
	}
	return all
}

func allPairs(fields int) (pairs [][2]int) {
	for x := range fields {
		for y := x + 1; y < fields; y++ {
			pairs = append(pairs, [2]int{x, y})
		}
	}
	return pairs
}

// TestCorrelationsAreExactHoweverFarValuesLieApart has products that lanes take, that few
// of them take, and none; with nulls that differ by field and without, of few groups and of
// many, and with windows that have to be chosen anew.
func TestCorrelationsAreExactHoweverFarValuesLieApart(t *testing.T) {
	for _, reach := range []int{0, 10, 60, 2000} {
		for _, groups := range []int{1, 100} {
			for _, nulls := range []float64{0, 0.2} {
				t.Run(fmt.Sprintf("2^%d, %d groups, %v nulls", reach, groups, nulls), func(t *testing.T) {
					r := rand.New(rand.NewPCG(uint64(reach), uint64(groups)))
					ds, rows := reaching(r, 3_000, reach, groups, nulls)
					for i := range rows {
						rows[i][3].v.Float = rows[i][2].v.Float + rows[i][1].v.Float
						rows[i][4].ok = rows[i][4].ok || i%2 == 0
						if i > 2_000 {
							rows[i][1].v.Float *= 0x1p20 // beyond what was seen before
						}
					}
					bound := plan.Value{Float: -0.5}
					p := plan.ByGroup(ds, datasets.Mean, []plan.Key{{Field: 5}}, pairMeasures(allPairs(5)...))
					p.Filter.Where = []plan.Predicate{{Field: 0, Min: &bound}}
					want := simpleGroups(p, rows)
					for _, workers := range []int{1, 3} {
						table := loaded(t, newStore(300, workers, maxDense), ds, rows, 4096)
						if diff := gocmp.Diff(want, answerOf(t, table, p)); diff != "" {
							t.Fatalf("%d workers (-want +got):\n%s", workers, diff)
						}
					}
				})
			}
		}
	}
}

// TestCorrelationsOfManyGroupsHaveNoLanes has more groups than lanes have cells for.
func TestCorrelationsOfManyGroupsHaveNoLanes(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	ds, rows := reaching(r, 10_000, 10, 4_500, 0.1)
	p := plan.ByGroup(ds, datasets.Mean, []plan.Key{{Field: 5}}, pairMeasures(allPairs(5)...))
	want := simpleGroups(p, rows)
	kept := openFiles(t.TempDir(), newResources(4096, 2, 100), files.Disk{})
	if diff := gocmp.Diff(want, answerOf(t, loaded(t, kept, ds, rows, 4096), p)); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
}
