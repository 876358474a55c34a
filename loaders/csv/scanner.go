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
	syntax
	cells []decode.Value // of the current record
	blank bool           // the current record is an empty line
	// faulty says that a value of the record breaks the grammar. The record is
	// source then, if it is one line.
	faulty  bool
	source  []byte
	doubled bool // quotes are doubled, and a delimiter has one byte

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
	s.doubled = s.escape == 0 && s.wide == nil
	s.tidy = !truncated && !s.quoted(text) && bytes.IndexByte(text, '\r') < 0
}

// next reads a record. It returns false after the last, and a
// *source.SyntaxError where the text cannot be read on.
func (s *scanner) next() (bool, error) {
	if len(s.text) == 0 {
		return false, nil
	}
	line := s.readLine()
	for s.comment != 0 && len(line) > 0 && line[0] == s.comment {
		if len(s.text) == 0 {
			return false, nil
		}
		line = s.readLine()
	}
	if len(s.text) == 0 && len(line) > 0 && line[len(line)-1] == endOfFile && len(bytes.Trim(s.ending, "\r\n")) == 0 {
		if line = line[:len(line)-1]; len(line) == 0 {
			return false, nil
		}
	}
	s.cells, s.blank, s.faulty = s.cells[:0], len(line) == 0, false
	if s.truncated && len(s.text) == 0 && !s.quoted(line) {
		return false, s.tooLong()
	}
	if s.tidy || !s.quoted(line) && bytes.IndexByte(line, '\r') < 0 {
		return true, s.split(line)
	}
	s.source = line // loosen reads it where the record is faulty
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
	if s.wide != nil {
		return s.splitWide(line)
	}
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

// splitWide splits a record whose delimiter has several bytes.
func (s *scanner) splitWide(line []byte) error {
	for start := 0; ; {
		end := s.nextDelimiter(line, start)
		s.cells = append(s.cells, decode.Value{Text: line[start:end], Line: s.line, Column: start + 1})
		if start = end + len(s.wide); end == len(line) {
			return s.tooMany()
		}
	}
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
	for end > 0 && s.text[end-1] == '\r' {
		end-- // more than one where a program wrote CR LF as CR CR LF
	}
	line := s.text[:end]
	s.ending, s.text = s.text[end:next], s.text[next:]
	return line
}

// unquote splits a record that has quotes, and may have line ends in them.
func (s *scanner) unquote(line []byte) error {
	s.values = s.values[:0]
	for i, width := 0, s.width(); ; i += width {
		c := decode.Value{Line: s.line, Column: i + 1}
		if i < len(line) && line[i] == s.quote && s.quote != 0 {
			var err error
			if s.doubled {
				line, i, err = s.inDoubled(line, i+1, &c)
			} else {
				line, i, err = s.inQuotes(line, i+1, &c)
			}
			if err != nil {
				return err
			}
		} else {
			start := i
			if s.wide == nil {
				i = indexFrom(line, start, s.delimiter)
			} else {
				i = s.nextDelimiter(line, start)
			}
			c.Text = line[start:i]
			switch {
			case s.quoted(c.Text):
				c.Fault = "there is a quote inside the value; put all of the value in quotes, and double those inside"
			case bytes.IndexByte(c.Text, '\r') >= 0:
				c.Fault = "there is a carriage return inside the value; lines end in LF or CRLF"
			}
		}
		s.faulty = s.faulty || c.Fault != ""
		s.cells = append(s.cells, c)
		if i >= len(line) {
			return s.tooMany()
		}
	}
}

// inDoubled does what inQuotes does, where quotes are doubled and delimiters have
// one byte, as nearly everywhere.
func (s *scanner) inDoubled(line []byte, i int, c *decode.Value) ([]byte, int, error) {
	// The values' memory may move as it grows; those before keep the old one.
	start := len(s.values)
	for {
		end := indexFrom(line, i, s.quote)
		s.values = append(s.values, line[i:end]...)
		if i = end + 1; i <= len(line) {
			if i < len(line) && line[i] == s.quote {
				s.values = append(s.values, s.quote)
				i++
				continue
			}
			if i < len(line) && line[i] != s.delimiter {
				c.Fault = textBehind
				i = indexFrom(line, i, s.delimiter)
			}
			c.Text = s.values[start:]
			return line, i, nil
		}
		var err error
		if line, err = s.nextLine(c); err != nil {
			return nil, 0, err
		}
		i = 0
	}
}

const textBehind = "there is text after the closing quote; double the quotes that belong to the value"

// nextLine goes on to the next line of a value in quotes.
func (s *scanner) nextLine(c *decode.Value) ([]byte, error) {
	s.values = append(s.values, s.ending...)
	switch {
	case len(s.text) > 0:
	case s.truncated:
		return nil, source.ErrorAt(c.Line, c.Column, fmt.Sprintf("the value in quotes is longer than %d bytes; is its quote closed?", s.limit))
	default:
		return nil, source.ErrorAt(c.Line, c.Column, "the quote that opens here is never closed")
	}
	s.source = nil
	return s.readLine(), nil
}

// inQuotes reads a value after its opening quote, over as many lines as it has. It
// returns the line on which the value ends and where to go on in it.
func (s *scanner) inQuotes(line []byte, i int, c *decode.Value) ([]byte, int, error) {
	// The values' memory may move as it grows; those before keep the old one.
	start := len(s.values)
	for {
		end := s.nextQuote(line, i)
		s.values = append(s.values, line[i:end]...)
		if i = end + 1; i <= len(line) {
			if i < len(line) && s.escapes(line, end) {
				s.values = append(s.values, line[i])
				i++
				continue
			}
			if line[end] != s.quote {
				s.values = append(s.values, line[end])
				continue
			}
			if i < len(line) && !s.delimits(line[i:]) {
				c.Fault = textBehind
				i = s.nextDelimiter(line, i)
			}
			c.Text = s.values[start:]
			return line, i, nil
		}
		var err error
		if line, err = s.nextLine(c); err != nil {
			return nil, 0, err
		}
		i = 0
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
func lastRecordEnd(text []byte, in *syntax) int {
	switch {
	case in.quote == 0:
		return bytes.LastIndexByte(text, '\n') + 1
	case !in.usual():
		return in.lastRecordEnd(text)
	}
	end := 0
	for i := 0; ; {
		open := bytes.IndexByte(text[i:], in.quote)
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
		if at := i - 1; at > 0 && text[at-1] != in.delimiter && text[at-1] != '\n' {
			continue
		}
		for {
			closing := bytes.IndexByte(text[i:], in.quote)
			if closing < 0 || i+closing+1 == len(text) {
				return end // it is not closed yet, or may be doubled
			}
			if i += closing + 1; text[i] != in.quote {
				break
			}
			i++
		}
	}
}
