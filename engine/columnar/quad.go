package columnar

import (
	"math"
	"math/bits"

	"herbarium/datasets"
	"herbarium/engine/columnar/internal/kernels"
)

// quad sums up to four fields of numbers at once, by group, until it is
// drained into their exact sums.
//
// It is as exact as they are. A value is split at a place that all values of
// its field share, into a coarse and a fine part. The coarse parts are
// multiples of one power of two and the fine ones are small, so that a
// float64 holds the sum of as many of them as there are rows until the next
// drain. (Rump, Ogita and Oishi, Accurate floating-point summation, part I,
// 2008, section 3, has the splitting, and why it is exact.)
type quad struct {
	places []int // in the plan's fields
	fields []int // the fields, beside them
	tops   []int // each field's values are below 2^top in magnitude
	bits   int   // up to 2^bits rows may be added between two drains
	left   int   // how many still may
	split  kernels.Split
	cells  []kernels.Cell // by group and lane
}

const (
	// mostRowBits makes drains rare enough to cost nothing, with a few
	// thousand groups too.
	mostRowBits = 20
	// mostCells is how many cells a quad may have: they stay in the cache.
	mostCells = 1 << 14
	// sumBits is how many bits the two parts hold together.
	sumBits = 2 * 53
	// splitTop bounds what is split: what it is split by must be finite, and
	// no subnormal.
	splitTop = 1000
)

// unsplit is the top of a field that is summed up without quads.
const unsplit = math.MaxInt

// tops returns for each of the fields a power of two that all its values are
// below; unsplit where they are no numbers, or too large.
func (t *table) tops(fields []int) []int {
	tops := make([]int, len(fields))
	for i, f := range fields {
		tops[i] = t.top(f)
	}
	return tops
}

func (t *table) top(field int) int {
	if t.fields[field].Type != datasets.Number {
		return unsplit
	}
	top := -splitTop
	for i := range t.blocks {
		c := &t.blocks[i].columns[field]
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

// newQuads returns quads for the plan's fields, but for those that are unsplit.
func (m *meanPlan) newQuads() (quads []*quad) {
	for place, top := range m.tops {
		if top == unsplit {
			continue
		}
		if n := len(quads); n == 0 || len(quads[n-1].fields) == kernels.Fields {
			quads = append(quads, &quad{})
		}
		q := quads[len(quads)-1]
		q.places, q.fields, q.tops = append(q.places, place), append(q.fields, m.fields[place]), append(q.tops, top)
	}
	for _, q := range quads {
		q.begin(mostRowBits)
	}
	return quads
}

// begin makes room for 2^bits rows.
func (q *quad) begin(bits int) {
	q.bits, q.left = bits, 1<<bits
	for i, top := range q.tops {
		q.split[i] = math.Ldexp(1.5, top+bits)
	}
}

// rowBits returns how many rows, as a power of two, the two parts of the
// column's values can be added up for.
func rowBits(c *column, top int) int { return (c.finest() - top + sumBits) >> 1 }

// add adds the values of the rows of a block to the groups beside them.
func (q *quad) add(p *partial, b *block, rows []uint16, groups []uint32) {
	var columns kernels.Columns
	least, fit := bits.Len(uint(len(rows)-1)), q.bits
	for i, f := range q.fields {
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
	for i := len(q.fields); i < len(columns); i++ {
		columns[i] = columns[0]
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
func (q *quad) drain(p *partial) {
	for first := 0; first < len(q.cells); first += p.lanes {
		sum := q.cells[first]
		for _, c := range q.cells[first+1 : first+p.lanes] {
			for i := range q.fields {
				sum.Coarse[i] += c.Coarse[i]
				sum.Fine[i] += c.Fine[i]
			}
		}
		if sum == (kernels.Cell{}) {
			continue
		}
		for i, place := range q.places {
			s := p.sums[place].(*floatSums)
			s.addTo(uint32(first/p.lanes), sum.Coarse[i])
			s.addTo(uint32(first/p.lanes), sum.Fine[i])
		}
	}
	clear(q.cells)
	q.left = 1 << q.bits
}
