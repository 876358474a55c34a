package csv

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"herbarium/datasets"
	"herbarium/loaders/decode"
	"herbarium/loaders/header"
)

// Bind finds the column of every field in the header, as header.Bind says. It
// returns what is wrong with the header.
func (r *Reader) Bind(l *decode.Layout) (faults []decode.Fault) {
	if r.header == nil {
		return []decode.Fault{{Line: 1, Column: 1, Detail: "the file is empty; its first line names the columns: " + columnNames(l.Dataset)}}
	}
	names, faults := r.names()
	bindings, wrong := header.Bind(l, names, func(int) bool { return false }, func(i int) (line, column int) { return r.header[i].Line, r.header[i].Column })
	r.bindings = bindings
	r.cells = slices.Repeat([]int{-1}, len(l.Dataset.Fields))
	for _, b := range bindings {
		r.cells[b.Field] = b.Cell
	}
	return append(faults, wrong...)
}

// names returns the columns' names; an invalid name becomes a fault and "".
func (r *Reader) names() (names []string, faults []decode.Fault) {
	texts := make([]string, len(r.header))
	for i := range r.header {
		texts[i] = string(r.header[i].Text)
	}
	names = header.Names(texts)
	for i, name := range names {
		c := &r.header[i]
		if detail := r.nameFault(c, name); detail != "" {
			faults = append(faults, decode.Fault{Line: c.Line, Column: c.Column, Detail: detail})
			names[i] = ""
		}
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
