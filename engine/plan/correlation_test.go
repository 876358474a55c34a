package plan_test

import (
	"math"
	"math/big"
	"slices"
	"testing"

	"herbarium/datasets"
	"herbarium/engine/plan"
)

// numbers are values of a field of numbers.
func numbers(all ...float64) (values []plan.Value) {
	for _, v := range all {
		values = append(values, plan.Value{Float: v})
	}
	return values
}

// integers are values of a field of integers.
func integers(all ...int64) (values []plan.Value) {
	for _, v := range all {
		values = append(values, plan.Value{Int: v})
	}
	return values
}

// pairsOf are the aggregates of rows with these values.
func pairsOf(x, y []plan.Value) *plan.Aggregates {
	a := &plan.Aggregates{Rows: int64(len(x)), Pairs: int64(len(x))}
	types := [2]datasets.Type{}
	for i, values := range [][]plan.Value{x, y} {
		if slices.ContainsFunc(values, func(v plan.Value) bool { return v.Int != 0 }) {
			types[i] = datasets.Integer
		}
		sum := new(big.Float).SetPrec(5000)
		for _, v := range values {
			sum.Add(sum, new(big.Float).SetInt64(v.Int))
			sum.Add(sum, new(big.Float).SetFloat64(v.Float))
		}
		a.PairSums[i], _ = sum.Float64()
	}
	if means, ok := a.PairMeans(); ok {
		a.CoDeviations = coDeviationsOf(x, y, types, means)
	}
	return a
}

func coDeviationsOf(x, y []plan.Value, types [2]datasets.Type, means [2]float64) *plan.CoDeviationSums {
	zero := func() *big.Float { return new(big.Float).SetPrec(5000) }
	add := func(sum *big.Float, f float64) { sum.Add(sum, new(big.Float).SetFloat64(f)) }
	d := &plan.CoDeviationSums{Residues: [2]*big.Float{zero(), zero()}, Squares: [2]*big.Float{zero(), zero()}, Products: zero()}
	for i := range x {
		dx, dy := plan.Deviation(x[i], types[0], means[0]), plan.Deviation(y[i], types[1], means[1])
		add(d.Residues[0], dx)
		add(d.Residues[1], dy)
		add(d.Squares[0], dx*dx)
		add(d.Squares[1], dy*dy)
		add(d.Products, dx*dy)
	}
	return d
}

// TestACorrelationIsExactAndRoundedOnce has values from Python's fractions.
func TestACorrelationIsExactAndRoundedOnce(t *testing.T) {
	for _, test := range []struct {
		name string
		x, y []plan.Value
		want float64
	}{
		{"a multiple", integers(1, 2, 3), numbers(2, 4, 6), 1},
		{"a negative multiple", integers(1, 2, 3), numbers(-0.5, -1, -1.5), -1},
		{"a line", numbers(0.1, 0.2, 0.3, 0.7), numbers(1.3, 1.6, 1.9, 3.1), 1},
		{"two rows", numbers(0.1, 0.2), numbers(7, -3), -1},
		{"a swap", numbers(1, 2, 3, 4), numbers(1, 3, 2, 4), 0.8},
		{"tenths", numbers(0.1, 0.2, 0.3, 0.4, 0.5), numbers(0.3, 0.1, 0.4, 0.1, 0.5), 0.35355339059327373},
		{"symmetric", numbers(1, 2, 3), numbers(1, 0, 1), 0},
		{"a large offset", numbers(1e15+1, 1e15+2, 1e15+3, 1e15+4), numbers(0.25, 0.5, 0.125, 1), 0.6255432421712243},
		{"large and small", numbers(1e150, 1e-150, 3), numbers(1e-150, 2, 1e150), -0.5},
		{"squares near the least number", numbers(1e-150, 3e-150, 2e-150), numbers(1e-150, 2e-150, 5e-150), 0.2401922307076307},
		{"extreme integers", integers(math.MinInt64, math.MaxInt64, 0, 1<<62), integers(math.MaxInt64, math.MinInt64, 5, 7), -0.9561828874675149},
		{"integers that no float64 has", integers(1<<53+1, 1<<53+3, 1<<53+2, 1<<53+8), integers(1, 2, 3, 5), 0.9102589898327995},
	} {
		if got, ok := plan.Correlation.Result(pairsOf(test.x, test.y)); !ok || got.Float != test.want || got.Float == 0 && math.Signbit(got.Float) {
			t.Errorf("%s: %v, %v, want %v", test.name, got.Float, ok, test.want)
		}
		if got, ok := plan.Correlation.Result(pairsOf(test.y, test.x)); !ok || got.Float != test.want {
			t.Errorf("%s, the other way round: %v, %v, want %v", test.name, got.Float, ok, test.want)
		}
	}
}

func TestSomePairsHaveNoCorrelation(t *testing.T) {
	for _, test := range []struct {
		name string
		x, y []plan.Value
	}{
		{"no row", nil, nil},
		{"one row", numbers(1), numbers(2)},
		{"a constant", numbers(0.1, 0.1, 0.1), numbers(1, 2, 3)},
		{"two constants", numbers(5, 5), integers(3, 3)},
		{"squares beyond the range", numbers(1e300, 2e300), numbers(1, 2)},
		{"squares below the range", numbers(1e-300, 2e-300), numbers(1, 2)},
		{"a sum beyond the range", numbers(math.MaxFloat64, math.MaxFloat64, 0), numbers(1, 2, 3)},
	} {
		a := pairsOf(test.x, test.y)
		if got, ok := plan.Correlation.Result(a); ok {
			t.Errorf("%s: %v", test.name, got.Float)
		}
		if n, ok := plan.PairCount.Result(a); !ok || n.Int != int64(len(test.x)) {
			t.Errorf("%s: n is %v, %v", test.name, n.Int, ok)
		}
	}
}
