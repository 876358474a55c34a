package columnar

import (
	"math"

	"herbarium/datasets"
	"herbarium/engine/columnar/internal/kernels"
)

// laneSum sums up to four fields of one type at once, by group, in the lanes of one
// vector register, until it is drained into their exact sums.
type laneSum interface {
	// take makes one more field the lane sum's, if it has room and the type is
	// its own. Its values are below 2^top in magnitude.
	take(place, field, top int) bool
	// add adds the values of the rows of a block to the groups beside them.
	add(p *partialAggregate, b *block, rows []uint16, groups []uint32)
	// drain moves what has been added to the exact sums.
	drain(p *partialAggregate)
}

// laneFields are the fields of a lane sum; n of the lanes are in use.
type laneFields struct {
	n      int
	places [kernels.Fields]int // in the p's fields
	fields [kernels.Fields]int
	tops   [kernels.Fields]int // their values are below 2^top in magnitude
}

func (q *laneFields) take(place, field, top int) bool {
	if q.n == len(q.fields) {
		return false
	}
	q.places[q.n], q.fields[q.n], q.tops[q.n] = place, field, top
	q.n++
	return true
}

const (
	// maxRowBits says up to how many rows are added between two drains, as a
	// power of two: it makes drains rare enough to cost nothing, with a few
	// thousand groups too.
	maxRowBits = 20
	// maxCells is how many cells a lane sum may have: they stay in the cache.
	maxCells = 1 << 14
)

// unsplit is the top of a field that is summed up without lane sums.
const unsplit = math.MaxInt

// tops returns for each of the fields a power of two that all its values are
// below in magnitude; unsplit where that is too large or no sum is asked for.
func (t *table) tops(of []aggregated) []int {
	tops := make([]int, len(of))
	for i, o := range of {
		f := o.field
		if !o.sum {
			tops[i] = unsplit
		} else if t.fields[f].Type == datasets.Number {
			tops[i] = t.floatTop(f)
		} else {
			tops[i] = t.intTop(f)
		}
	}
	return tops
}

// newLaneSums returns lane sums for the plan's fields, but for those that are unsplit.
func (m *aggregation) newLaneSums() (laneSums []laneSum) {
	var floats, ints laneSum // that may have room
	for place, top := range m.tops {
		field := m.of[place].field
		isFloat := m.table.fields[field].Type == datasets.Number
		switch {
		case top == unsplit:
		case isFloat && (floats == nil || !floats.take(place, field, top)):
			floats = &floatLaneSum{}
			floats.take(place, field, top)
			laneSums = append(laneSums, floats)
		case !isFloat && (ints == nil || !ints.take(place, field, top)):
			ints = &intLaneSum{left: 1 << maxRowBits}
			ints.take(place, field, top)
			laneSums = append(laneSums, ints)
		}
	}
	return laneSums
}
