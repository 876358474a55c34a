package columnar

import (
	"math"

	"herbarium/datasets"
	"herbarium/engine/columnar/internal/kernels"
)

// laneSum sums up to four fields of one type at once, by group, in the lanes of one
// vector register, until it is drained into their exact sums.
type laneSum interface {
	// addField adds a field, if there is a lane left for it. Its values are below
	// 2^exponent in magnitude.
	addField(place, field, exponent int) bool
	// add adds the values of the rows of a block to the groups beside them.
	add(p *aggregator, b *block, rows []uint16, groups []uint32)
	// drain moves what has been added to the exact sums.
	drain(p *aggregator)
}

// laneFields are the fields of a lane sum; n of the lanes are in use.
type laneFields struct {
	n         int
	places    [kernels.Fields]int // among the plan's aggregated fields
	fields    [kernels.Fields]int
	exponents [kernels.Fields]int // their values are below 2^exponent in magnitude
}

func (q *laneFields) addField(place, field, exponent int) bool {
	if q.n == len(q.fields) {
		return false
	}
	q.places[q.n], q.fields[q.n], q.exponents[q.n] = place, field, exponent
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

// noLaneSum is the exponent of a field that is summed without lane sums.
const noLaneSum = math.MaxInt

// exponents returns for each of the fields an exponent e such that all its values are
// below 2^e in magnitude; noLaneSum where that is too large or no sum is asked for.
func (t *table) exponents(of []aggregated) []int {
	exponents := make([]int, len(of))
	for i, o := range of {
		f := o.field
		if !o.sum {
			exponents[i] = noLaneSum
		} else if t.fields[f].Type == datasets.Number {
			exponents[i] = t.floatExponent(f)
		} else {
			exponents[i] = t.intExponent(f)
		}
	}
	return exponents
}

// newLaneSums returns lane sums for the plan's fields, except those whose exponent is
// noLaneSum.
func (m *aggregation) newLaneSums() (laneSums []laneSum) {
	var floats, ints laneSum // that may have room
	for place, exponent := range m.exponents {
		field := m.of[place].field
		isFloat := m.table.fields[field].Type == datasets.Number
		switch {
		case exponent == noLaneSum:
		case isFloat && (floats == nil || !floats.addField(place, field, exponent)):
			floats = &floatLaneSum{}
			floats.addField(place, field, exponent)
			laneSums = append(laneSums, floats)
		case !isFloat && (ints == nil || !ints.addField(place, field, exponent)):
			ints = &intLaneSum{left: 1 << maxRowBits}
			ints.addField(place, field, exponent)
			laneSums = append(laneSums, ints)
		}
	}
	return laneSums
}
