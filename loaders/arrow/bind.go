package arrow

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"herbarium/datasets"
	"herbarium/loaders/decode"
	"herbarium/schemas"
)

// position says where the values of a field are.
type position struct {
	column int      // of the schema
	path   []string // into the column's structs and lists
}

// Bind finds the column of every field, by its exact name or as a path into
// structs and lists. A field must read each column, as in a CSV. Bind returns what
// is wrong with the columns.
func (r *Reader) Bind(ds *datasets.Dataset) (faults []decode.Fault) {
	names := make([]string, r.Schema.NumFields())
	for i := range names {
		names[i] = r.Schema.Field(i).Name
	}
	used := make([]bool, len(names))
	var missing []int
	for f := range ds.Fields {
		at := findColumn(names, ds.Fields[f].Column)
		if at.column >= 0 && !leads(r.Schema.Field(at.column).Type, at.path) {
			at.column = -1
		}
		r.fields = append(r.fields, at)
		if at.column < 0 {
			missing = append(missing, f)
			continue
		}
		used[at.column] = true
	}
	var unread, lacked []string
	for _, f := range missing {
		lacked = append(lacked, ds.Fields[f].Column)
	}
	for i, name := range names {
		switch {
		case slices.Index(names, name) != i:
			faults = append(faults, decode.Fault{Detail: "there are two columns " + decode.Quote(name)})
		case !used[i] && !strings.HasPrefix(name, pandasIndex) && hasValues(r.Schema.Field(i).Type):
			unread = append(unread, name)
			faults = append(faults, decode.Fault{Detail: fmt.Sprintf("no field reads the column %s%s", decode.Quote(name), schemas.DidYouMean(name, lacked))})
		}
	}
	for _, f := range missing {
		field := &ds.Fields[f]
		faults = append(faults, decode.Fault{Field: field.Name, Detail: fmt.Sprintf("there is no column %s%s", decode.Quote(field.Column), schemas.DidYouMean(field.Column, unread))})
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

// findColumn returns where a column is; -1 where it is not there.
func findColumn(names []string, column string) position {
	if i := slices.Index(names, column); i >= 0 {
		return position{column: i}
	}
	first, rest, _ := strings.Cut(column, ".")
	if i := slices.Index(names, first); i >= 0 && rest != "" {
		return position{column: i, path: strings.Split(rest, ".")}
	}
	return position{column: -1}
}

// leads reports whether a path leads to values of a type.
func leads(t arrow.DataType, path []string) bool {
	for _, name := range path {
		switch in := t.(type) {
		case *arrow.StructType:
			i, ok := in.FieldIdx(name)
			if !ok {
				return false
			}
			t = in.Field(i).Type
		case arrow.ListLikeType:
			if _, err := strconv.Atoi(name); err != nil {
				return false
			}
			t = in.Elem()
		default:
			return false
		}
	}
	return true
}

func isText(t arrow.DataType) bool {
	switch t.ID() {
	case arrow.STRING, arrow.LARGE_STRING, arrow.STRING_VIEW:
		return true
	}
	return false
}
