package loaders

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"herbarium/datasets"
	"herbarium/schemas"
)

// bindHeader finds the column of every field in the header. Columns come in
// any order, but all of them: one that is missing, or that no field reads, is
// more often misspelled than meant. Where the header is wrong, it returns
// what is.
func bindHeader(ds *datasets.Dataset, r *csvReader) (bindings []binding, faults []Fault) {
	if r.header == nil {
		return nil, []Fault{{Line: 1, Column: 1, Detail: "the file is empty; its first line names the columns: " + columnNames(ds)}}
	}
	names, faults := headerNames(r.header)
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
			faults = append(faults, Fault{Line: c.line, Column: c.column, Detail: fmt.Sprintf("no field reads the column %s%s", quote(name), schemas.DidYouMean(name, missing))})
		}
	}
	for f := range ds.Fields {
		if field := &ds.Fields[f]; slices.Contains(missing, field.Column) {
			c := &r.header[0]
			faults = append(faults, Fault{Line: c.line, Column: c.column, Field: field.Name, Detail: fmt.Sprintf("there is no column %s%s", quote(field.Column), schemas.DidYouMean(field.Column, unread))})
		}
	}
	// Faults of a row come in the order of its values.
	slices.SortStableFunc(bindings, func(a, b binding) int { return a.cell - b.cell })
	return bindings, faults
}

// headerNames returns the columns' names; a name that is wrong, or stands a
// second time, becomes a fault and "". A column without a name goes by its
// place, as in #1: pandas and R name none above the numbers of rows.
func headerNames(header []value) (names []string, faults []Fault) {
	names = make([]string, len(header))
	for i := range header {
		c := &header[i]
		name, detail := string(c.text), ""
		if name == "" {
			name = "#" + strconv.Itoa(i+1)
		}
		switch {
		case c.fault != "":
			detail = c.fault
		case !utf8.ValidString(name):
			detail = "the column's name is not valid UTF-8"
		case slices.Contains(names, name):
			detail = "the column " + quote(name) + " stands here a second time"
		default:
			names[i] = name
			continue
		}
		faults = append(faults, Fault{Line: c.line, Column: c.column, Detail: detail})
	}
	return names, faults
}

// delimiters are what may stand between the values of a row, the likeliest
// first.
const delimiters = ",\t;|"

// guessDelimiter returns what stands between the names of the header: what
// takes it apart into the most columns that are known, or into the most
// columns where that says nothing.
func guessDelimiter(head []byte, known func(name string) bool) byte {
	best, most := delimiters[0], 0
	line := head
	for len(line) > 0 && (line[0] == '\n' || line[0] == '\r') {
		line = line[1:]
	}
	for i := range len(delimiters) {
		s := &csvScanner{delimiter: delimiters[i]}
		s.reset(line, 1, false, len(line))
		if more, err := s.next(); err != nil || !more {
			continue
		}
		score := 0
		for _, c := range s.cells {
			if known(string(bytes.TrimSpace(c.text))) {
				score++
			}
		}
		if score = score<<16 + min(len(s.cells)-1, 1<<16-1); score > most {
			best, most = delimiters[i], score
		}
	}
	return best
}

// columnNames lists the columns that the dataset reads.
func columnNames(ds *datasets.Dataset) string {
	names := make([]string, len(ds.Fields))
	for i := range ds.Fields {
		names[i] = ds.Fields[i].Column
	}
	return strings.Join(names, ",")
}

// quote shows a value in a message, shortened. What a terminal would act on, and
// bytes that are no text, are escaped as in Go.
func quote(text string) string {
	return strconv.Quote(schemas.Clip(text))
}
