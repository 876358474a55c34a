package csv

import (
	"bytes"
	"regexp"

	"herbarium/datasets"
	"herbarium/loaders/header"
)

// headerLine finds out whether there is a header.
func (s *sniffer) headerLine(r *reading, known datasets.CSV) {
	if known.Header != 0 || !r.Missing() {
		return
	}
	s.Header = datasets.NoHeader
	s.Note("There is no header: the first line has values like those below it. Columns go by their places.")
}

// ends finds a footer, and rows that lack values at their ends.
func (s *sniffer) ends(r *reading, tail []byte) {
	want := len(r.Values[0])
	if s.Header == datasets.NoHeader {
		want = r.Width
	}
	body := r.Values[1:]
	if want == r.Width-1 && trailing(body, want) {
		s.Fill = true
		s.Note("Rows end in a delimiter that no value stands behind.")
		return
	}
	if want != r.Width {
		return
	}
	short, closing := 0, 0 // rows that are short, and those of them at the end
	for _, row := range body {
		if len(row) < want {
			short++
			closing++
		} else {
			closing = 0
		}
	}
	if s.Footer == "" && !s.FooterShort {
		if lines := s.footer(r, tail); lines > 0 && short == closing && (closing == lines || !s.whole) {
			s.FooterShort = true
			if lines == 1 {
				s.Note("The last line has fewer values than the rows, and is no row.")
			} else {
				s.Note("The last %d lines have fewer values than the rows, and are no rows.", lines)
			}
			return
		}
	}
	if s.Footer == "" && !s.FooterShort && s.whole {
		if word := r.Total(); word != "" {
			s.Footer = "^" + regexp.QuoteMeta(word)
			s.Note("The last line has totals, and is no row.")
		}
	}
	if !s.Fill && short >= 2 && 50*short >= len(body) && r.shortRowsFit() {
		s.Fill = true
		s.Note("%s without their last values, which count as missing.", header.Count(short, "row is", "rows are"))
	}
}

// trailing reports whether every row has one value more, which is empty.
func trailing(rows [][]string, want int) bool {
	for _, row := range rows {
		if len(row) > want+1 || len(row) == want+1 && row[want] != "" {
			return false
		}
	}
	return len(rows) > 0
}

// shortRowsFit reports whether the values of short rows are like those of their
// columns.
func (r *reading) shortRowsFit() bool {
	for column := range r.Width {
		full := header.EmptyKind
		for _, row := range r.Values[1:] {
			if len(row) == r.Width {
				if k := header.KindOf(row[column]); full == header.EmptyKind {
					full = k
				} else if k != full && k != header.EmptyKind {
					full = header.TextKind
				}
			}
		}
		for _, row := range r.Values[1:] {
			if len(row) < r.Width && column < len(row) {
				if k := header.KindOf(row[column]); full > header.TextKind && k != full && k != header.EmptyKind {
					return false
				}
			}
		}
	}
	return true
}

// maxFooterLines is how many lines a footer can have that is found.
const maxFooterLines = 50

// footer returns how many of the last lines have one value, where the rows have
// more, and are not rows cut short.
func (s *sniffer) footer(r *reading, tail []byte) int {
	text := tail
	if s.whole {
		text = s.text
	}
	at := footerStart(text, r.syntax, nil, r.Width)
	rest := bytes.TrimSpace(text[at:])
	if len(rest) == 0 || at == 0 {
		return 0
	}
	lines := bytes.Split(rest, []byte{'\n'})
	first := r.ColumnKind(0)
	if s.whole { // the footer is among the rows
		first = header.EmptyKind
		for _, row := range r.Values[1:] {
			if len(row) == r.Width {
				if k := header.KindOf(row[0]); first == header.EmptyKind || k == first {
					first = k
				} else if k != header.EmptyKind {
					first = header.TextKind
				}
			}
		}
	}
	n := 0
	for _, line := range lines {
		line = bytes.TrimSpace(line)
		if len(line) == 0 {
			continue
		}
		if n++; n > maxFooterLines {
			return 0
		}
		c := &scanner{syntax: r.syntax}
		c.reset(line, 1, false, len(line)+1)
		if more, err := c.next(); err != nil || !more {
			return 0
		}
		k := header.KindOf(string(c.cells[0].Text))
		if first > header.TextKind && k == first {
			return 0 // a row that is cut short
		}
		if first == header.TextKind && (len(c.cells) > 1 || n == 1 && !header.Closes(string(line))) {
			return 0
		}
	}
	return n
}
