package columnar

import (
	"math/bits"

	"herbarium/engine/columnar/internal/exact"
	"herbarium/engine/columnar/internal/kernels"
)

// intLaneSum sums fields of integers that are so small that an int64 holds the sum of
// all rows until the next drain.
type intLaneSum struct {
	laneFields
	left  int               // how many rows may be added until then
	cells []kernels.IntCell // by group and accumulator
}

// intExponent returns an exponent such that all values of a field are
// from −2^exponent to 2^exponent; noLaneSum where it is too large for an intLaneSum.
func (t *table) intExponent(field int) int {
	exponent := 0
	for _, s := range t.rowGroups() {
		c := &s.columns[field]
		if c.nulls < c.rows {
			// One's complement: of −2^n, n bits are set.
			exponent = max(exponent, bits.Len64(uint64(c.intSpan.min^c.intSpan.min>>63)), bits.Len64(uint64(c.intSpan.max^c.intSpan.max>>63)))
		}
	}
	if exponent+maxRowBits > 63 {
		return noLaneSum
	}
	return exponent
}

func (q *intLaneSum) add(p *aggregator, b *block, rows []uint16, groups []uint32) {
	var columns kernels.IntColumns
	for i, f := range q.fields[:q.n] {
		c := &b.columns[f]
		c.touch()
		columns[i] = c.ints
	}
	for i := q.n; i < len(columns); i++ {
		columns[i] = columns[0] // its sums are not looked at
	}
	if q.left < len(rows) {
		q.drain(p)
	}
	q.left -= len(rows)
	q.cells = extend(q.cells, p.groups.count()*p.accumulators)
	if p.accumulators == kernels.Accumulators {
		kernels.Active().SumIntsInterleaved(q.cells, &columns, rows, groups)
	} else {
		kernels.Active().SumInts(q.cells, &columns, rows, groups)
	}
}

func (q *intLaneSum) drain(p *aggregator) {
	for first := 0; first < len(q.cells); first += p.accumulators {
		sum := q.cells[first]
		for _, c := range q.cells[first+1 : first+p.accumulators] {
			for i := range q.n {
				sum[i] += c[i]
			}
		}
		if sum == (kernels.IntCell{}) {
			continue
		}
		for i, place := range q.places[:q.n] {
			p.sums[place].(*exact.IntSums).AddTo(uint32(first/p.accumulators), sum[i])
		}
	}
	clear(q.cells)
	q.left = 1 << maxRowBits
}
