// Package exact sums numbers exactly, by group: a sum is rounded once, when it is read.
// So it depends neither on the order of the values nor on how they were cut into parts
// that are merged.
//
// Most sums of float64s fit into two float64s, to which values are added by TwoSum. The
// others spill into a superaccumulator. Sums of int64s have 128 bits.
package exact

// Sums are exact sums of one field, one for each group. Groups count from 0.
type Sums interface {
	// Grow makes room for groups up to, not including, the given one.
	Grow(groups int)
	// Merge adds the sum of group from in other, which has to be of the same type, to a
	// group.
	Merge(group uint32, other Sums, from uint32)
	// Total returns the group's sum, rounded once to float64, to nearest, ties to even.
	// It is infinite where the sum is beyond the range.
	Total(group uint32) float64
	// Words returns the group's sum as two words, to be stored. It reports false where
	// the sum does not fit into them.
	Words(group uint32) (high, low uint64, ok bool)
	// SetWords sets the group's sum to what Words returned.
	SetWords(group uint32, high, low uint64)
}

// extend returns s with at least n entries, new ones zero.
func extend[T any](s []T, n int) []T {
	if n <= len(s) {
		return s
	}
	return append(s, make([]T, n-len(s))...)
}
