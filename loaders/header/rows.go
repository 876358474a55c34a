package header

import "slices"

// Rows are the first rows of a source, as texts.
type Rows struct {
	Values [][]string
	// Width is how many values most of the rows have.
	Width int
}

// Widest returns the number of values that most rows have; 0 before the first.
func (r *Rows) Widest() (width int) {
	count := map[int]int{}
	for _, row := range r.Values {
		n := len(row)
		if count[n]++; count[n] > count[width] || count[n] == count[width] && n > width {
			width = n
		}
	}
	return width
}

// ColumnKind returns what the values of a column are like below the first row: the
// kind of all that are there, else text.
func (r *Rows) ColumnKind(column int) Kind {
	all := EmptyKind
	for _, row := range r.Values[min(1, len(r.Values)):] {
		if column >= len(row) {
			continue
		}
		switch k := KindOf(row[column]); {
		case k == EmptyKind:
		case all == EmptyKind:
			all = k
		case k != all:
			return TextKind
		}
	}
	return all
}

// LooksLikeValues reports whether a row has a value of a type.
func (r *Rows) LooksLikeValues(row int) bool {
	return slices.ContainsFunc(r.Values[row], func(v string) bool { k := KindOf(v); return k != TextKind && k != EmptyKind })
}
