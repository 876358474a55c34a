package plan

import (
	"math"
	"math/big"

	"herbarium/datasets"
)

// The variance of n values is computed from the exact sums of their deviations
// from the mean (C) and of the squares of these (S): (S - C²/n)/(n - 1), rounded
// once to float64; see DeviationSums. The term C²/n mends that the mean is rounded
// (Chan, Golub and LeVeque, Algorithms for Computing the Sample Variance, The
// American Statistician 37(3), 1983). The standard deviation is its square root.
var (
	Variance    = spread("variance", "Variance", 1, false)
	VariancePop = spread("variance_pop", "Population variance", 0, false)
	Stddev      = spread("stddev", "Standard deviation", 1, true)
	StddevPop   = spread("stddev_pop", "Population standard deviation", 0, true)
)

// spread returns the measure that divides by the number of values less
// the lost degrees of freedom.
func spread(name, title string, lost int64, root bool) *Measure {
	return &Measure{
		Name:     name,
		Title:    title,
		Takes:    numeric,
		Gives:    numberType,
		SameUnit: root,
		Needs:    []Aggregate{Values, Sum, Deviations},
		Result: func(a *Aggregates) (Value, bool) {
			if a.Values <= lost || a.Deviations == nil {
				return Value{}, false
			}
			v := a.Deviations.variance(a.Values, a.Values-lost)
			if root {
				v = math.Sqrt(v)
			}
			return Value{Float: v}, !math.IsInf(v, 0)
		},
	}
}

// variance returns (S - C²/n)/by.
func (d *DeviationSums) variance(n, by int64) float64 {
	if d.Squares.IsInf() || d.Residue.IsInf() {
		return math.Inf(1)
	}
	if d.Squares.Sign() == 0 {
		return 0
	}
	exact := new(big.Rat)
	residue, _ := d.Residue.Rat(nil)
	squares, _ := d.Squares.Rat(nil)
	exact.Mul(residue, residue)
	exact.Quo(exact, new(big.Rat).SetInt64(n))
	exact.Sub(squares, exact)
	exact.Quo(exact, new(big.Rat).SetInt64(by))
	v, _ := exact.Float64()
	return max(v, 0)
}

// Deviation returns x - m, rounded once to float64, also of integers that no
// float64 has.
func Deviation(x Value, t datasets.Type, m float64) float64 {
	switch {
	case t == datasets.Number:
		return x.Float - m
	case Exact(x.Int):
		return float64(x.Int) - m
	}
	exact := new(big.Float).SetPrec(deviationBits).SetInt64(x.Int)
	diff, _ := exact.Sub(exact, new(big.Float).SetPrec(deviationBits).SetFloat64(m)).Float64()
	return diff
}

// deviationBits is enough for the difference of an int64 and a mean of int64s.
const deviationBits = 1200

// Exact reports whether a float64 holds the integer, as it holds all that are no
// larger.
func Exact(i int64) bool { return i >= -1<<53 && i <= 1<<53 }
