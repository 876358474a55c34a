package infer

import (
	"slices"
	"strings"

	"herbarium/datasets"
)

// Where keys of two columns are looked for.
const (
	maxKeyRows    = 1 << 16
	maxKeyColumns = 12
)

// keys finds unique column combinations of one field or two: it returns the
// fields in which no two rows have the same value, or else the first two that
// identify a row together, as place and day do.
func (t *Table) keys(fields []*field) (single []*field, pair []*field) {
	if !t.Whole || t.rows < 2 {
		return nil, nil
	}
	var parts []*field
	for _, f := range fields {
		if f.decision.absent > 0 || f.Type == datasets.Number || f.Type == datasets.Boolean || f.decision.column.mixed {
			continue
		}
		n, exact := f.decision.column.values(f.decision.chosen)
		switch {
		case exact && int64(n) == t.rows:
			// Counts and sums differ by chance; numbers that name a row say so.
			if f.Type != datasets.Integer || f.decision.column == t.columns[0] || namesRows(f.Name) {
				single = append(single, f)
			}
		case exact && n > 1 && len(parts) < maxKeyColumns && f.decision.plain():
			parts = append(parts, f)
		}
	}
	if len(single) > 0 || t.rows > maxKeyRows {
		return single, nil
	}
	for i, a := range parts {
		for _, b := range parts[i+1:] {
			if t.identify(a.decision.column, b.decision.column) {
				return nil, []*field{a, b}
			}
		}
	}
	return nil, nil
}

// plain reports whether texts of the column that differ are values that differ.
func (v *decision) plain() bool {
	n, _ := v.column.values(v.chosen)
	texts, _ := v.column.distinct()
	return n == texts
}

// namesRows reports whether a column's name says that it identifies rows.
func namesRows(name string) bool {
	name = strings.ToLower(name)
	return slices.ContainsFunc([]string{"id", "key", "code", "no", "nr", "num", "number", "index", "uuid", "rank"}, func(word string) bool {
		rest, ok := strings.CutSuffix(name, word)
		return ok && (rest == "" || strings.HasSuffix(rest, "_") || strings.HasSuffix(rest, ".") || word == "id")
	})
}

// identify reports whether no two rows share the values of both columns, and
// most of the pairs that could be are there: few rows differ in any two
// columns by chance.
func (t *Table) identify(a, b *Column) bool {
	pairs := int64(len(a.hashes)) * int64(len(b.hashes))
	if pairs < t.rows || pairs > 4*t.rows || len(a.order) != int(t.rows) || len(b.order) != int(t.rows) {
		return false
	}
	seen := make(map[[2]uint64]struct{}, t.rows)
	for i := range a.order {
		both := [2]uint64{a.order[i], b.order[i]}
		if _, ok := seen[both]; ok {
			return false
		}
		seen[both] = struct{}{}
	}
	return true
}
