package csv

import (
	"bytes"
	"fmt"

	"herbarium/loaders/decode"
	"herbarium/loaders/source"
)

// maxValues is the largest number of values in a row.
const maxValues = 1 << 16

// scanner reads the records of a text one by one, by the grammar of RFC 4180.
// Unlike encoding/csv it keeps the bytes of quoted values as they are, line ends
// too, and remembers where each value stood.
type scanner struct {
	delimiter byte
	cells     []decode.Value // of the current record
	blank     bool           // the current record is an empty line

	text      []byte // what is left
	truncated bool   // the text ends within a record that is longer than the limit
	limit     int    // bytes of a record
	tidy      bool   // there is no quote in the text, and no carriage return

	line   int    // the line that was read last, from 1
	ending []byte // the end that it had
	values []byte // the memory of values with quotes in them
}

// reset takes a text whose first line is the file's line.
func (s *scanner) reset(text []byte, line int, truncated bool, limit int) {
	s.text, s.line, s.truncated, s.limit = text, line-1, truncated, limit
	s.tidy = !truncated && bytes.IndexByte(text, '"') < 0 && bytes.IndexByte(text, '\r') < 0
}

// next reads a record. It returns false after the last, and a
// *source.SyntaxError where the text cannot be read on.
func (s *scanner) next() (bool, error) {
	if len(s.text) == 0 {
		return false, nil
	}
	line := s.readLine()
	s.cells, s.blank = s.cells[:0], len(line) == 0
	if s.truncated && len(s.text) == 0 && bytes.IndexByte(line, '"') < 0 {
		return false, s.tooLong()
	}
	if s.tidy || bytes.IndexByte(line, '"') < 0 && bytes.IndexByte(line, '\r') < 0 {
		return true, s.split(line)
	}
	if err := s.unquote(line); err != nil {
		return false, err
	}
	if s.truncated && len(s.text) == 0 {
		return false, s.tooLong()
	}
	return true, nil
}

// skipBlank skips empty lines, many times faster than next does.
func (s *scanner) skipBlank() {
	text, lines := s.text, 0
	for {
		switch {
		case len(text) > 0 && text[0] == '\n':
			text = text[1:]
		case len(text) > 1 && text[0] == '\r' && text[1] == '\n':
			text = text[2:]
		default:
			s.text, s.line = text, s.line+lines
			return
		}
		lines++
	}
}

// split splits a record that has no quotes.
func (s *scanner) split(line []byte) error {
	start := 0
	for i, b := range line {
		if b == s.delimiter {
			s.cells = append(s.cells, decode.Value{Text: line[start:i], Line: s.line, Column: start + 1})
			start = i + 1
		}
	}
	s.cells = append(s.cells, decode.Value{Text: line[start:], Line: s.line, Column: start + 1})
	return s.tooMany()
}

func (s *scanner) tooMany() error {
	if len(s.cells) <= maxValues {
		return nil
	}
	c := &s.cells[maxValues]
	return source.ErrorAt(c.Line, c.Column, fmt.Sprintf("the line has more than %d values", maxValues))
}

func (s *scanner) tooLong() error {
	return source.ErrorAt(s.line, 1, fmt.Sprintf("the line is longer than %d bytes", s.limit))
}

// readLine returns the next line without its end.
func (s *scanner) readLine() []byte {
	s.line++
	end := bytes.IndexByte(s.text, '\n')
	next := end + 1
	if end < 0 {
		end, next = len(s.text), len(s.text)
	}
	if end > 0 && s.text[end-1] == '\r' {
		end--
	}
	line := s.text[:end]
	s.ending, s.text = s.text[end:next], s.text[next:]
	return line
}

// unquote splits a record that has quotes, and may have line ends in them.
func (s *scanner) unquote(line []byte) error {
	s.values = s.values[:0]
	for i := 0; ; i++ {
		c := decode.Value{Line: s.line, Column: i + 1}
		if i < len(line) && line[i] == '"' {
			var err error
			if line, i, err = s.quoted(line, i+1, &c); err != nil {
				return err
			}
		} else {
			start := i
			i = indexFrom(line, start, s.delimiter)
			c.Text = line[start:i]
			switch {
			case bytes.IndexByte(c.Text, '"') >= 0:
				c.Fault = "there is a quote inside the value; put all of the value in quotes, and double those inside"
			case bytes.IndexByte(c.Text, '\r') >= 0:
				c.Fault = "there is a carriage return inside the value; lines end in LF or CRLF"
			}
		}
		s.cells = append(s.cells, c)
		if i >= len(line) {
			return s.tooMany()
		}
	}
}

// quoted reads a value after its opening quote, over as many lines as it has. It
// returns the line on which the value ends and where to go on in it.
func (s *scanner) quoted(line []byte, i int, c *decode.Value) ([]byte, int, error) {
	// The values' memory may move as it grows; those before keep the old one.
	start := len(s.values)
	for {
		end := indexFrom(line, i, '"')
		s.values = append(s.values, line[i:end]...)
		if i = end + 1; i <= len(line) {
			if i < len(line) && line[i] == '"' {
				s.values = append(s.values, '"')
				i++
				continue
			}
			if i < len(line) && line[i] != s.delimiter {
				c.Fault = "there is text after the closing quote; double the quotes that belong to the value"
				i = indexFrom(line, i, s.delimiter)
			}
			c.Text = s.values[start:]
			return line, i, nil
		}
		s.values = append(s.values, s.ending...)
		switch {
		case len(s.text) > 0:
		case s.truncated:
			return nil, 0, source.ErrorAt(c.Line, c.Column, fmt.Sprintf("the value in quotes is longer than %d bytes; is its quote closed?", s.limit))
		default:
			return nil, 0, source.ErrorAt(c.Line, c.Column, "the quote that opens here is never closed")
		}
		line, i = s.readLine(), 0
	}
}

// indexFrom returns where c stands in line from start on, or the line's end.
func indexFrom(line []byte, start int, c byte) int {
	if i := bytes.IndexByte(line[start:], c); i >= 0 {
		return start + i
	}
	return len(line)
}

// lastRecordEnd returns where the last whole record ends of a text that begins
// with one. A quote opens a value at the same places as for the scanner: at the
// start of a record, and after a delimiter.
func lastRecordEnd(text []byte, delimiter byte) int {
	end := 0
	for i := 0; ; {
		open := bytes.IndexByte(text[i:], '"')
		plain := text[i:]
		if open >= 0 {
			plain = text[i : i+open]
		}
		if n := bytes.LastIndexByte(plain, '\n'); n >= 0 {
			end = i + n + 1
		}
		if open < 0 {
			return end
		}
		i += open + 1
		if at := i - 1; at > 0 && text[at-1] != delimiter && text[at-1] != '\n' {
			continue
		}
		for {
			closing := bytes.IndexByte(text[i:], '"')
			if closing < 0 || i+closing+1 == len(text) {
				return end // it is not closed yet, or may be doubled
			}
			if i += closing + 1; text[i] != '"' {
				break
			}
			i++
		}
	}
}
