package csv

import (
	"bytes"

	"herbarium/loaders/csv/internal/separators"
	"herbarium/loaders/decode"
)

// Plain lines are rows without a quote, a carriage return inside or anything else
// that makes one of several lines or needs a look at each byte. They are nearly
// all rows of most files. As in Mison (Li et al., VLDB 2017) and in Langdale's
// simdcsv, one pass finds where delimiters and line ends stand; it looks at many
// bytes at once, and what follows touches values alone. The rows of a window are
// plain lines if each of them has as many values as the header. Otherwise they are
// read one by one, as are those of which a value is faulty, so that faults, and
// what is said of them, come from one place.

const (
	// windowBytes is how much text is indexed at once: what comes of it stays in
	// the processor's first cache.
	windowBytes = 16 << 10
	// maxMarks is how many delimiters and line ends a window may have.
	maxMarks = windowBytes / 4
)

// plainLines checks the plain lines of a part.
type plainLines struct {
	part  *part
	grid  *decode.Grid
	marks []uint32
	// returns says that lines may end in CR LF.
	returns bool
}

// plain reports whether the records of a text may be plain lines.
func (r *row) plain() bool {
	text := bytes.TrimRight(r.text, "\r\n")
	switch {
	case r.truncated, r.damaged, r.delimiter == 0, !r.usual(), r.quoted(r.text):
	case len(text) > 0 && text[len(text)-1] == endOfFile:
	default:
		return true
	}
	return false
}

func (p *part) plainLines(c *decode.Checker) *plainLines {
	g := c.Grid()
	g.Text, g.Width = p.text, len(p.reader.header)
	g.Cells = p.reader.cells
	if cap(g.Marks) < maxMarks+1 {
		g.Marks = make([]uint32, maxMarks+1)
	}
	return &plainLines{part: p, grid: g, marks: g.Marks[:maxMarks+1], returns: bytes.IndexByte(p.text, '\r') >= 0}
}

// check takes rows from the scanner's text and gives them to the checker, until
// one comes that is to be given value by value. It returns how much of the text
// is left behind the rows for which that has to be done.
func (l *plainLines) check(s *scanner, c *decode.Checker) (left int) {
	for len(s.text) > 0 {
		rows, size := l.window(s)
		if rows == 0 {
			// The text ends without a line's end, or a window has not one plain line.
			return len(s.text) - max(1, size)
		}
		g := l.grid
		for done := 0; done < rows; done += g.Rows {
			g.Rows = min(rows-done, c.Room())
			g.Marks = l.marks[done*g.Width : (done+g.Rows)*g.Width+1]
			g.Line = s.line + 1
			end := len(l.part.text) - int(g.Marks[g.Rows*g.Width]) - 1
			if !c.Rows() {
				return end
			}
			s.text, s.line = l.part.text[len(l.part.text)-end:], s.line+g.Rows
		}
	}
	return 0
}

// window indexes the lines at the beginning of the scanner's text. It returns how
// many plain lines there are; 0 where not all are plain, and then how many bytes
// they have.
func (l *plainLines) window(s *scanner) (rows, size int) {
	base := len(l.part.text) - len(s.text)
	l.marks[0] = uint32(base) - 1
	n, read := separators.Find(l.marks[1:], s.text[:min(len(s.text), windowBytes)], s.delimiter, uint32(base))
	size = bytes.LastIndexByte(s.text[:read], '\n') + 1
	text, width := s.text[:size], l.grid.Width
	if size == 0 {
		return 0, read
	}
	if rows = bytes.Count(text, []byte{'\n'}); rows*width > n {
		return 0, size
	}
	l.grid.Tail = 0
	if l.returns {
		switch bytes.Count(text, []byte{'\r'}) {
		case 0:
		case rows:
			l.grid.Tail = 1
		default:
			return 0, size
		}
	}
	// As many line ends as rows, and one behind each width values: no other value
	// ends with one, and no row has more or fewer.
	for at := width; at <= rows*width; at += width {
		end := l.marks[at]
		if l.part.text[end] != '\n' || l.grid.Tail > 0 && l.part.text[end-1] != '\r' {
			return 0, size
		}
	}
	return rows, size
}
