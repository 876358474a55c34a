package pipeline

import (
	"math"
	"math/bits"

	"go.mongodb.org/mongo-driver/v2/bson"

	"herbarium/datasets"
)

// A server adds float64s with rounding, so that a sum depends on the order of the
// rows: $sum and $avg keep a pair of float64s and answer with the first, which
// itself is rounded at each step. It is exact where no step rounds. So a sum is
// asked for in parts: each value is split into numbers of few bits, as Rump, Ogita
// and Oishi do (Accurate floating-point summation, part I, SIAM Journal on
// Scientific Computing 31(1), 2008, section 3), and each part is summed for itself.
// Where N values are multiples of 2^k of at most 2^(k+53)/N in size, all of their
// sums are integers of at most 2^53 times 2^k, which float64s hold exactly, however
// the server adds them. Whoever reads the parts adds them exactly and rounds once.

// Magnitude bounds the values of a field: each is a multiple of 2^Low and at most
// 2^High in size.
type Magnitude struct{ High, Low int }

// Sizes are what is known of a table's values, so that sums can be split.
type Sizes struct {
	Rows int64             // at least as many as there are
	Of   map[int]Magnitude // by index of the field
}

// typical are the sizes for which pipelines are written that no store runs: a
// million rows, of numbers like measurements and money.
var (
	typicalRows       = int64(1 << 20)
	typicalMagnitudes = map[datasets.Type]Magnitude{datasets.Number: {High: 20, Low: -44}, datasets.Integer: {High: 32}}
)

func (s Sizes) of(field int, t datasets.Type) Magnitude {
	if m, ok := s.Of[field]; ok {
		return m
	}
	return typicalMagnitudes[t]
}

const (
	precision = 53 // bits of a float64
	maxParts  = 6  // of a sum
	// maxExponent is that of the largest power of two among float64s.
	maxExponent = 1023
)

// carry returns by how many bits the sum of so many values may be longer than
// each of them. The splitting below needs two at least.
func carry(rows int64) int { return max(2, bits.Len64(uint64(max(rows, 1)-1))) }

// sumParts writes the expressions whose sums together are the sum of the values at
// path. It reports false where that takes too many of them.
func sumParts(path string, t datasets.Type, m Magnitude, rows int64) ([]any, bool) {
	switch t {
	case datasets.Boolean:
		return []any{bson.D{{Key: "$cond", Value: bson.A{path, int64(1), int64(0)}}}}, true
	case datasets.Integer:
		return integerParts(path, m, rows)
	default:
		return numberParts(path, m, rows)
	}
}

// numberParts splits float64s from the top: adding and subtracting a power of two
// rounds a value to a multiple of 2^unit, and what that leaves is split further.
func numberParts(path string, m Magnitude, rows int64) ([]any, bool) {
	c := carry(rows)
	if m.High+c > maxExponent {
		return nil, false // a sum might be beyond the range, and another bring it back
	}
	var parts []any
	var rests []bson.D // what each splitting leaves, as a variable of the next
	rest := path
	for high := m.High; high+c > m.Low+precision; {
		unit := high + c - precision
		rounded := roundTo(rest, unit)
		parts = append(parts, within(rests, rounded))
		rests = append(rests, bson.D{{Key: "r", Value: bson.D{{Key: "$subtract", Value: bson.A{rest, rounded}}}}})
		rest, high = "$$r", unit-1
		if len(parts) == maxParts {
			return nil, false
		}
	}
	if last := len(rests) - 1; last >= 0 {
		return append(parts, within(rests[:last], rests[last][0].Value)), true
	}
	return []any{path}, true
}

// roundTo rounds a number of at most 2^(unit+51) to a multiple of 2^unit: the
// last bit of a sum with 1.5·2^(unit+52) is 2^unit.
func roundTo(number string, unit int) bson.D {
	shift := math.Ldexp(1.5, unit+precision-1)
	return bson.D{{Key: "$subtract", Value: bson.A{bson.D{{Key: "$add", Value: bson.A{number, shift}}}, shift}}}
}

// within nests the expression into definitions of $$r, of which each goes by the
// one before.
func within(definitions []bson.D, expression any) any {
	for i := len(definitions) - 1; i >= 0; i-- {
		expression = bson.D{{Key: "$let", Value: bson.D{{Key: "vars", Value: definitions[i]}, {Key: "in", Value: expression}}}}
	}
	return expression
}

// integerParts splits int64s from the bottom: their remainders by powers of two
// are exact. The parts are float64s, since a sum of int64s may overflow.
func integerParts(path string, m Magnitude, rows int64) ([]any, bool) {
	c := carry(rows)
	if m.High+c <= precision {
		return []any{path}, true
	}
	width := precision - c
	if width < 1 {
		return nil, false
	}
	var parts []any
	var below any // the remainder of the parts so far
	minus := func(a, b any) any {
		if b == nil {
			return a
		}
		return bson.D{{Key: "$subtract", Value: bson.A{a, b}}}
	}
	for bit := width; ; bit += width {
		remainder := bson.D{{Key: "$mod", Value: bson.A{path, int64(1) << bit}}}
		parts = append(parts, bson.D{{Key: "$toDouble", Value: minus(remainder, below)}})
		if below = remainder; len(parts) == maxParts {
			return nil, false
		}
		if m.High+c <= bit+precision {
			return append(parts, bson.D{{Key: "$toDouble", Value: minus(path, below)}}), true
		}
	}
}
