package columnar

import (
	"math/bits"

	"herbarium/engine/columnar/internal/kernels"
)

// intLaneSum sums fields of integers that are so small that an int64 holds the sum of
// all rows until the next drain.
type intLaneSum struct {
	laneFields
	left  int               // how many rows may be added until then
	cells []kernels.IntCell // by group and lane
}

// intTop returns a power of two, 2^top, such that all values of a field are
// from −2^top to 2^top; unsplit where it is too large for an intLaneSum.
func (t *table) intTop(field int) int {
	top := 0
	for _, s := range t.rowGroups() {
		c := &s.columns[field]
		if c.nulls < c.rows {
			// One's complement: of −2^n, n bits are set.
			top = max(top, bits.Len64(uint64(c.intSpan.min^c.intSpan.min>>63)), bits.Len64(uint64(c.intSpan.max^c.intSpan.max>>63)))
		}
	}
	if top+maxRowBits > 63 {
		return unsplit
	}
	return top
}

func (q *intLaneSum) add(p *partialAggregate, b *block, rows []uint16, groups []uint32) {
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
	q.cells = extend(q.cells, p.groups.count()*p.lanes)
	if p.lanes == kernels.Lanes {
		kernels.Active().SumIntsInLanes(q.cells, &columns, rows, groups)
	} else {
		kernels.Active().SumInts(q.cells, &columns, rows, groups)
	}
}

func (q *intLaneSum) drain(p *partialAggregate) {
	for first := 0; first < len(q.cells); first += p.lanes {
		sum := q.cells[first]
		for _, c := range q.cells[first+1 : first+p.lanes] {
			for i := range q.n {
				sum[i] += c[i]
			}
		}
		if sum == (kernels.IntCell{}) {
			continue
		}
		for i, place := range q.places[:q.n] {
			p.sums[place].(*intSums).addTo(uint32(first/p.lanes), sum[i])
		}
	}
	clear(q.cells)
	q.left = 1 << maxRowBits
}
