package xlsx

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"unicode/utf8"

	"herbarium/loaders/decode"
	"herbarium/loaders/source"
)

// cellType is the attribute t of a cell.
type cellType uint8

const (
	numberCell  cellType = iota
	stringCell           // a text, or a number that stands for a shared one
	formulaCell          // the text that a formula gave
	booleanCell
	errorCell
	isoCell // a date or a time, as ISO 8601 writes it
)

// cell is a cell of the row at hand.
type cell struct {
	column   int // from 1
	kind     cellType
	style    int
	formula  bool
	from, to int    // where its text is in rows.text
	shared   []byte // its text, where it is a shared one
	fault    string // what is wrong with it
}

// rows reads rows of a sheet from a piece of its XML.
type rows struct {
	strings *sharedStrings
	xml     markup
	// row is the number of the row at hand, cells those of its cells that have a
	// value, in the order of their columns, and start where it begins in the XML.
	row   int
	cells []cell
	text  []byte
	start int
}

// next reads the next row that has a value. It returns false at the end. A
// *source.SyntaxError says from where on the XML is no sheet's.
func (r *rows) next() (bool, error) {
	for {
		r.start = r.xml.at
		if err := r.xml.next(); errors.Is(err, io.EOF) {
			return false, nil
		} else if err != nil {
			return false, r.wrong(err)
		}
		if r.xml.kind != startToken || string(r.xml.name) != "row" {
			continue
		}
		if err := r.begin(); err != nil {
			return false, err
		}
		if err := r.readCells(); err != nil {
			return false, r.wrong(err)
		}
		if len(r.cells) > 0 {
			return true, nil
		}
	}
}

// wrong says that the XML cannot be read on.
func (r *rows) wrong(err error) error {
	return source.ErrorAt(max(r.row, 1), 1, "the sheet's XML is damaged: "+err.Error())
}

// begin begins a row.
func (r *rows) begin() error {
	before := r.row
	r.row++
	for {
		name, value, ok, err := r.xml.attribute()
		if err != nil {
			return r.wrong(err)
		}
		if !ok {
			break
		}
		if string(name) != "r" {
			continue
		}
		n, err := strconv.Atoi(string(value))
		if err != nil || n <= before {
			return source.ErrorAt(max(before, 1), 1, fmt.Sprintf("the sheet's XML is damaged: row %q stands behind row %d", value, before))
		}
		r.row = n
	}
	if r.row > maxRow {
		return source.ErrorAt(maxRow, 1, fmt.Sprintf("the sheet has more than %d rows", maxRow))
	}
	return nil
}

// readCells reads the cells of a row that was begun.
func (r *rows) readCells() error {
	r.cells, r.text = r.cells[:0], r.text[:0]
	column, sorted := 0, true
	for {
		if err := r.xml.next(); err != nil {
			return cutOff(err)
		}
		switch {
		case r.xml.kind == startToken && string(r.xml.name) == "c":
			c, present, err := r.readCell(column + 1)
			if err != nil {
				return err
			}
			sorted = sorted && c.column > column
			if column = c.column; present {
				r.cells = append(r.cells, c)
			}
		case r.xml.kind == startToken && string(r.xml.name) == "row":
			return errors.New("a row begins within a row")
		case r.xml.kind == endToken && string(r.xml.name) == "row":
			if !sorted {
				return r.sort()
			}
			return nil
		}
	}
}

// sort sorts the cells by column; no column has two.
func (r *rows) sort() error {
	slices.SortFunc(r.cells, func(a, b cell) int { return a.column - b.column })
	for i := 1; i < len(r.cells); i++ {
		if r.cells[i].column == r.cells[i-1].column {
			return fmt.Errorf("the cell %s%d stands there twice", letters(r.cells[i].column), r.row)
		}
	}
	return nil
}

// readCell reads a cell that was begun, which is in the column unless it says
// another; present says that it has a value.
func (r *rows) readCell(column int) (c cell, present bool, err error) {
	c.column, c.from = column, len(r.text)
	var kind []byte
	for {
		name, value, ok, err := r.xml.attribute()
		if err != nil {
			return c, false, err
		}
		if !ok {
			break
		}
		switch string(name) {
		case "r":
			row, at, ok := cellOf(value)
			if !ok || row != r.row {
				return c, false, fmt.Errorf("row %d has a cell %q", r.row, value)
			}
			c.column = at
		case "s":
			c.style, _ = strconv.Atoi(string(value)) // a style that is none is the first one
		case "t":
			kind = value
		}
	}
	if c.column > maxColumn {
		return c, false, fmt.Errorf("row %d has more than %d cells", r.row, maxColumn)
	}
	valued, err := r.readValue(&c)
	if err != nil {
		return c, false, err
	}
	c.to = len(r.text)
	return c, r.typed(&c, kind, valued), nil
}

// readValue reads what is within a cell: the text of its value, and whether it has a
// formula.
func (r *rows) readValue(c *cell) (valued bool, err error) {
	inValue := false
	for {
		if err := r.xml.next(); err != nil {
			return false, cutOff(err)
		}
		switch r.xml.kind {
		case startToken:
			switch string(r.xml.name) {
			case "c", "row":
				return false, fmt.Errorf("the element %q begins within a cell", r.xml.name)
			case "v":
				inValue, valued = true, true
			case "f":
				c.formula = true
			case "is":
				valued = true
				if r.text, err = r.xml.appendRich(r.text, "is"); err != nil {
					return false, err
				}
			}
		case endToken:
			switch {
			case string(r.xml.name) == "v":
				inValue = false
			case inValue:
				return false, fmt.Errorf("the element v is closed by %q", r.xml.name)
			case string(r.xml.name) == "c":
				return valued, nil
			}
		case textToken:
			if inValue {
				if r.text, err = r.xml.appendText(r.text); err != nil {
					return false, err
				}
			}
		}
	}
}

// typed sets a cell's type, and reports whether it has a value.
func (r *rows) typed(c *cell, kind []byte, valued bool) (present bool) {
	text := r.text[c.from:c.to]
	switch string(kind) {
	case "", "n":
		c.kind = numberCell
		text = bytes.TrimSpace(text)
	case "s":
		c.kind = stringCell
		n, err := strconv.Atoi(string(bytes.TrimSpace(text)))
		shared, ok := r.strings.at(n)
		if valued && (err != nil || !ok) {
			c.fault = fmt.Sprintf("the cell refers to the shared string %q, which is not there", text)
			return true
		}
		c.shared = shared
		return len(shared) > 0
	case "str":
		c.kind = formulaCell
	case "inlineStr":
		c.kind = stringCell
	case "b":
		c.kind = booleanCell
	case "e":
		c.kind = errorCell
	case "d":
		c.kind = isoCell
	default:
		c.fault = fmt.Sprintf("the cell has the type %q, which is none of a sheet's", kind)
		return true
	}
	if len(text) == 0 {
		if c.formula && c.kind != formulaCell {
			c.fault = "the cell has a formula without a value, as a program writes it that does not calculate; open the workbook in Excel or LibreOffice, and save it"
			return true
		}
		return false
	}
	if c.kind == stringCell || c.kind == formulaCell {
		c.to = c.from + len(unescape(r.text[c.from:c.to]))
	}
	if text := r.text[c.from:c.to]; !utf8.Valid(text) {
		c.fault = decode.Quote(string(text)) + " is not valid UTF-8"
	}
	return true
}

// textOf returns the text of a cell of the row at hand, as the sheet has it.
func (r *rows) textOf(c *cell) []byte {
	if c.shared != nil {
		return c.shared
	}
	return r.text[c.from:c.to]
}
