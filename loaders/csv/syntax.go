package csv

import (
	"bytes"

	"herbarium/datasets"
)

// endOfFile is the character that ends a text in CP/M and DOS (Ctrl-Z).
const endOfFile = 0x1a

// syntax is the characters that have a meaning in a CSV.
type syntax struct {
	delimiter byte
	wide      []byte // the delimiter, where it has several bytes
	quote     byte   // 0 where quotes mean themselves
	escape    byte   // 0 where a quote is doubled
	comment   byte   // 0 where there are no comments
}

// syntaxOf returns the syntax that a descriptor declares; its delimiter is 0
// where that is to be found.
func syntaxOf(c *datasets.CSV) syntax {
	s := syntax{quote: '"'}
	s.setDelimiter(c.Delimiter)
	if c.NoQuote {
		s.quote = 0
	} else if c.Quote != "" {
		s.quote = c.Quote[0]
	}
	if c.Escape != "" {
		s.escape = c.Escape[0]
	}
	if c.Comment != "" {
		s.comment = c.Comment[0]
	}
	return s
}

func (s *syntax) setDelimiter(text string) {
	s.delimiter, s.wide = 0, nil
	if text != "" {
		s.delimiter = text[0]
	}
	if len(text) > 1 {
		s.wide = []byte(text)
	}
}

// usual reports whether the fast way of finding the ends of records applies.
func (s *syntax) usual() bool { return s.wide == nil && s.escape == 0 && s.comment == 0 }

// width is how many bytes a delimiter has.
func (s *syntax) width() int { return max(1, len(s.wide)) }

// quoted reports whether there is a quote in a text.
func (s *syntax) quoted(text []byte) bool { return s.quote != 0 && bytes.IndexByte(text, s.quote) >= 0 }

// delimits reports whether a text begins with a delimiter.
func (s *syntax) delimits(text []byte) bool {
	if s.wide != nil {
		return bytes.HasPrefix(text, s.wide)
	}
	return len(text) > 0 && text[0] == s.delimiter
}

// nextDelimiter returns where a delimiter stands in line from start on, or the
// line's end.
func (s *syntax) nextDelimiter(line []byte, start int) int {
	if s.wide == nil {
		return indexFrom(line, start, s.delimiter)
	}
	if i := bytes.Index(line[start:], s.wide); i >= 0 {
		return start + i
	}
	return len(line)
}

// nextQuote returns where a quote or an escape stands in line from start on, or
// the line's end.
func (s *syntax) nextQuote(line []byte, start int) int {
	end := indexFrom(line, start, s.quote)
	if s.escape != 0 {
		end = min(end, indexFrom(line, start, s.escape))
	}
	return end
}

// escapes reports whether the character behind the one at a place is escaped by
// it: a quote or an escape behind an escape, or the second of two quotes.
func (s *syntax) escapes(line []byte, at int) bool {
	next := line[at+1]
	if s.escape != 0 && line[at] == s.escape {
		return next == s.quote || next == s.escape
	}
	return line[at] == s.quote && next == s.quote
}

// lastRecordEnd does what the function lastRecordEnd does, for every syntax.
func (s *syntax) lastRecordEnd(text []byte) int {
	end := 0
	for start := 0; start < len(text); end = start {
		if s.comment != 0 && text[start] == s.comment {
			n := bytes.IndexByte(text[start:], '\n')
			if n < 0 {
				return end
			}
			start += n + 1
			continue
		}
		next := s.recordEnd(text, start)
		if next < 0 {
			return end
		}
		start = next
	}
	return end
}

// recordEnd returns where the record ends that begins at start, behind the end of
// its line; -1 where the text ends before.
func (s *syntax) recordEnd(text []byte, start int) int {
	for i := start; i < len(text); {
		if text[i] != s.quote {
			line := indexFrom(text, i, '\n')
			if next := s.nextDelimiter(text[:line], i); next < line {
				i = next + s.width()
				continue
			}
			if line == len(text) {
				return -1
			}
			return line + 1
		}
		i++
		for {
			i = s.nextQuote(text, i)
			if i+1 >= len(text) {
				return -1
			}
			if s.escapes(text, i) {
				i += 2
			} else if i++; text[i-1] == s.quote {
				break
			}
		}
		// What stands behind the closing quote belongs to the value.
		line := indexFrom(text, i, '\n')
		next := s.nextDelimiter(text[:line], i)
		if next == line {
			if line == len(text) {
				return -1
			}
			return line + 1
		}
		i = next + s.width()
	}
	return -1
}
