package xlsx

import (
	"errors"
	"io"
	"strconv"
	"strings"

	"herbarium/datasets"
	"herbarium/loaders/decode"
	"herbarium/loaders/header"
	"herbarium/loaders/source"
)

// headerLine is a row of a header.
type headerLine struct {
	row   int
	texts []string // by column
}

// readHeader reads the header: the first row that has a value, unless the dialect says
// otherwise. A sheet without rows has none.
func (r *Reader) readHeader() error {
	for r.first == nil {
		p, err := r.read()
		if errors.Is(err, io.EOF) {
			return r.endHeader(nil, 0, r.row)
		}
		if err != nil {
			return err
		}
		if err := r.readHeaderIn(p); err != nil {
			return err
		}
	}
	return nil
}

// readHeaderIn looks for the header in a part.
func (r *Reader) readHeaderIn(p *part) error {
	if err := p.tooLong(); err != nil {
		return err
	}
	rows, values := r.newRows(p), r.newValues()
	for {
		more, err := rows.next()
		if err != nil || !more {
			return err
		}
		switch {
		case r.headerRow > 0:
			if rows.row >= r.headerRow+r.headerLines() {
				return r.endHeader(p, rows.start, rows.row-1)
			}
		case rows.row <= r.dialect.Skip, r.skips(rows), r.skipTo != nil && !r.skipTo.MatchString(r.line(rows)):
			continue
		default:
			r.headerRow = rows.row
			if r.dialect.Header == datasets.NoHeader {
				r.lines = append(r.lines, headerLine{rows.row, make([]string, rows.cells[len(rows.cells)-1].column)})
				return r.endHeader(p, rows.start, rows.row-1)
			}
		}
		r.lines = append(r.lines, headerLine{rows.row, texts(rows, values)})
		if rows.row == r.headerRow+r.headerLines()-1 {
			return r.endHeader(p, rows.xml.at, rows.row)
		}
	}
}

// headerLines is how many rows the header takes.
func (r *Reader) headerLines() int { return max(1, r.dialect.Header) }

// endHeader makes the names of the lines. What is left of the part, if any, begins
// behind a row.
func (r *Reader) endHeader(p *part, from int, before int) error {
	if r.headerRow == 0 {
		if r.skipTo != nil && before > 0 {
			return source.ErrorAt(1, 1, "no row matches "+strconv.Quote(r.dialect.SkipTo)+", which csv: {skip: …} names")
		}
		return nil
	}
	if r.lacksTexts() {
		merged, err := r.book.mergedCells(r.sheet)
		if err != nil {
			return err
		}
		for i := range r.lines {
			r.lines[i].merge(merged)
		}
	}
	r.header = joined(r.lines)
	r.names = header.Names(r.header)
	if p != nil {
		r.first = p
		p.text, p.before = p.text[from:], before
	}
	return nil
}

// lacksTexts reports whether a cell of the header has no text of its own, as parts of
// merged cells have none.
func (r *Reader) lacksTexts() bool {
	if r.dialect.Header == datasets.NoHeader {
		return false
	}
	width := 0
	for _, l := range r.lines {
		width = max(width, len(l.texts))
	}
	for _, l := range r.lines {
		if len(l.texts) < width {
			return true
		}
		for i, text := range l.texts {
			if text == "" && i > 0 {
				return true
			}
		}
	}
	return false
}

// merge gives the text of merged cells to all of their columns.
func (l *headerLine) merge(merged []area) {
	for _, m := range merged {
		if m.top != l.row || m.left > len(l.texts) || l.texts[m.left-1] == "" {
			continue
		}
		for len(l.texts) < m.right {
			l.texts = append(l.texts, "")
		}
		for column := m.left + 1; column <= m.right; column++ {
			l.texts[column-1] = l.texts[m.left-1]
		}
	}
}

// joined joins the rows of a header: the parts of a name stand below each other.
func joined(lines []headerLine) (names []string) {
	for _, l := range lines {
		for i, text := range l.texts {
			switch {
			case i == len(names):
				names = append(names, text)
			case names[i] == "" || text == "":
				names[i] += text
			default:
				names[i] += " " + text
			}
		}
	}
	return names
}

// Bind finds the column of every field, as header.Bind says. A column that has no
// name in the header needs no field; a value in it is a fault of its row. Bind
// returns what is wrong with the header.
func (r *Reader) Bind(l *decode.Layout) (faults []decode.Fault) {
	if r.headerRow == 0 {
		return []decode.Fault{{Line: 1, Column: 1, Detail: "the sheet is empty; its first row names the columns" + r.otherSheets()}}
	}
	optional := func(i int) bool {
		return i >= len(r.header) || r.header[i] == "" && r.dialect.Header != datasets.NoHeader
	}
	r.namePlaces(l.Dataset)
	r.bindings, faults = header.Bind(l, r.names, optional, func(i int) (line, column int) { return r.headerRow, i + 1 })
	r.dataset, r.bound = l.Dataset, make([]bool, len(r.names))
	for _, b := range r.bindings {
		r.bound[b.Cell] = true
	}
	return faults
}

// namePlaces names the columns behind the header by their places, as far as fields
// read them: a row further on may have values there.
func (r *Reader) namePlaces(ds *datasets.Dataset) {
	for i := range ds.Fields {
		place, ok := strings.CutPrefix(ds.Fields[i].Column, "#")
		n, err := strconv.Atoi(place)
		for ok && err == nil && n <= maxColumn && len(r.names) < n {
			r.names = append(r.names, header.Place(len(r.names)))
		}
	}
}

// otherSheets names the other sheets, where there are some.
func (r *Reader) otherSheets() string {
	others := r.book.others(r.sheet)
	if others == "" {
		return ""
	}
	return "; the workbook has other sheets: " + others
}

// unnamed reports whether a column, from 0, has no name in the header.
func (r *Reader) unnamed(i int) bool { return i >= len(r.header) || r.header[i] == "" }
