package infer

import (
	"hash/maphash"
	"slices"
	"strings"
)

// Table is what was seen of a source's rows.
type Table struct {
	// Whole says that every row was seen.
	Whole bool
	// Semicolons says that the values stand between semicolons, as where numbers
	// are written with decimal commas.
	Semicolons bool
	// DottedNames says that names within objects may have dots.
	DottedNames bool
	// NoEnums says that no field is to have an enum.
	NoEnums bool

	columns []*Column
	// declared is what a description says of columns; nil if there is none.
	declared map[*Column]*Declared
	byPlace  bool // the declarations name columns, and the source does not
	byPath   map[string]*Column
	rows     int64
	seed     maphash.Seed
}

// NewTable returns a table of which nothing was seen.
func NewTable() *Table {
	return &Table{byPath: map[string]*Column{}, seed: maphash.MakeSeed()}
}

// Column returns the column that the names lead to, a new one where there was
// none.
func (t *Table) Column(path ...string) *Column {
	id := pathID(path)
	c := t.byPath[id]
	if c == nil {
		c = &Column{Path: slices.Clone(path), table: t, texts: map[string]int64{}, hashes: map[uint64]struct{}{}}
		t.byPath[id] = c
		t.columns = append(t.columns, c)
	}
	return c
}

// Within returns the names of the columns that are within what the names lead to.
func (t *Table) Within(path []string) (names []string) {
	for _, c := range t.columns {
		if len(c.Path) > len(path) && slices.Equal(c.Path[:len(path)], path) {
			names = append(names, c.source())
		}
	}
	return names
}

// KeepWithin says that fields are made of what is within the column's lists, or of
// what is within its objects, and not of both.
func (t *Table) KeepWithin(outer *Column, lists bool) {
	at := len(outer.Path)
	for _, c := range t.columns {
		if len(c.Path) > at && slices.Equal(c.Path[:at], outer.Path) && allDigits([]byte(c.Path[at])) != lists {
			c.passed = true
		}
	}
}

// Arrange puts the columns of the names first, in their order.
func (t *Table) Arrange(names []string) {
	place := make(map[*Column]int, len(names))
	for i, name := range names {
		if c := t.byPath[name]; c != nil {
			place[c] = i - len(names)
		}
	}
	slices.SortStableFunc(t.columns, func(a, b *Column) int { return place[a] - place[b] })
}

// Width returns how many columns there are.
func (t *Table) Width() int { return len(t.columns) }

// EndRow counts a row; a column that was given no value since the one before
// has none in it.
func (t *Table) EndRow() { t.rows++ }

// Rows returns how many rows were seen.
func (t *Table) Rows() int64 { return t.rows }

// Most values that are told apart, in all columns and in one.
const (
	maxValues      = 1 << 23
	maxInOneColumn = 1 << 20
)

// maxDistinct is how many values of a column are told apart.
func (t *Table) maxDistinct() int {
	return min(maxInOneColumn, max(maxTexts, maxValues/len(t.columns)))
}

func pathID(path []string) string { return strings.Join(path, "\x00") }
