package columnar

import (
	"math"
	"math/bits"

	"herbarium/datasets"
)

// What is sorted by several values is sorted by one number: a normalized key, as in
// Graefe, Implementing Sorting in Database Systems, ACM Computing Surveys 38(3), 2006.
// Each part of an order maps a value to a code that is ordered as the part wants it, in
// as few bits as the values need. The key is the bits of all codes, one behind the other,
// in words of 64. Most orders take one word; where two keys differ in the first word, the
// others need not be computed.

// codeSpace maps the values of one part of an order to codes from 0 to last. Null is the
// least; a descending part counts from the other end.
type codeSpace struct {
	base       uint64 // the ordered bits of the least value
	nulls      uint64 // 1 where code 0 stands for null
	last       uint64
	descending bool
}

// newCodeSpace returns the codes of values whose ordered bits are from least to greatest.
func newCodeSpace(least, greatest uint64, nullable, descending bool) codeSpace {
	s := codeSpace{base: least, last: greatest - least, descending: descending}
	if nullable {
		s.nulls = 1
		s.last++
	}
	return s
}

// of returns the code of a value with those ordered bits.
func (s *codeSpace) of(ordered uint64) uint64 { return s.turn(ordered - s.base + s.nulls) }

// null returns the code of a null.
func (s *codeSpace) null() uint64 { return s.turn(0) }

// turn makes a code that ascends one of the part's, and the other way round.
func (s *codeSpace) turn(code uint64) uint64 {
	if s.descending {
		return s.last - code
	}
	return code
}

// bits returns how many bits the codes take.
func (s *codeSpace) bits() int { return bits.Len64(s.last) }

// orderedFloat maps numbers to integers of the same order, both zeros to one.
func orderedFloat(v float64) uint64 {
	b := math.Float64bits(v + 0) // −0 + 0 is 0
	if b>>63 == 1 {
		return ^b
	}
	return b | 1<<63
}

// floatAt undoes orderedFloat.
func floatAt(ordered uint64) float64 {
	if ordered>>63 == 0 {
		return math.Float64frombits(^ordered)
	}
	return math.Float64frombits(ordered &^ (1 << 63))
}

// orderedInt maps integers to unsigned ones of the same order.
func orderedInt(v int64) uint64 { return uint64(v) ^ 1<<63 }

// intAt undoes orderedInt.
func intAt(ordered uint64) int64 { return int64(ordered ^ 1<<63) }

// keyPiece is where a code stands in one word of a key: it is shifted to the left, or to
// the right where its lower bits are in the next word.
type keyPiece struct {
	part        int
	left, right int
}

// keyWords returns the pieces of each word of a key whose parts have so many bits. A key
// has at least one word.
func keyWords(parts []int) [][]keyPiece {
	words := [][]keyPiece{nil}
	free := 64 // in the last word
	for part, n := range parts {
		if n == 0 {
			continue
		}
		if free == 0 {
			words, free = append(words, nil), 64
		}
		last := len(words) - 1
		if n <= free {
			free -= n
			words[last] = append(words[last], keyPiece{part: part, left: free})
			continue
		}
		below := n - free
		words[last] = append(words[last], keyPiece{part: part, right: below})
		free = 64 - below
		words = append(words, []keyPiece{{part: part, left: free}})
	}
	return words
}

// place returns the piece's bits of a word.
func (p *keyPiece) place(code uint64) uint64 { return code << (p.left & 63) >> (p.right & 63) }

// spanOfField returns the ordered bits of the least and the greatest value of a field that
// is no text, and whether it has any.
func (t *table) spanOfField(field int) (least, greatest uint64, ok bool) {
	rowGroups := t.rowGroups()
	for i := range rowGroups {
		c := &rowGroups[i].columns[field]
		if c.nulls == c.rows {
			continue
		}
		first, last := orderedInt(c.intSpan.min), orderedInt(c.intSpan.max)
		if t.fields[field].Type == datasets.Number {
			first, last = orderedFloat(c.floatSpan.min), orderedFloat(c.floatSpan.max)
		}
		if !ok {
			least, greatest, ok = first, last, true
		}
		least, greatest = min(least, first), max(greatest, last)
	}
	return least, greatest, ok
}
