package json

import (
	"bytes"
	"fmt"

	"herbarium/loaders/decode"
	"herbarium/loaders/source"
)

// part is a run of JSON values, on a line each or with commas between
// them.
type part struct {
	paths        *paths
	text         []byte
	chunk        []byte // the memory of text
	line, column int    // where text begins
	lines        bool   // a value a line
	placeless    bool   // the rows have no places in the source
	values       bool   // nothing but spaces between values
	first        bool   // no comma stands before the first value
	err          error  // what ends the source behind the values
}

func tooLongAt(line, column, limit int) error {
	return source.ErrorAt(line, column, fmt.Sprintf("the row that begins here is longer than %d bytes", limit))
}

// Decode gives the rows to the checker.
func (p *part) Decode(c *decode.Checker) error {
	d := &rowDecoder{paths: p.paths, to: c, lines: p.lines, ignores: p.paths.ignores, extra: p.paths.extra}
	d.words = hasWords(p.text)
	return p.each(d.row)
}

// each calls row with the text of each row, and with the line and the column
// that it begins at.
func (p *part) each(row func(text []byte, line, column int)) error {
	if p.lines {
		p.eachLine(row)
		return p.err
	}
	if p.values {
		p.eachValue(row)
		return p.err
	}
	if err := p.eachElement(row); err != nil {
		return err
	}
	return p.err
}

func (p *part) eachLine(give func(text []byte, line, column int)) {
	for text, line := p.text, p.line; len(text) > 0; line++ {
		row, rest, _ := bytes.Cut(text, []byte{'\n'})
		text = rest
		trimmed := bytes.TrimLeft(row, " \t\r")
		switch {
		case len(trimmed) == 0:
		case p.placeless:
			give(bytes.TrimRight(trimmed, " \t\r"), 0, 0)
		default:
			give(bytes.TrimRight(trimmed, " \t\r"), line, len(row)-len(trimmed)+1)
		}
	}
}

// eachElement visits the elements of an array, up to its end or that of the
// text.
func (p *part) eachElement(give func(text []byte, line, column int)) error {
	line, start, i := p.line, 1-p.column, 0
	comma := !p.first
	for {
		separated := false
		for ; i < len(p.text); i++ {
			switch b := p.text[i]; {
			case b == '\n':
				line, start = line+1, i+1
				continue
			case b == ' ' || b == '\t' || b == '\r':
				continue
			case b == ',' && comma && !separated:
				separated = true
				continue
			}
			break
		}
		column := i - start + 1
		switch {
		case i == len(p.text):
			return nil
		case p.text[i] == ']' && !separated:
			return nil
		case p.text[i] == ']' || p.text[i] == ',':
			return source.ErrorAt(line, column, "this is not JSON: a row is missing before this character")
		case comma && !separated:
			return source.ErrorAt(line, column, "this is not JSON: a comma is missing before this row")
		}
		end := elementEnd(p.text, i)
		if end < 0 {
			return source.ErrorAt(line, column, "this is not JSON: it ends within the row that begins here")
		}
		give(p.text[i:end], line, column)
		if n := bytes.Count(p.text[i:end], []byte{'\n'}); n > 0 {
			line, start = line+n, i+bytes.LastIndexByte(p.text[i:end], '\n')+1
		}
		i, comma = end, true
	}
}

// elementEnd returns where the JSON value that begins at i ends, or -1 if the
// text ends before that is known. It does not check that it is a value.
func elementEnd(text []byte, i int) int {
	depth := 0
	for ; i < len(text); i++ {
		switch text[i] {
		case '"':
			if i = stringEnd(text, i); i < 0 {
				return -1
			}
			if depth == 0 {
				return i + 1
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth <= 0 {
				return i + 1
			}
		case ',', ' ', '\t', '\r', '\n':
			if depth == 0 {
				return i
			}
		default:
			// A number or a word ends before what ends the array.
			if depth == 0 && i+1 < len(text) && text[i+1] == ']' {
				return i + 1
			}
		}
	}
	return -1
}

// stringEnd returns where the quote stands that closes the string that opens
// at i, or -1.
func stringEnd(text []byte, i int) int {
	for i++; i < len(text); i++ {
		n := bytes.IndexByte(text[i:], '"')
		if n < 0 {
			return -1
		}
		if i += n; !escaped(text[:i]) {
			return i
		}
	}
	return -1
}

// escaped reports whether an odd number of backslashes ends the text.
func escaped(text []byte) bool {
	n := len(text) - len(bytes.TrimRight(text, `\`))
	return n%2 == 1
}
