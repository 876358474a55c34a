package arrow

import (
	"fmt"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"herbarium/loaders/decode"
)

// Bind finds the column of every field, by its exact name, as a path into structs
// and lists, or by its place, as #3. A field must read each column, as in a CSV.
// Bind returns what is wrong with the columns.
func (r *Reader) Bind(l *decode.Layout) (faults []decode.Fault) {
	ds := l.Dataset
	names := make([]string, r.Schema.NumFields())
	for i := range names {
		names[i] = r.Schema.Field(i).Name
	}
	used := make([]bool, len(names))
	var missing []int
	for f := range ds.Fields {
		at := findColumn(r.Schema.Fields(), ds.Fields[f].Column)
		r.fields = append(r.fields, at)
		switch why, unreadable := r.Unreadable[at.column]; {
		case unreadable:
			faults = append(faults, decode.Fault{Field: ds.Fields[f].Name, Detail: fmt.Sprintf("the column %s cannot be read: it is %s; leave the field out", decode.Quote(names[at.column]), why)})
			used[at.column] = true
		case at.column >= 0:
			used[at.column] = true
			delete(l.Constants, f)
		case !l.Given(f):
			missing = append(missing, f)
		}
	}
	var unread []string
	r.skipped = make([]bool, len(names))
	for i, name := range names {
		switch {
		case used[i]:
		case ds.Ignores(name):
			r.skipped[i] = true
		case slices.Index(names, name) != i:
			faults = append(faults, decode.Fault{Detail: fmt.Sprintf("there are two columns %s; ignore: names one to leave out, or column: \"#%d\" this one", decode.Quote(name), i+1)})
		case r.Unreadable[i] != "":
		case !strings.HasPrefix(name, pandasIndex) && hasValues(r.Schema.Field(i).Type):
			unread = append(unread, name)
			if ds.Extra != "ignore" {
				faults = append(faults, decode.Fault{Detail: decode.UnreadColumn(ds, name, missing)})
			}
		}
	}
	if ds.NullColumns && len(missing) < len(ds.Fields) {
		l.Lacking(missing)
		missing = nil
	}
	for _, f := range missing {
		faults = append(faults, decode.Fault{Field: ds.Fields[f].Name, Detail: decode.MissingColumn(ds, f, unread)})
	}
	return faults
}

// pandasIndex is the prefix of the columns that pandas adds for its index.
const pandasIndex = "__index_level_"

// hasValues reports whether a type has values that a field can read. Elements of
// lists are read by their places only, and no field reads bytes.
func hasValues(t arrow.DataType) bool {
	switch t := t.(type) {
	case *arrow.StructType:
		return slices.ContainsFunc(t.Fields(), func(f arrow.Field) bool { return hasValues(f.Type) })
	case *arrow.DictionaryType:
		return hasValues(t.ValueType)
	}
	switch t.ID() {
	case arrow.BOOL, arrow.DATE32, arrow.DATE64, arrow.TIMESTAMP:
		return true
	}
	return isText(t) || arrow.IsInteger(t.ID()) || arrow.IsFloating(t.ID()) || arrow.IsDecimal(t.ID())
}

func isText(t arrow.DataType) bool {
	switch t.ID() {
	case arrow.STRING, arrow.LARGE_STRING, arrow.STRING_VIEW:
		return true
	}
	return false
}
