package mongodb

import (
	"math"
	"math/bits"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/pipeline"
)

// magnitude is what a load records of a field's values, so that their sums can be
// split into parts that the server adds exactly.
type magnitude struct {
	Field string `bson:"field"`
	Type  string `bson:"type"`
	High  int    `bson:"high"` // see pipeline.Magnitude
	Low   int    `bson:"low"`
}

// extent gathers the sizes of a field's values. Of no value but zeros it is that
// of zero.
type extent struct {
	high, low int
	some      bool // a value other than 0
}

// of returns the extents as they are recorded.
func magnitudesOf(ds *datasets.Dataset, extents []extent) []magnitude {
	var all []magnitude
	for i, e := range extents {
		if t := ds.Fields[i].Type; t == datasets.Number || t == datasets.Integer {
			all = append(all, magnitude{ds.Fields[i].Name, t.String(), e.high, e.low})
		}
	}
	return all
}

// observe takes in the values of a column.
func (e *extent) observe(v *engine.Vector, rows int) {
	switch v.Type {
	case datasets.Number:
		for i := range rows {
			if !v.Null(i) {
				e.number(v.Floats[i])
			}
		}
	case datasets.Integer:
		var used uint64
		for i := range rows {
			if !v.Null(i) {
				x := v.Ints[i]
				used |= uint64(x ^ x>>63)
			}
		}
		// A negative power of two has no more bits than what is above it by one.
		e.high = max(e.high, bits.Len64(used))
	}
}

const (
	mantissaBits = 52
	// leastExponent is that of the smallest float64 above 0.
	leastExponent = -1074
)

// number takes in a float64: it is a multiple of its last bit that is set, and less
// than twice its first.
func (e *extent) number(x float64) {
	word := math.Float64bits(x) &^ (1 << 63)
	if word == 0 {
		return
	}
	exponent, mantissa := int(word>>mantissaBits), word&(1<<mantissaBits-1)
	if exponent > 0 {
		mantissa |= 1 << mantissaBits
		exponent--
	}
	low := exponent + leastExponent + bits.TrailingZeros64(mantissa)
	high := exponent + leastExponent + bits.Len64(mantissa)
	if !e.some {
		e.high, e.low, e.some = high, low, true
		return
	}
	e.high, e.low = max(e.high, high), min(e.low, low)
}

// extentOf returns the magnitude of a field of which the least and the greatest
// value are known, and the size of the smallest that is not 0, if there are any.
func extentOf(t datasets.Type, least, greatest, smallest engine.Vector) pipeline.Magnitude {
	var e extent
	if t == datasets.Integer {
		e.observe(&least, 1)
		e.observe(&greatest, 1)
		return pipeline.Magnitude{High: e.high}
	}
	e.observe(&least, 1)
	e.observe(&greatest, 1)
	if e.some && !smallest.Null(0) {
		// All values are multiples of its last bit.
		_, exponent := math.Frexp(smallest.Floats[0])
		e.low = max(exponent-mantissaBits-1, leastExponent)
	}
	return pipeline.Magnitude{High: e.high, Low: e.low}
}
