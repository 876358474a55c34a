package columnar

import (
	"math"
	"math/bits"

	"herbarium/engine/columnar/internal/exact"
	"herbarium/engine/columnar/internal/kernels"
)

// floatLaneSum sums fields of numbers, exactly.
//
// A value is split at a place that all values of its field share, into a coarse and a
// fine part. The coarse parts are multiples of one power of two and the fine parts are
// small, so that a float64 holds the sum of the coarse parts, and another that of the
// fine parts, of all rows until the next drain without rounding. This is the
// error-free vector transformation of Rump, Ogita and Oishi (Accurate Floating-Point
// Summation, Part I: Faithful Rounding, SIAM J. Sci. Comput. 31(1), 2008, section 3),
// where it is called ExtractVector.
type floatLaneSum struct {
	laneFields
	bits  int // up to 2^bits rows may be added between two drains
	left  int // how many still may
	split kernels.Split
	cells []kernels.Cell // by group and accumulator
}

const (
	// sumBits is how many bits the two parts hold together.
	sumBits = 2 * 53
	// maxSplitExponent bounds what is split: what it is split by must be finite, and
	// no subnormal.
	maxSplitExponent = 1000
)

// floatExponent returns an exponent e such that all values of a field of numbers are
// below 2^e in magnitude; noLaneSum where it would be too large.
func (t *table) floatExponent(field int) int {
	exponent := -maxSplitExponent
	for _, s := range t.rowGroups() {
		c := &s.columns[field]
		if c.nulls == c.rows {
			continue
		}
		_, e := math.Frexp(max(-c.floatSpan.min, c.floatSpan.max))
		exponent = max(exponent, e)
	}
	if exponent > maxSplitExponent {
		return noLaneSum
	}
	return exponent
}

func (q *floatLaneSum) addField(place, field, exponent int) bool {
	took := q.laneFields.addField(place, field, exponent)
	q.reset(maxRowBits)
	return took
}

// reset chooses the splits so that 2^bits rows can be added before the next drain.
func (q *floatLaneSum) reset(bits int) {
	q.bits, q.left = bits, 1<<bits
	for i, exponent := range q.exponents[:q.n] {
		q.split[i] = math.Ldexp(1.5, exponent+bits)
	}
}

// rowBits returns how many rows, as a power of two, the two parts of the
// column's values can be added up for.
func rowBits(c *column, exponent int) int { return (c.minUlpExponent() - exponent + sumBits) >> 1 }

// add adds the values of the rows of a block to the groups beside them.
func (q *floatLaneSum) add(p *aggregator, b *block, rows []uint16, groups []uint32) {
	var columns kernels.Columns
	least, fit := bits.Len(uint(len(rows)-1)), q.bits
	for i, f := range q.fields[:q.n] {
		c := &b.columns[f]
		c.touch()
		columns[i] = c.floats
		if n := rowBits(c, q.exponents[i]); n >= least {
			fit = min(fit, n)
			continue
		}
		// Its values lie too far apart.
		c.addTo(p.sums[q.places[i]], rows, groups)
		columns[i] = p.zeros()
	}
	for i := q.n; i < len(columns); i++ {
		columns[i] = columns[0] // its sums are not looked at
	}
	if fit < q.bits || q.left < len(rows) {
		q.drain(p)
		q.reset(fit)
	}
	q.left -= len(rows)
	q.cells = extend(q.cells, p.groups.count()*p.accumulators)
	if p.accumulators == kernels.Accumulators {
		kernels.Active().SumFloatsInterleaved(q.cells, &columns, &q.split, rows, groups)
	} else {
		kernels.Active().SumFloats(q.cells, &columns, &q.split, rows, groups)
	}
}

// drain moves what has been added to the exact sums.
func (q *floatLaneSum) drain(p *aggregator) {
	for first := 0; first < len(q.cells); first += p.accumulators {
		sum := q.cells[first]
		for _, c := range q.cells[first+1 : first+p.accumulators] {
			for i := range q.n {
				sum.Coarse[i] += c.Coarse[i]
				sum.Fine[i] += c.Fine[i]
			}
		}
		if sum == (kernels.Cell{}) {
			continue
		}
		for i, place := range q.places[:q.n] {
			s := p.sums[place].(*exact.FloatSums)
			s.AddTo(uint32(first/p.accumulators), sum.Coarse[i])
			s.AddTo(uint32(first/p.accumulators), sum.Fine[i])
		}
	}
	clear(q.cells)
	q.left = 1 << q.bits
}
