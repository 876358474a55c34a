package columnar

import "sort"

// fewMembers is how many values a set compares one by one; for more it hashes.
const fewMembers = 8

// members holds for the numbers in a set, and for null if it is a member.
type members[T float64 | int64] struct {
	in     []T // ascending
	set    map[T]struct{}
	null   bool
	values func(*column) []T
	span   func(*column) span[T]
}

func newMembers[T float64 | int64](in []T, null bool, values func(*column) []T, spanOf func(*column) span[T]) *members[T] {
	m := &members[T]{in: in, null: null, values: values, span: spanOf}
	if len(in) > fewMembers {
		m.set = make(map[T]struct{}, len(in))
		for _, v := range in {
			m.set[v] = struct{}{}
		}
	}
	return m
}

func floatsOf(c *column) []float64        { return c.floats }
func floatSpanOf(c *column) span[float64] { return c.floatSpan }
func intsOf(c *column) []int64            { return c.ints }
func intSpanOf(c *column) span[int64]     { return c.intSpan }

func (m *members[T]) judge(c *column) verdict {
	if c.nulls == c.rows {
		if m.null {
			return everyRow
		}
		return noRow
	}
	s := m.span(c)
	first := sort.Search(len(m.in), func(i int) bool { return m.in[i] >= s.min })
	reached := first < len(m.in) && m.in[first] <= s.max
	switch {
	case !reached && (c.nulls == 0 || !m.null):
		return noRow
	case reached && s.min == s.max && (c.nulls == 0 || m.null):
		return everyRow
	}
	return someRows
}

func (m *members[T]) refine(c *column, selected []uint64) {
	all := m.values(c)
	for w, before := range selected {
		if before == 0 {
			continue
		}
		matched := m.match(all[w<<6:min(w<<6+64, len(all))]) & c.present(w)
		if m.null {
			matched |= ^c.present(w)
		}
		selected[w] = before & matched
	}
}

// match returns a word with a bit for each of up to 64 values.
func (m *members[T]) match(values []T) uint64 {
	var word uint64
	if m.set != nil {
		for i, v := range values {
			var in uint64
			if _, ok := m.set[v]; ok {
				in = 1
			}
			word |= in << (i & 63)
		}
		return word
	}
	for _, member := range m.in {
		for i, v := range values {
			var in uint64
			if v == member {
				in = 1
			}
			word |= in << (i & 63)
		}
	}
	return word
}
