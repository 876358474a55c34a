package columnar

// sums are exact sums of one field, one for each group. Groups count from 0.
type sums interface {
	// grow makes room for groups up to, not including, the given one.
	grow(groups int)
	// add adds the values of rows, each to its group. A null is a 0.
	add(c *column, rows []uint16, groups []uint32)
	// merge adds a group's sum of another of the same kind.
	merge(group uint32, other sums, from uint32)
	// total returns the group's sum rounded to float64, infinite where that
	// is beyond the range.
	total(group uint32) float64
	// words returns the group's sum in two words, if it is of that form, and
	// setWords sets it.
	words(group uint32) (high, low uint64, ok bool)
	setWords(group uint32, high, low uint64)
}

// extend returns s with at least n entries, new ones zero.
func extend[T any](s []T, n int) []T {
	if n <= len(s) {
		return s
	}
	return append(s, make([]T, n-len(s))...)
}
