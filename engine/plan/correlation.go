package plan

import (
	"math"
	"math/big"
	"slices"
)

// The correlation r is Pearson's, of the rows in which both of two fields have values.
// All that it takes is of these n rows. The means mx and my are what Mean makes of them.
// With dx = x - mx and dy = y - my, and the products dx·dx, dy·dy and dx·dy, each
// rounded to float64, and exact sums Σ of all of these:
//
//	Sxy = Σdxdy - Σdx·Σdy/n, and Sxx and Syy likewise
//	r   = Sxy / √(Sxx·Syy)
//
// computed of the sums exactly and rounded once. The terms that are subtracted mend that
// the means are rounded, as in the variance (Chan, Golub and LeVeque, see Variance).
// Since products are rounded too, r may come out beyond 1, and is cut to it.
//
// A pair has no correlation where it has fewer than two rows, where a variance is 0, or
// where a sum or a product is beyond the range of a float64.
var (
	// Correlation is r of a pair of fields.
	Correlation = &Measure{
		Name:   "r",
		Title:  "Correlation",
		OfPair: true,
		Takes:  numeric,
		Gives:  numberType,
		Needs:  []Aggregate{Pairs, PairSums, CoDeviations},
		Result: func(a *Aggregates) (Value, bool) {
			if a.Pairs < 2 || a.CoDeviations == nil {
				return Value{}, false
			}
			r, ok := a.CoDeviations.correlation(a.Pairs)
			return Value{Float: r}, ok
		},
	}
	// PairCount is n of a pair of fields: the number of rows in which both have values.
	PairCount = &Measure{
		Name:   "n",
		Title:  "Rows with both values",
		OfPair: true,
		Takes:  numeric,
		Gives:  integerType,
		Total:  true,
		Needs:  []Aggregate{Pairs},
		Result: func(a *Aggregates) (Value, bool) { return Value{Int: a.Pairs}, true },
	}
)

// Pairs returns the pairs of fields that are measured, each once.
func (g *Groups) Pairs() [][2]int {
	var pairs [][2]int
	for _, m := range g.Measures {
		if m.OfPair && !slices.Contains(pairs, m.Pair()) {
			pairs = append(pairs, m.Pair())
		}
	}
	return pairs
}

// PairedFields returns the fields of Pairs, each once.
func (g *Groups) PairedFields() []int {
	var fields []int
	for _, pair := range g.Pairs() {
		for _, f := range pair {
			if !slices.Contains(fields, f) {
				fields = append(fields, f)
			}
		}
	}
	return fields
}

// CoDeviationSums are exact sums over the rows of a group in which both fields of a
// pair have values, of which the means are PairMeans. The deviations are those of
// Deviation; their products are rounded to float64, too.
type CoDeviationSums struct {
	Residues [2]*big.Float // of the deviations of each field
	Squares  [2]*big.Float // of their squares; infinite where one of these is
	Products *big.Float    // of the products of both
}

// PairMeans returns the means of both fields over the rows in which both have values,
// if they are finite.
func (a *Aggregates) PairMeans() (means [2]float64, ok bool) {
	if a.Pairs == 0 {
		return means, false
	}
	for i, sum := range a.PairSums {
		if means[i] = MeanOf(sum, a.Pairs); math.IsInf(means[i], 0) {
			return means, false
		}
	}
	return means, true
}

// MeanOf returns the mean of n values, of which there is at least one, whose sum is
// rounded to float64.
func MeanOf(sum float64, n int64) float64 {
	return sum/float64(n) + 0 // a sum below the range may become −0
}

// sumBits is enough for products of two sums of float64s to be exact.
const sumBits = 4400

// correlation returns r of n rows.
//
// n·Sxy and its like are integers times powers of two, and so are their products. The
// square root is taken of the quotient of (n·Sxy)² and n·Sxx·n·Syy, with so many bits
// that one more tells on which side of the half between two float64s it is.
func (d *CoDeviationSums) correlation(n int64) (r float64, ok bool) {
	if d.Squares[0].IsInf() || d.Squares[1].IsInf() {
		return 0, false
	}
	count := new(big.Float).SetInt64(n)
	centred := func(products, a, b *big.Float) *big.Float {
		s := new(big.Float).SetPrec(sumBits).Mul(products, count)
		return s.Sub(s, new(big.Float).SetPrec(sumBits).Mul(a, b))
	}
	sxx := centred(d.Squares[0], d.Residues[0], d.Residues[0])
	syy := centred(d.Squares[1], d.Residues[1], d.Residues[1])
	if sxx.Sign() <= 0 || syy.Sign() <= 0 {
		return 0, false
	}
	sxy := centred(d.Products, d.Residues[0], d.Residues[1])
	if sxy.Sign() == 0 {
		return 0, true
	}
	square := new(big.Float).SetPrec(2*sumBits).Mul(sxy, sxy)
	r = min(rootOfQuotient(square, new(big.Float).SetPrec(2*sumBits).Mul(sxx, syy)), 1)
	if sxy.Sign() < 0 {
		r = -r
	}
	return r, true
}

// rootBits is how many bits of a root are computed: more than float64 has, and some.
const rootBits = 64

// rootOfQuotient returns √(a/b) of positive numbers, rounded once to float64.
func rootOfQuotient(a, b *big.Float) float64 {
	numerator, exponent := integerOf(a)
	denominator, by := integerOf(b)
	exponent -= by
	shift := max(0, 2*rootBits-numerator.BitLen()+denominator.BitLen())
	shift += (exponent - shift) & 1 // the root halves what remains
	quotient, rest := new(big.Int).QuoRem(numerator.Lsh(numerator, uint(shift)), denominator, new(big.Int))
	root := new(big.Int).Sqrt(quotient)
	if rest.Sign() != 0 || new(big.Int).Mul(root, root).Cmp(quotient) != 0 {
		root.SetBit(root, 0, 1) // far below what is rounded off: there is a little more
	}
	f := new(big.Float).SetInt(root)
	rounded, _ := f.SetMantExp(f, (exponent-shift)/2).Float64()
	return rounded
}

// integerOf returns a positive number as an integer times a power of two.
func integerOf(f *big.Float) (n *big.Int, exponent int) {
	bits := int(f.MinPrec())
	exponent = f.MantExp(nil) - bits
	whole := new(big.Float).SetMantExp(f, -exponent)
	n, _ = whole.Int(nil)
	return n, exponent
}
