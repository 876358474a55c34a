package columnar

import (
	"math"

	"herbarium/datasets"
	"herbarium/engine/columnar/internal/kernels"
)

// quad sums up to four fields of one type at once, by group, until it is
// drained into their exact sums.
type quad interface {
	// take makes one more field the quad's, if it has room and the type is
	// its own. Its values are below 2^top in magnitude.
	take(place, field, top int) bool
	// add adds the values of the rows of a block to the groups beside them.
	add(p *partial, b *block, rows []uint16, groups []uint32)
	// drain moves what has been added to the exact sums.
	drain(p *partial)
}

// quadFields are the fields of a quad, of which it has n.
type quadFields struct {
	n      int
	places [kernels.Fields]int // in the plan's fields
	fields [kernels.Fields]int
	tops   [kernels.Fields]int // their values are below 2^top in magnitude
}

func (q *quadFields) take(place, field, top int) bool {
	if q.n == len(q.fields) {
		return false
	}
	q.places[q.n], q.fields[q.n], q.tops[q.n] = place, field, top
	q.n++
	return true
}

const (
	// mostRowBits says up to how many rows are added between two drains, as a
	// power of two: it makes drains rare enough to cost nothing, with a few
	// thousand groups too.
	mostRowBits = 20
	// mostCells is how many cells a quad may have: they stay in the cache.
	mostCells = 1 << 14
)

// unsplit is the top of a field that is summed up without quads.
const unsplit = math.MaxInt

// tops returns for each of the fields a power of two that all its values are
// below in magnitude; unsplit where that is too large.
func (t *table) tops(fields []int) []int {
	tops := make([]int, len(fields))
	for i, f := range fields {
		if t.fields[f].Type == datasets.Number {
			tops[i] = t.floatTop(f)
		} else {
			tops[i] = t.intTop(f)
		}
	}
	return tops
}

// newQuads returns quads for the plan's fields, but for those that are unsplit.
func (m *meanPlan) newQuads() (quads []quad) {
	var floats, ints quad // that may have room
	for place, top := range m.tops {
		field := m.fields[place]
		isFloat := m.table.fields[field].Type == datasets.Number
		switch {
		case top == unsplit:
		case isFloat && (floats == nil || !floats.take(place, field, top)):
			floats = &floatQuad{}
			floats.take(place, field, top)
			quads = append(quads, floats)
		case !isFloat && (ints == nil || !ints.take(place, field, top)):
			ints = &intQuad{left: 1 << mostRowBits}
			ints.take(place, field, top)
			quads = append(quads, ints)
		}
	}
	return quads
}
