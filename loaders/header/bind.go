package header

import (
	"slices"

	"herbarium/loaders/decode"
)

// Binding says which value of a row a field has.
type Binding struct{ Cell, Field int }

// Bind finds the column of every field among the columns of a header. Columns may
// come in any order, but none may be missing and a field must read each, unless the
// descriptor says otherwise: a column that does not fit is more often misspelled
// than meant. Fields that the layout gives values to need no column, and optional
// columns no field. A column whose name is "" is wrong, and fits no field. at says
// where a column stands. The faults say what is wrong with the header.
func Bind(l *decode.Layout, names []string, optional func(i int) bool, at func(i int) (line, column int)) (bindings []Binding, faults []decode.Fault) {
	ds := l.Dataset
	var missing []int
	for f := range ds.Fields {
		if at := columnAt(names, ds.Fields[f].Column); at >= 0 {
			bindings = append(bindings, Binding{at, f})
			delete(l.Constants, f)
		} else if !l.Given(f) {
			missing = append(missing, f)
		}
	}
	var unread []string
	for i, name := range names {
		if name != "" && !optional(i) && !ds.Ignores(name) && !slices.ContainsFunc(bindings, func(b Binding) bool { return b.Cell == i }) {
			unread = append(unread, name)
			if ds.Extra != "ignore" {
				line, column := at(i)
				faults = append(faults, decode.Fault{Line: line, Column: column, Detail: decode.UnreadColumn(ds, name, missing)})
			}
		}
	}
	if ds.NullColumns && len(missing) < len(ds.Fields) {
		l.Lacking(missing)
		missing = nil
	}
	for _, f := range missing {
		line, column := at(0)
		faults = append(faults, decode.Fault{Line: line, Column: column, Field: ds.Fields[f].Name, Detail: decode.MissingColumn(ds, f, unread)})
	}
	// Faults of a row come in the order of its values.
	slices.SortStableFunc(bindings, func(a, b Binding) int { return a.Cell - b.Cell })
	return bindings, faults
}
