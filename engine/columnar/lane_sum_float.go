package columnar

import (
	"math"
	"math/bits"

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
	cells []kernels.Cell // by group and lane
}

const (
	// sumBits is how many bits the two parts hold together.
	sumBits = 2 * 53
	// splitTop bounds what is split: what it is split by must be finite, and
	// no subnormal.
	splitTop = 1000
)

// floatTop returns a power of two that all values of a field of numbers are
// below in magnitude; unsplit where it would be too large.
func (t *table) floatTop(field int) int {
	top := -splitTop
	for _, s := range t.rowGroups() {
		c := &s.columns[field]
		if c.nulls == c.rows {
			continue
		}
		_, exponent := math.Frexp(max(-c.floatSpan.min, c.floatSpan.max))
		top = max(top, exponent)
	}
	if top > splitTop {
		return unsplit
	}
	return top
}

func (q *floatLaneSum) take(place, field, top int) bool {
	took := q.laneFields.take(place, field, top)
	q.begin(maxRowBits)
	return took
}

// begin makes room for 2^bits rows.
func (q *floatLaneSum) begin(bits int) {
	q.bits, q.left = bits, 1<<bits
	for i, top := range q.tops[:q.n] {
		q.split[i] = math.Ldexp(1.5, top+bits)
	}
}

// rowBits returns how many rows, as a power of two, the two parts of the
// column's values can be added up for.
func rowBits(c *column, top int) int { return (c.finest() - top + sumBits) >> 1 }

// add adds the values of the rows of a block to the groups beside them.
func (q *floatLaneSum) add(p *partialAggregate, b *block, rows []uint16, groups []uint32) {
	var columns kernels.Columns
	least, fit := bits.Len(uint(len(rows)-1)), q.bits
	for i, f := range q.fields[:q.n] {
		c := &b.columns[f]
		c.touch()
		columns[i] = c.floats
		if n := rowBits(c, q.tops[i]); n >= least {
			fit = min(fit, n)
			continue
		}
		// Its values lie too far apart.
		p.sums[q.places[i]].add(c, rows, groups)
		columns[i] = p.zeros()
	}
	for i := q.n; i < len(columns); i++ {
		columns[i] = columns[0] // its sums are not looked at
	}
	if fit < q.bits || q.left < len(rows) {
		q.drain(p)
		q.begin(fit)
	}
	q.left -= len(rows)
	q.cells = extend(q.cells, p.groups.count()*p.lanes)
	if p.lanes == kernels.Lanes {
		kernels.Active().SumFloatsInLanes(q.cells, &columns, &q.split, rows, groups)
	} else {
		kernels.Active().SumFloats(q.cells, &columns, &q.split, rows, groups)
	}
}

// drain moves what has been added to the exact sums.
func (q *floatLaneSum) drain(p *partialAggregate) {
	for first := 0; first < len(q.cells); first += p.lanes {
		sum := q.cells[first]
		for _, c := range q.cells[first+1 : first+p.lanes] {
			for i := range q.n {
				sum.Coarse[i] += c.Coarse[i]
				sum.Fine[i] += c.Fine[i]
			}
		}
		if sum == (kernels.Cell{}) {
			continue
		}
		for i, place := range q.places[:q.n] {
			s := p.sums[place].(*floatSums)
			s.addTo(uint32(first/p.lanes), sum.Coarse[i])
			s.addTo(uint32(first/p.lanes), sum.Fine[i])
		}
	}
	clear(q.cells)
	q.left = 1 << q.bits
}
