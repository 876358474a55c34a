package frictionless

import (
	"strconv"
	"unicode"
	"unicode/utf8"

	"herbarium/datasets"
	"herbarium/schemas"
)

// Dialect is how a CSV is written. What the package leaves open is not in it.
type Dialect struct {
	CSV datasets.CSV
	// HeaderGiven says that the package says whether there is a header, and which
	// lines it takes.
	HeaderGiven bool
	// Null is a text that stands for no value; "" for none.
	Null string
	// Sheet is the sheet of a workbook, by its name or its place from 1; "" where the
	// package does not say.
	Sheet string
}

// dialect reads the key dialect: that of version 1 (CSV Dialect), that of version 2
// (Table Dialect), and what frictionless-py writes, where the keys of CSV are within
// a key csv.
func (r *resourceReader) dialect(v value) {
	if !v.is(schemas.Object) {
		return
	}
	inner := v.get("csv")
	r.expect(inner, schemas.Object)
	key := func(name string) value {
		if found := inner.get(name); found.node != nil {
			return found
		}
		return v.get(name)
	}
	c := &r.out.CSV
	c.Delimiter = r.delimiter(key("delimiter"))
	quote := key("quoteChar")
	if c.Quote = r.character(quote); c.Quote == `"` {
		c.Quote = ""
	}
	c.NoQuote = quote.is(schemas.String) && quote.node.Text == ""
	if c.Escape = r.character(key("escapeChar")); c.Escape == `"` || c.Escape == c.Quote {
		c.Escape = ""
	}
	c.Comment = r.character(key("commentChar"))
	r.out.Null = r.text(key("nullSequence"))
	if double := key("doubleQuote"); !r.truth(double, true) && c.Escape == "" {
		r.note("The package says doubleQuote: false and no escapeChar; two quotes within quotes are read as one here.")
	}
	if r.truth(key("skipInitialSpace"), false) {
		r.note("The package says skipInitialSpace; numbers, dates and booleans are read without spaces around them, but texts keep them.")
	}
	if property := r.text(key("property")); property != "" {
		r.out.Rows = schemas.Key("", property)
	}
	r.sheet(v)
	r.header(key)
	if r.out.CSV.Comment != "" && r.out.CSV.Comment == r.out.CSV.Delimiter {
		r.fault(key("commentChar").pointer, "the delimiter cannot begin comments too")
	}
}

// sheet reads which sheet of a workbook has the rows: sheetName or sheetNumber in
// version 2, sheet in what frictionless-py writes, by itself or within a key excel.
func (r *resourceReader) sheet(v value) {
	excel := v.get("excel")
	r.expect(excel, schemas.Object)
	for _, one := range []value{v.get("sheetName"), v.get("sheetNumber"), v.get("sheet"), excel.get("sheet")} {
		switch {
		case one.node == nil:
		case one.is(schemas.String), one.is(schemas.Number):
			r.out.Sheet = one.node.Text
			return
		default:
			r.fault(one.pointer, "the name of a sheet belongs here, or its place from 1, not %s", one.node.Kind)
			return
		}
	}
}

// header reads which lines are the header, and which are comments before it.
func (r *resourceReader) header(key func(string) value) {
	c := &r.out.CSV
	header, rows, comments := key("header"), key("headerRows"), key("commentRows")
	r.out.HeaderGiven = header.node != nil || rows.node != nil
	if !r.truth(header, true) {
		c.Header = datasets.NoHeader
	}
	skipped := r.lines(comments)
	before := leading(skipped)
	if len(skipped) > before {
		r.note("The package says commentRows: line %d and others amid the rows cannot be left out by their number; csv: {comment: …} skips lines by their first character.", skipped[before])
	}
	c.Skip = before
	lines := r.lines(rows)
	switch {
	case rows.is(schemas.Array) && len(lines) == 0:
		c.Header = datasets.NoHeader
	case c.Header == datasets.NoHeader || len(lines) == 0:
	case lines[len(lines)-1]-lines[0] != len(lines)-1:
		r.fault(rows.pointer, "the lines of a header follow each other")
	default:
		c.Skip = lines[0] - 1
		if len(lines) > 1 {
			c.Header = len(lines)
		}
	}
}

// leading returns how many of the first lines are in the list.
func leading(lines []int) int {
	n := 0
	for n < len(lines) && lines[n] == n+1 {
		n++
	}
	return n
}

// lines reads a list of line numbers, which ascend.
func (r *resourceReader) lines(v value) (all []int) {
	r.expect(v, schemas.Array)
	for _, item := range v.items() {
		n := 0
		if item.is(schemas.Number) {
			n, _ = strconv.Atoi(item.node.Text)
		}
		if n < 1 || n > 1000 || len(all) > 0 && n <= all[len(all)-1] {
			r.fault(item.pointer, "the number of a line belongs here, from 1 to 1000 and greater than the one before")
			return all
		}
		all = append(all, n)
	}
	return all
}

func (r *resourceReader) delimiter(v value) string {
	if v.is(schemas.String) && v.node.Text == `\t` {
		return "\t"
	}
	return r.character(v)
}

// character reads one character; "" where there is none.
func (r *resourceReader) character(v value) string {
	text := r.text(v)
	one, size := utf8.DecodeRuneInString(text)
	if size != len(text) || text != "" && (one == '\r' || one == '\n' || one == 0 || unicode.IsLetter(one) || unicode.IsDigit(one)) {
		r.fault(v.pointer, "one character belongs here that is no letter, digit or line end, not %s", schemas.Quote(text))
		return ""
	}
	return text
}
