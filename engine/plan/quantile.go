package plan

import (
	"math/big"
	"strings"

	"herbarium/datasets"
)

// Median is the 0.5-quantile.
var Median = quantile("median", "Median", big.NewRat(1, 2), false)

// quantile returns a measure of the p-quantile: the continuous one by definition
// 7 of Hyndman and Fan, Sample Quantiles in Statistical Packages, The American
// Statistician 50(4), 1996, exact and rounded once; or the discrete one, the value
// at rank max(1, ⌈p·n⌉). A continuous quantile of dates is rounded to a day, of
// instants to a millisecond, half to even.
func quantile(name, title string, p *big.Rat, discrete bool) *Measure {
	m := &Measure{
		Name:     name,
		Title:    title,
		Takes:    continuous,
		Gives:    quantileType,
		SameUnit: true,
		Needs:    []Aggregate{Values, Ranks},
		Result:   func(a *Aggregates) (Value, bool) { return a.quantile(p), a.Values > 0 },
	}
	if discrete {
		m.Takes, m.Gives = ordered, sameType
		m.Result = func(a *Aggregates) (Value, bool) { return a.discreteQuantile(p), a.Values > 0 }
	}
	return m
}

// quantileType returns Number for integers, whose median may have a fraction.
func quantileType(t datasets.Type) datasets.Type {
	if t == datasets.Integer {
		return datasets.Number
	}
	return t
}

const discreteSuffix = "_discrete"

// quantileNamed returns the quantile of a name such as p95, p99.9 or
// p50_discrete.
func quantileNamed(name string) (*Measure, bool) {
	digits, discrete := strings.CutSuffix(name, discreteSuffix)
	digits, ok := strings.CutPrefix(digits, "p")
	whole, fraction, point := strings.Cut(digits, ".")
	switch {
	case !ok, !decimal(whole), point && !decimal(fraction), len(digits) > 12,
		len(whole) > 1 && whole[0] == '0', point && fraction[len(fraction)-1] == '0':
		return nil, false
	}
	p, ok := new(big.Rat).SetString(digits)
	if !ok || p.Cmp(big.NewRat(100, 1)) > 0 {
		return nil, false
	}
	title := "Percentile " + digits
	if discrete {
		title = "Discrete percentile " + digits
	}
	return quantile(name, title, p.Quo(p, big.NewRat(100, 1)), discrete), true
}

func decimal(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// quantile returns the continuous quantile; of no values it has no meaning.
func (a *Aggregates) quantile(p *big.Rat) Value {
	if a.Values == 0 {
		return Value{}
	}
	h := new(big.Rat).Mul(p, new(big.Rat).SetInt64(a.Values-1))
	rank := new(big.Int).Quo(h.Num(), h.Denom()).Int64()
	low, high := a.At(rank), a.At(min(rank+1, a.Values-1))
	if h.IsInt() || Compare(low, high, a.Type) == 0 {
		high = low
		h.SetInt64(rank)
	}
	part := h.Sub(h, new(big.Rat).SetInt64(rank))
	exact := new(big.Rat).Sub(a.rational(high), a.rational(low))
	exact.Add(exact.Mul(exact, part), a.rational(low))
	if a.Type == datasets.Date || a.Type == datasets.DateTime {
		return Value{Int: nearest(exact)}
	}
	f, _ := exact.Float64()
	return Value{Float: f + 0}
}

// rational returns the value as a number.
func (a *Aggregates) rational(v Value) *big.Rat {
	if a.Type == datasets.Number {
		return new(big.Rat).SetFloat64(v.Float)
	}
	return new(big.Rat).SetInt64(v.Int)
}

// nearest returns the nearest integer, of two the even one.
func nearest(r *big.Rat) int64 {
	twice := new(big.Rat).Mul(r, big.NewRat(2, 1))
	twice.Add(twice, big.NewRat(1, 1))
	twice.Quo(twice, big.NewRat(2, 1)) // r + 1/2
	n := new(big.Int).Div(twice.Num(), twice.Denom())
	if twice.IsInt() && n.Bit(0) == 1 {
		n.Sub(n, one)
	}
	return n.Int64()
}

// discreteQuantile returns the value at rank max(1, ⌈p·n⌉).
func (a *Aggregates) discreteQuantile(p *big.Rat) Value {
	if a.Values == 0 {
		return Value{}
	}
	r := new(big.Rat).Mul(p, new(big.Rat).SetInt64(a.Values))
	rank := max(1, ceiling(r))
	return a.At(min(rank, a.Values) - 1)
}
