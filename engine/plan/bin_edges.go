package plan

import (
	"math"
	"math/big"

	"herbarium/datasets"
)

// The edges of a histogram without given ones are nice: multiples of a width that people
// count in. It is the smallest such width with which all values lie in at most so many
// bins and all edges are different values of the field's type. (Nice numbers for graph
// labels, Heckbert, Graphics Gems, 1990, chooses a width in the same way, but by a formula
// that may need one bin more.)
//
//	numbers     k·10^j for k in 1, 2, 5
//	integers    the same, from 1 on
//	dates       a day, a week from Monday, a month, a quarter, and 1, 2, 5, 10 … years
//	date-times  1, 2, 5 … 500 ms; 1, 2, 5, 10, 15, 30 s and min; 1, 2, 3, 6, 12 h; then as
//	            dates, in the field's time zone
//
// Of numbers the greatest may be the last edge. Of the others it is below it, so that
// the last bin holds no more different values than the others. Numbers that
// are all equal lie in a bin whose width is 1 or, where 1 is less than float64s can tell
// apart, the next nice one. 0 is always a multiple, so one bin alone may go from one width
// below it to one width above.

// binEdges returns the edges of at most so many bins.
func binEdges(field *datasets.Field, least, greatest Value, most int) []*big.Rat {
	e := edgeFinder{of: field.Type, most: most}
	if field.Type == datasets.Number {
		e.least, e.greatest = new(big.Rat).SetFloat64(least.Float), new(big.Rat).SetFloat64(greatest.Float)
	} else {
		e.least, e.greatest = new(big.Rat).SetInt64(least.Int), new(big.Rat).SetInt64(greatest.Int)
	}
	switch field.Type {
	case datasets.Date, datasets.DateTime:
		return e.calendar(field, least.Int, greatest.Int)
	default:
		return e.decimal()
	}
}

// edgeFinder looks for edges.
type edgeFinder struct {
	of              datasets.Type
	least, greatest *big.Rat
	most            int
}

var ten = big.NewRat(10, 1)

// decimal returns the edges at multiples of the smallest width k·10^j that fits.
func (e *edgeFinder) decimal() []*big.Rat {
	smallest := new(big.Rat).Sub(e.greatest, e.least)
	smallest.Quo(smallest, new(big.Rat).SetInt64(int64(e.most)))
	if smallest.Sign() == 0 || e.of == datasets.Integer && smallest.Cmp(ratOne) < 0 {
		smallest.Set(ratOne)
	}
	for power := powerBelow(smallest); ; power.Mul(power, ten) {
		for _, k := range []int64{1, 2, 5} {
			width := new(big.Rat).Mul(power, big.NewRat(k, 1))
			if width.Cmp(smallest) < 0 {
				continue
			}
			if edges := e.multiples(width); edges != nil {
				return edges
			}
		}
	}
}

var ratOne = big.NewRat(1, 1)

// powerBelow returns a power of ten that is not above r, and at most a few times ten below.
func powerBelow(r *big.Rat) *big.Rat {
	f := new(big.Float).SetPrec(64).SetRat(r)
	exponent := int64(math.Floor(float64(f.MantExp(nil)-1) * math.Log10(2)))
	power := new(big.Int).Exp(big.NewInt(10), big.NewInt(max(exponent, -exponent)), nil)
	p := new(big.Rat).SetInt(power)
	if exponent < 0 {
		p.Inv(p)
	}
	return p
}

// multiples returns the multiples of the width around the values; nil where there are too
// many, or where two are the same value.
func (e *edgeFinder) multiples(width *big.Rat) []*big.Rat {
	zero := new(big.Rat)
	first := quotient(e.least, zero, width)
	last := quotient(e.greatest, zero, width)
	if top := new(big.Rat).SetInt(last); e.of != datasets.Number || top.Mul(top, width).Cmp(e.greatest) != 0 || first.Cmp(last) == 0 {
		last.Add(last, one)
	}
	count := new(big.Int).Sub(last, first)
	step := one
	if e.most == 1 && first.Cmp(big.NewInt(-1)) == 0 && last.Cmp(one) == 0 {
		step = count // from one side of 0 to the other
	} else if !count.IsInt64() || count.Int64() > int64(e.most) {
		return nil
	}
	var edges []*big.Rat
	for k := first; k.Cmp(last) <= 0; k = new(big.Int).Add(k, step) {
		edge := new(big.Rat).SetInt(k)
		edges = append(edges, edge.Mul(edge, width))
	}
	return e.within(edges)
}

// within returns the edges with those beyond what a field of the type can have moved to its
// least and greatest value; nil where two of them are the same value then.
func (e *edgeFinder) within(edges []*big.Rat) []*big.Rat {
	low, high := rationalLimits(e.of)
	for i, edge := range edges {
		edges[i] = clamp(edge, low, high)
		if i > 0 && !Ascending(edges[i-1], edges[i], e.of) {
			return nil
		}
	}
	return edges
}

// rationalLimits returns the least and the greatest value that a field of the type can have.
func rationalLimits(t datasets.Type) (least, greatest *big.Rat) {
	a := Aggregates{Type: t}
	low, high := limits(t)
	return a.rational(low), a.rational(high)
}

func clamp(r, low, high *big.Rat) *big.Rat {
	switch {
	case r.Cmp(low) < 0:
		return low
	case r.Cmp(high) > 0:
		return high
	default:
		return r
	}
}

// Ascending reports whether b is above a as a value of the type: as a float64 where it is
// Number, else exactly.
func Ascending(a, b *big.Rat, t datasets.Type) bool {
	if t != datasets.Number {
		return a.Cmp(b) < 0
	}
	x, _ := a.Float64()
	y, _ := b.Float64()
	return x < y
}
