package header

import (
	"strconv"
	"strings"
)

// Missing reports whether there is no header: the first row has values like those
// below it. That is so if each column of numbers or dates has one in the first row
// already, and there is such a column. Years, and numbers from 0 on as pandas
// numbers columns, are names.
func (r *Rows) Missing() bool {
	first := r.Values[0]
	if len(first) != r.Width || years(first) || numbered(first) {
		return false
	}
	typed, against := 0, false
	for i, v := range first {
		k := KindOf(v)
		if k == EmptyKind {
			rowNumbers := i == 0 && strings.TrimSpace(v) == "" && len(r.Values) > 1 && r.ColumnKind(0) == NumberKind
			against = against || rowNumbers
			continue
		}
		switch below := r.ColumnKind(i); {
		case below == EmptyKind && len(r.Values) > 1:
		case k != TextKind && (below == k || len(r.Values) == 1):
			typed++
		case k == TextKind && below != TextKind:
			against = true
		}
	}
	return !against && typed > 0 && (len(r.Values) > 1 || typed == len(first))
}

// years reports whether the numbers of a line are years, one after the other, as
// names of columns are.
func years(row []string) bool {
	last, n, step := 0, 0, 0
	for _, v := range row {
		y, err := strconv.Atoi(strings.TrimSpace(v))
		if err != nil {
			if KindOf(v) != TextKind && KindOf(v) != EmptyKind {
				return false
			}
			continue
		}
		if y < 1500 || y > 2200 || len(strings.TrimSpace(v)) != 4 || n > 0 && (y == last || step != 0 && (y > last) != (step > 0)) {
			return false
		}
		if n > 0 {
			step = y - last
		}
		last = y
		n++
	}
	return n > 1
}

// numbered reports whether a line numbers the columns from 0, as pandas does, with
// nothing or a text over the rows' names. Below such a text they may be numbered
// from 1, as months are.
func numbered(row []string) bool {
	first := 0
	if len(row) > 1 && KindOf(row[0]) != NumberKind {
		if row = row[1:]; len(row) > 2 && row[0] == "1" {
			first = 1
		}
	}
	for i, v := range row {
		if v != strconv.Itoa(i+first) {
			return false
		}
	}
	return len(row) > 1
}
