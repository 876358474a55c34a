package columnar

import (
	"math/bits"
	"sort"

	"herbarium/engine/columnar/internal/kernels"
)

// members holds for the numbers in a set, and for null if it is a member.
type members[T float64 | int64] struct {
	in     []T            // ascending
	set    map[T]struct{} // nil where they are few enough to compare with each
	null   bool
	column numericColumn[T]
}

// numericColumn is what a column has in T's type.
type numericColumn[T float64 | int64] struct {
	values func(*column) []T
	span   func(*column) span[T]
	among  func(s *kernels.Set, selected []uint64, values, members []T)
}

func floatsOf(c *column) []float64 { return c.floats }
func intsOf(c *column) []int64     { return c.ints }

var (
	floatColumn = numericColumn[float64]{
		values: floatsOf,
		span:   func(c *column) span[float64] { return c.floatSpan },
		among:  (*kernels.Set).InFloats,
	}
	intColumn = numericColumn[int64]{
		values: intsOf,
		span:   func(c *column) span[int64] { return c.intSpan },
		among:  (*kernels.Set).InInts,
	}
)

func newMembers[T float64 | int64](in []T, null bool, column numericColumn[T]) *members[T] {
	m := &members[T]{in: in, null: null, column: column}
	if len(in) > kernels.Active().MaxMembers {
		m.set = make(map[T]struct{}, len(in))
		for _, v := range in {
			m.set[v] = struct{}{}
		}
	}
	return m
}

func (m *members[T]) prune(c *column) pruning {
	if c.nulls == c.rows {
		if m.null {
			return everyRow
		}
		return noRow
	}
	s := m.column.span(c)
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
	var nulls []uint64 // the selected rows without a value
	if m.null && c.nulls > 0 {
		nulls = make([]uint64, len(selected))
		for w := range nulls {
			nulls[w] = selected[w] &^ c.valid[w]
		}
	}
	c.keepPresent(selected)
	if m.set == nil {
		m.column.among(kernels.Active(), selected, m.column.values(c), m.in)
	} else {
		m.lookUp(selected, m.column.values(c))
	}
	for w, null := range nulls {
		selected[w] |= null
	}
}

// lookUp clears the bits of rows whose value is not in the set.
func (m *members[T]) lookUp(selected []uint64, values []T) {
	for w, before := range selected {
		for left := before; left != 0; left &= left - 1 {
			if _, ok := m.set[values[w<<6+bits.TrailingZeros64(left)]]; !ok {
				selected[w] &^= left & -left
			}
		}
	}
}
