package loaders

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
)

// syntaxError is a place after which a file cannot be read on.
type syntaxError struct {
	line, column int
	detail       string
}

func (e *syntaxError) Error() string { return e.detail }

// The largest record of a file, so that a missing quote or a file that is no
// table ends in a message, not in all of the memory.
const (
	maxRecordBytes = 16 << 20
	maxValues      = 1 << 16
)

// csvScanner reads records one by one. It keeps the bytes of quoted values as
// they are, line ends too, and remembers where each value stood.
type csvScanner struct {
	in    *bufio.Reader
	cells []cell // of the current record
	blank bool   // the current record is an empty line

	line   int    // the line that was read last, from 1
	ending []byte // the end that it had
	long   []byte // a line that does not fit the buffer
	text   []byte // what cells point into: the line itself, or unquoted
	values []byte // the memory of unquoted values
	most   int    // bytes of a record
}

// cell is one value of a record.
type cell struct {
	start, end   int // in csvScanner.text
	line, column int
	fault        string // what is wrong with how it is written
}

func newCSVScanner(in *bufio.Reader) *csvScanner {
	return &csvScanner{in: in, most: maxRecordBytes}
}

// value returns the cell's text, valid until the next record.
func (s *csvScanner) value(c *cell) []byte { return s.text[c.start:c.end] }

// skipMark passes over a byte order mark.
func (s *csvScanner) skipMark() error {
	head, err := s.in.Peek(3)
	if err != nil && err != io.EOF {
		return err
	}
	switch {
	case bytes.Equal(head, []byte("\xef\xbb\xbf")):
		_, err := s.in.Discard(3)
		return err
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")):
		return &syntaxError{1, 1, "the file is UTF-16; save it as UTF-8"}
	}
	return nil
}

// next reads a record, or returns io.EOF after the last.
func (s *csvScanner) next() error {
	line, err := s.readLine()
	if err != nil {
		return err
	}
	s.cells, s.blank = s.cells[:0], len(line) == 0
	if bytes.IndexByte(line, '"') >= 0 || bytes.IndexByte(line, '\r') >= 0 {
		return s.unquote(line)
	}
	s.text = line
	for start := 0; ; {
		end := bytes.IndexByte(line[start:], ',')
		if end < 0 {
			return s.add(cell{start: start, end: len(line), line: s.line, column: start + 1})
		}
		if err := s.add(cell{start: start, end: start + end, line: s.line, column: start + 1}); err != nil {
			return err
		}
		start += end + 1
	}
}

func (s *csvScanner) add(c cell) error {
	if len(s.cells) == maxValues {
		return &syntaxError{c.line, c.column, fmt.Sprintf("the line has more than %d values", maxValues)}
	}
	s.cells = append(s.cells, c)
	return nil
}

// readLine returns the next line without its end, valid until the next call.
func (s *csvScanner) readLine() ([]byte, error) {
	line, err := s.in.ReadSlice('\n')
	if err == bufio.ErrBufferFull {
		s.long = append(s.long[:0], line...)
		for err == bufio.ErrBufferFull && len(s.long) <= s.most {
			line, err = s.in.ReadSlice('\n')
			s.long = append(s.long, line...)
		}
		line = s.long
	}
	s.line++
	if len(line) > s.most {
		return nil, &syntaxError{s.line, 1, fmt.Sprintf("the line is longer than %d bytes", s.most)}
	}
	if damaged(err) {
		return nil, &syntaxError{s.line, 1, "the compressed data ends or breaks here: " + err.Error()}
	}
	if err != nil && (err != io.EOF || len(line) == 0) {
		return nil, err
	}
	end := len(line)
	if end > 0 && line[end-1] == '\n' {
		end--
	}
	if end > 0 && line[end-1] == '\r' {
		end--
	}
	s.ending = line[end:]
	return line[:end], nil
}

// unquote takes a record apart that has quotes, and may have line ends within.
func (s *csvScanner) unquote(line []byte) error {
	s.values = s.values[:0]
	for i := 0; ; i++ {
		c := cell{start: len(s.values), line: s.line, column: i + 1}
		if i < len(line) && line[i] == '"' {
			var err error
			if line, i, err = s.quoted(line, i+1, &c); err != nil {
				return err
			}
		} else {
			start := i
			i = indexFrom(line, start, ',')
			switch value := line[start:i]; {
			case bytes.IndexByte(value, '"') >= 0:
				c.fault = "a quote stands inside the value; put all of the value in quotes, and double those inside"
			case bytes.IndexByte(value, '\r') >= 0:
				c.fault = "a carriage return stands inside the value; lines end in LF or CRLF"
			default:
				s.values = append(s.values, value...)
			}
		}
		c.end = len(s.values)
		if err := s.add(c); err != nil {
			return err
		}
		if s.text = s.values; i >= len(line) {
			return nil
		}
	}
}

// quoted reads a value from behind its opening quote, over as many lines as it
// has. It returns the line on which the value ends and where it goes on.
func (s *csvScanner) quoted(line []byte, i int, c *cell) ([]byte, int, error) {
	for {
		end := indexFrom(line, i, '"')
		s.values = append(s.values, line[i:end]...)
		if i = end + 1; i <= len(line) {
			if i < len(line) && line[i] == '"' {
				s.values = append(s.values, '"')
				i++
				continue
			}
			if i < len(line) && line[i] != ',' {
				c.fault = "text stands behind the closing quote; double the quotes that belong to the value"
				i = indexFrom(line, i, ',')
			}
			return line, i, nil
		}
		s.values = append(s.values, s.ending...)
		next, err := s.readLine()
		switch {
		case err == io.EOF:
			return nil, 0, &syntaxError{c.line, c.column, "the quote that opens here is never closed"}
		case err != nil:
			return nil, 0, err
		case len(s.values)+len(next) > s.most:
			return nil, 0, &syntaxError{c.line, c.column, fmt.Sprintf("the value in quotes is longer than %d bytes; is its quote closed?", s.most)}
		}
		line, i = next, 0
	}
}

// indexFrom returns where c stands in line from start on, or the line's end.
func indexFrom(line []byte, start int, c byte) int {
	if i := bytes.IndexByte(line[start:], c); i >= 0 {
		return start + i
	}
	return len(line)
}
