package csv

import (
	"bytes"

	"herbarium/loaders/decode"
)

// loosen reads a record of one line again that RFC 4180 does not allow, by the
// rules below in turn, and takes the first reading that has so many values
// (any number, if that is 0):
//
//  1. A backslash stands before quotes within quotes, as MySQL writes them.
//  2. Quotes enclose a value also behind spaces, if the value ends with its
//     first quote that is not doubled. Others mean themselves, as in 5" pipe
//     and in "Smith" & Sons.
//  3. As 2, but a value that begins with a quote ends with the first one that a
//     delimiter follows.
func (s *scanner) loosen(width int) bool {
	line := s.source
	if !s.faulty || line == nil || bytes.IndexByte(line, '\r') >= 0 {
		return false // a carriage return within may be the end of a row
	}
	fits := func(cells []decode.Value, ok bool) bool { return ok && (len(cells) == width || width == 0) }
	if s.escape == 0 && bytes.Contains(line, []byte{'\\', s.quote}) {
		again := scanner{syntax: s.syntax}
		again.escape, again.comment = '\\', 0
		again.reset(line, s.line, false, s.limit)
		if more, err := again.next(); err == nil && more && fits(again.cells, !again.faulty && len(again.text) == 0) {
			s.cells = append(s.cells[:0], again.cells...)
			return true
		}
	}
	for _, far := range []bool{false, true} {
		if cells := s.looseValues(line, far); fits(cells, len(cells) <= maxValues) {
			s.cells = append(s.cells[:0], cells...)
			return true
		}
	}
	return false
}

// looseValues splits a line by the second rule of loosen, or by the third if far
// is true.
func (s *scanner) looseValues(line []byte, far bool) (cells []decode.Value) {
	for i := 0; ; i += s.width() {
		v := decode.Value{Line: s.line, Column: i + 1}
		open := i
		for open < len(line) && line[open] == ' ' {
			open++
		}
		end := -1
		if open < len(line) && line[open] == s.quote {
			v.Text, end = s.looseQuoted(line, open+1, far)
		}
		if end < 0 {
			end = s.nextDelimiter(line, i)
			v.Text = line[i:end]
		}
		cells = append(cells, v)
		if i = end; i >= len(line) {
			return cells
		}
	}
}

// looseQuoted reads a value behind its opening quote. It returns where the value
// ends, spaces behind its closing quote included; -1 where the quote does not
// enclose a value.
func (s *scanner) looseQuoted(line []byte, start int, far bool) (text []byte, end int) {
	for i := start; ; i++ {
		if i = indexFrom(line, i, s.quote); i == len(line) {
			return nil, -1
		}
		text = append(text, line[start:i]...)
		start = i
		if i+1 < len(line) && line[i+1] == s.quote {
			text = append(text, s.quote)
			i++
			start = i + 1
			continue
		}
		rest := bytes.TrimLeft(line[i+1:], " ")
		if len(rest) == 0 || s.delimits(rest) {
			return text, len(line) - len(rest)
		}
		if !far {
			return nil, -1
		}
	}
}
