package columnar

import (
	"math"
	"math/bits"
	"slices"

	"herbarium/datasets"
	"herbarium/engine"
)

// verdict is what a block's summary says of a test.
type verdict uint8

const (
	some verdict = iota // the rows must be looked at
	none                // no row passes
	all                 // every row passes
)

// test is a predicate made ready for a column.
type test interface {
	// judge decides by the block's summary, if it can.
	judge(block, rows int) verdict
	// apply clears the bits of the block's rows, from start before end, that
	// do not pass.
	apply(selected []uint64, start, end int)
}

// filter is a conjunction of tests. It is safe for concurrent use.
type filter struct {
	rows  int
	tests []test
}

// selection holds the rows of one block that pass, as a bitmap.
type selection struct {
	bits  [blockRows / 64]uint64
	count int
}

// block selects the rows of block b that pass.
func (f *filter) block(b int, s *selection) {
	start, end := span(b, f.rows)
	s.count = end - start
	if len(f.tests) == 0 {
		s.fill()
		return
	}
	undecided := make([]test, 0, 8)
	for _, t := range f.tests {
		switch t.judge(b, end-start) {
		case none:
			s.count = 0
			return
		case some:
			undecided = append(undecided, t)
		}
	}
	s.fill()
	if len(undecided) == 0 {
		return
	}
	words := s.bits[:(end-start+63)/64]
	for _, t := range undecided {
		t.apply(words, start, end)
	}
	s.count = 0
	for _, w := range words {
		s.count += bits.OnesCount64(w)
	}
}

// fill selects the first count rows, and no others: the block before may have
// been longer.
func (s *selection) fill() {
	words := s.count / 64
	for i := range words {
		s.bits[i] = math.MaxUint64
	}
	clear(s.bits[words:])
	if rest := s.count & 63; rest > 0 {
		s.bits[words] = 1<<rest - 1
	}
}

// test makes the predicate ready for the column.
func (c *column) test(p *engine.Predicate) test {
	switch {
	case p.Never:
		return never{}
	case len(p.In) > 0 || p.Null:
		return c.member(p)
	}
	switch c.kind {
	case datasets.Number:
		t := &floatRange{c, math.Inf(-1), math.Inf(1)}
		if p.Min != nil {
			t.min = p.Min.Float
		}
		if p.Max != nil {
			t.max = p.Max.Float
		}
		return t
	case datasets.String:
		return c.codeRange(p)
	default:
		t := &intRange{c, math.MinInt64, math.MaxInt64}
		if p.Min != nil {
			t.min = p.Min.Int
		}
		if p.Max != nil {
			t.max = p.Max.Int
		}
		return t
	}
}

// codeRange turns bounds of text into bounds of codes.
func (c *column) codeRange(p *engine.Predicate) test {
	t := &codeRange{c, 0, int64(len(c.dict)) - 1}
	if p.Min != nil {
		i, _ := slices.BinarySearch(c.dict, p.Min.Str)
		t.min = int64(i)
	}
	if p.Max != nil {
		i, found := slices.BinarySearch(c.dict, p.Max.Str)
		if !found {
			i--
		}
		t.max = int64(i)
	}
	if t.min > t.max {
		return never{}
	}
	return t
}

// member makes the test of a membership.
func (c *column) member(p *engine.Predicate) test {
	if c.kind != datasets.String {
		t := &intSet{column: c, null: p.Null}
		for _, v := range p.In {
			t.values = append(t.values, v.Int)
		}
		return t
	}
	t := &codeSet{column: c, null: p.Null, member: make([]bool, len(c.dict)), min: math.MaxInt64, max: -1}
	for _, v := range p.In {
		if code, ok := slices.BinarySearch(c.dict, v.Str); ok {
			t.member[code] = true
			t.min, t.max = min(t.min, int64(code)), max(t.max, int64(code))
		}
	}
	return t
}

// never passes no row.
type never struct{}

func (never) judge(int, int) verdict { return none }

func (never) apply(selected []uint64, _, _ int) { clear(selected) }
