package loaders

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"herbarium/datasets"
	"herbarium/schemas"
)

// binding says which value of a record a field reads.
type binding struct{ cell, field int }

// bind finds the column of every field in the header that the scanner stands
// on. Columns come in any order, but all of them: one that is missing, or that
// no field reads, is more often misspelled than meant. Where the header is
// wrong, it adds what is and returns nil.
func bind(s *csvScanner, rows *rows) []binding {
	before := rows.faults.total
	names := headerNames(s, rows)
	var bindings []binding
	var missing, unread []string
	for f := range rows.ds.Fields {
		column := rows.ds.Fields[f].Column
		if at := slices.Index(names, column); at >= 0 {
			bindings = append(bindings, binding{at, f})
		} else {
			missing = append(missing, column)
		}
	}
	for i, name := range names {
		if name != "" && !slices.ContainsFunc(bindings, func(b binding) bool { return b.cell == i }) {
			unread = append(unread, name)
			c := &s.cells[i]
			rows.fault(c.line, c.column, "", fmt.Sprintf("no field reads the column %s%s", quote(name), schemas.DidYouMean(name, missing)))
		}
	}
	for f := range rows.ds.Fields {
		if field := &rows.ds.Fields[f]; slices.Contains(missing, field.Column) {
			c := &s.cells[0]
			rows.fault(c.line, c.column, field.Name, fmt.Sprintf("there is no column %s%s", quote(field.Column), schemas.DidYouMean(field.Column, unread)))
		}
	}
	if rows.faults.total > before {
		return nil
	}
	// Faults of a row come in the order of its values.
	slices.SortStableFunc(bindings, func(a, b binding) int { return a.cell - b.cell })
	return bindings
}

// headerNames returns the columns' names; a name that is wrong, or stands a
// second time, becomes a fault and "".
func headerNames(s *csvScanner, rows *rows) []string {
	names := make([]string, len(s.cells))
	for i := range s.cells {
		c := &s.cells[i]
		name := string(s.value(c))
		switch {
		case c.fault != "":
			rows.fault(c.line, c.column, "", c.fault)
		case name == "":
			rows.fault(c.line, c.column, "", "the column has no name")
		case !utf8.ValidString(name):
			rows.fault(c.line, c.column, "", "the column's name is not valid UTF-8")
		case slices.Contains(names, name):
			rows.fault(c.line, c.column, "", "the column "+quote(name)+" stands here a second time")
		default:
			names[i] = name
		}
	}
	return names
}

// columnNames lists the columns that the dataset reads.
func columnNames(ds *datasets.Dataset) string {
	names := make([]string, len(ds.Fields))
	for i := range ds.Fields {
		names[i] = ds.Fields[i].Column
	}
	return strings.Join(names, ",")
}

// quote shows a value in a message, shortened.
func quote(text string) string {
	const most = 40
	if utf8.RuneCountInString(text) > most {
		text = string([]rune(text)[:most]) + "…"
	}
	return strconv.Quote(text)
}
