package csv

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"herbarium/datasets"
	"herbarium/loaders/decode"
	"herbarium/schemas"
)

// Bind finds the column of every field in the header. Columns may come in any
// order, but none may be missing and a field must read each: a column that does
// not fit is more often misspelled than meant. Bind returns what is wrong with
// the header.
func (r *Reader) Bind(ds *datasets.Dataset) (faults []decode.Fault) {
	if r.header == nil {
		return []decode.Fault{{Line: 1, Column: 1, Detail: "the file is empty; its first line names the columns: " + columnNames(ds)}}
	}
	names, faults := headerNames(r.header)
	var bindings []binding
	var missing, unread []string
	for f := range ds.Fields {
		column := ds.Fields[f].Column
		if at := slices.Index(names, column); at >= 0 {
			bindings = append(bindings, binding{at, f})
		} else {
			missing = append(missing, column)
		}
	}
	for i, name := range names {
		if name != "" && !slices.ContainsFunc(bindings, func(b binding) bool { return b.cell == i }) {
			unread = append(unread, name)
			c := &r.header[i]
			faults = append(faults, decode.Fault{Line: c.Line, Column: c.Column, Detail: fmt.Sprintf("no field reads the column %s%s", decode.Quote(name), schemas.DidYouMean(name, missing))})
		}
	}
	for f := range ds.Fields {
		if field := &ds.Fields[f]; slices.Contains(missing, field.Column) {
			c := &r.header[0]
			faults = append(faults, decode.Fault{Line: c.Line, Column: c.Column, Field: field.Name, Detail: fmt.Sprintf("there is no column %s%s", decode.Quote(field.Column), schemas.DidYouMean(field.Column, unread))})
		}
	}
	// Faults of a row come in the order of its values.
	slices.SortStableFunc(bindings, func(a, b binding) int { return a.cell - b.cell })
	r.bindings = bindings
	return faults
}

// headerNames returns the columns' names; an invalid or repeated name becomes a
// fault and "". A column without a name is named by its place, as #1: pandas and
// R give the column of row numbers no name.
func headerNames(header []decode.Value) (names []string, faults []decode.Fault) {
	names = make([]string, len(header))
	for i := range header {
		c := &header[i]
		name, detail := string(c.Text), ""
		if name == "" {
			name = "#" + strconv.Itoa(i+1)
		}
		switch {
		case c.Fault != "":
			detail = c.Fault
		case !utf8.ValidString(name):
			detail = "the column's name is not valid UTF-8"
		case slices.Contains(names, name):
			detail = "the column " + decode.Quote(name) + " stands here a second time"
		default:
			names[i] = name
			continue
		}
		faults = append(faults, decode.Fault{Line: c.Line, Column: c.Column, Detail: detail})
	}
	return names, faults
}

// columnNames lists the columns that the dataset reads.
func columnNames(ds *datasets.Dataset) string {
	names := make([]string, len(ds.Fields))
	for i := range ds.Fields {
		names[i] = ds.Fields[i].Column
	}
	return strings.Join(names, ",")
}
