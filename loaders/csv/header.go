package csv

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"herbarium/datasets"
	"herbarium/loaders/decode"
)

// Bind finds the column of every field in the header. Columns may come in any
// order, but none may be missing and a field must read each, unless the descriptor
// says otherwise: a column that does not fit is more often misspelled than meant.
// Fields that the layout gives values to need no column. Bind returns what is
// wrong with the header.
func (r *Reader) Bind(l *decode.Layout) (faults []decode.Fault) {
	ds := l.Dataset
	if r.header == nil {
		return []decode.Fault{{Line: 1, Column: 1, Detail: "the file is empty; its first line names the columns: " + columnNames(ds)}}
	}
	names, faults := r.names()
	var missing []int
	for f := range ds.Fields {
		if at := columnAt(names, ds.Fields[f].Column); at >= 0 {
			r.bindings = append(r.bindings, binding{at, f})
			delete(l.Constants, f)
		} else if !l.Given(f) {
			missing = append(missing, f)
		}
	}
	var unread []string
	for i, name := range names {
		if name != "" && !ds.Ignores(name) && !slices.ContainsFunc(r.bindings, func(b binding) bool { return b.cell == i }) {
			unread = append(unread, name)
			c := &r.header[i]
			if ds.Extra != "ignore" {
				faults = append(faults, decode.Fault{Line: c.Line, Column: c.Column, Detail: decode.UnreadColumn(ds, name, missing)})
			}
		}
	}
	if ds.NullColumns && len(missing) < len(ds.Fields) {
		l.Lacking(missing)
		missing = nil
	}
	for _, f := range missing {
		c := &r.header[0]
		faults = append(faults, decode.Fault{Line: c.Line, Column: c.Column, Field: ds.Fields[f].Name, Detail: decode.MissingColumn(ds, f, unread)})
	}
	// Faults of a row come in the order of its values.
	slices.SortStableFunc(r.bindings, func(a, b binding) int { return a.cell - b.cell })
	r.cells = slices.Repeat([]int{-1}, len(ds.Fields))
	for _, b := range r.bindings {
		r.cells[b.column] = b.cell
	}
	return faults
}

// columnAt returns where a column is: by its name, or by its place, as #3; -1
// where it is not there.
func columnAt(names []string, column string) int {
	if at := slices.Index(names, column); at >= 0 {
		return at
	}
	if place, ok := strings.CutPrefix(column, "#"); ok {
		if n, err := strconv.Atoi(place); err == nil && n >= 1 && n <= len(names) {
			return n - 1
		}
	}
	return -1
}

// names returns the columns' names; an invalid name becomes a fault and "". A
// column without a name is named by its place, as #1: pandas and R give the column
// of row numbers no name. The second column of a name is called NAME#2.
func (r *Reader) names() (names []string, faults []decode.Fault) {
	names = make([]string, len(r.header))
	count := map[string]int{}
	for i := range r.header {
		count[string(r.header[i].Text)]++
	}
	seen := map[string]int{}
	for i := range r.header {
		c := &r.header[i]
		name := string(c.Text)
		if name == "" {
			name = "#" + strconv.Itoa(i+1)
			seen[name] += count[name] // a name that looks like a place
		}
		if seen[name]++; seen[name] > 1 {
			base, n := name, seen[name]
			for name = base + "#" + strconv.Itoa(n); count[name] > 0; n++ {
				name = base + "#" + strconv.Itoa(n+1)
			}
		}
		if detail := r.nameFault(c, name); detail != "" {
			faults = append(faults, decode.Fault{Line: c.Line, Column: c.Column, Detail: detail})
			continue
		}
		names[i] = name
	}
	return names, faults
}

// nameFault says what is wrong with a column's name.
func (r *Reader) nameFault(c *decode.Value, name string) string {
	switch {
	case c.Fault != "":
		return c.Fault
	case !utf8.ValidString(name):
		return fmt.Sprintf("the column's name %s is not valid UTF-8; csv: {encoding: windows-1252}, or another encoding, says how the file is written", decode.Quote(name))
	case r.decoded && strings.ContainsRune(name, utf8.RuneError):
		return "the column's name " + decode.Quote(name) + " has bytes that are not " + r.encoding
	}
	return ""
}

// columnNames lists the columns that the dataset reads.
func columnNames(ds *datasets.Dataset) string {
	names := make([]string, len(ds.Fields))
	for i := range ds.Fields {
		names[i] = ds.Fields[i].Column
	}
	return strings.Join(names, ",")
}
