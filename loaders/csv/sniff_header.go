package csv

import (
	"bytes"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"herbarium/datasets"
	"herbarium/loaders/decode"
)

// kind is what a text of a sample is like.
type kind uint8

const (
	kindEmpty kind = iota
	kindText
	kindNumber
	kindTime // a date, a time of day, or both
	kindBoolean
)

// kindOf returns what a text is like.
func kindOf(v string) kind {
	v = strings.TrimSpace(v)
	switch strings.ToLower(v) {
	case "", "na", "nan", "null", "-", "n/a", `\n`:
		return kindEmpty
	case "true", "false":
		return kindBoolean
	}
	if decode.IsDecimal([]byte(v)) {
		return kindNumber
	}
	digits, marks, colons := 0, 0, 0
	for _, r := range v {
		switch {
		case '0' <= r && r <= '9':
			digits++
		case r == ':':
			colons++
		case strings.ContainsRune(".,'  -/+%$€£ TZ", r):
			marks++
		default:
			return kindText
		}
	}
	switch {
	case digits == 0 || digits < marks+colons:
		return kindText
	case colons > 0 || digits >= 6 && strings.Count(v, "-")+strings.Count(v, "/") >= 2 && marks <= 6:
		return kindTime
	case strings.ContainsAny(v, "TZ/") || strings.Count(v, "-") > 1:
		return kindText
	}
	return kindNumber
}

// columnKind returns what the values of a column are like below the first row: the
// kind of all that are there, else text.
func (r *reading) columnKind(column int) kind {
	all := kindEmpty
	for _, row := range r.rows[min(1, len(r.rows)):] {
		if column >= len(row) {
			continue
		}
		switch k := kindOf(row[column]); {
		case k == kindEmpty:
		case all == kindEmpty:
			all = k
		case k != all:
			return kindText
		}
	}
	return all
}

// headerLine finds out whether there is a header. There is none if each column of
// numbers or dates has one in the first line already, and there is such a column;
// or if a text of the first line stands again below it. Years, and numbers from
// 0 on as pandas numbers columns, are names.
func (s *sniffer) headerLine(r *reading, known datasets.CSV) {
	if known.Header != 0 {
		return
	}
	first := r.rows[0]
	if len(first) != r.width || years(first) || numbered(first) {
		return
	}
	typed, against := 0, false
	for i, v := range first {
		k := kindOf(v)
		if k == kindEmpty {
			if strings.TrimSpace(v) == "" && i > 0 {
				continue
			}
			if i == 0 {
				against = against || strings.TrimSpace(v) == "" && len(r.rows) > 1 && r.columnKind(0) == kindNumber
			}
			continue
		}
		switch below := r.columnKind(i); {
		case below == kindEmpty && len(r.rows) > 1:
		case k != kindText && (below == k || len(r.rows) == 1):
			typed++
		case k == kindText && below != kindText:
			against = true
		}
	}
	if against || typed == 0 || len(r.rows) == 1 && typed < len(first) {
		return
	}
	s.Header = datasets.NoHeader
	s.note("There is no header: the first line has values like those below it. Columns go by their places.")
}

// years reports whether the numbers of a line are years, one after the other, as
// names of columns are.
func years(row []string) bool {
	last, n, step := 0, 0, 0
	for _, v := range row {
		y, err := strconv.Atoi(strings.TrimSpace(v))
		if err != nil {
			if kindOf(v) != kindText && kindOf(v) != kindEmpty {
				return false
			}
			continue
		}
		if y < 1500 || y > 2200 || len(strings.TrimSpace(v)) != 4 || n > 0 && (y == last || step != 0 && (y > last) != (step > 0)) {
			return false
		}
		if n > 0 {
			step = y - last
		}
		last = y
		n++
	}
	return n > 1
}

// numbered reports whether a line numbers the columns from 0, as pandas does, with
// nothing or a text over the rows' names. Below such a text they may be numbered
// from 1, as months are.
func numbered(row []string) bool {
	first := 0
	if len(row) > 1 && kindOf(row[0]) != kindNumber {
		if row = row[1:]; len(row) > 2 && row[0] == "1" {
			first = 1
		}
	}
	for i, v := range row {
		if v != strconv.Itoa(i+first) {
			return false
		}
	}
	return len(row) > 1
}

// ends finds a footer, and rows that lack values at their ends.
func (s *sniffer) ends(r *reading, tail []byte) {
	want := len(r.rows[0])
	if s.Header == datasets.NoHeader {
		want = r.width
	}
	body := r.rows[1:]
	if want == r.width-1 && trailing(body, want) {
		s.Fill = true
		s.note("Rows end in a delimiter that no value stands behind.")
		return
	}
	if want != r.width {
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
		if lines := s.footer(r, tail); lines > 0 && short == min(closing, short) && (closing == lines || !s.whole) {
			s.FooterShort = true
			if lines == 1 {
				s.note("The last line has fewer values than the rows, and is no row.")
			} else {
				s.note("The last %d lines have fewer values than the rows, and are no rows.", lines)
			}
			return
		}
	}
	if s.Footer == "" && !s.FooterShort && s.whole {
		s.total(r)
	}
	if !s.Fill && short >= 2 && 50*short >= len(body) && r.shortRowsFit() {
		s.Fill = true
		s.note("%s without their last values, which count as missing.", count(short, "row is", "rows are"))
	}
}

// totals are words that begin a row of totals.
var totals = []string{"total", "totals", "sum", "summe", "gesamt", "somme", "totale", "suma", "grand total"}

// total finds a last row of totals, which begins with a word where all other rows
// have numbers or dates.
func (s *sniffer) total(r *reading) {
	last := r.rows[len(r.rows)-1]
	if len(r.rows) < 3 || len(last) != r.width {
		return
	}
	word := strings.TrimSpace(last[0])
	if !slices.Contains(totals, strings.ToLower(strings.TrimRight(word, ": "))) {
		return
	}
	above := *r
	above.rows = r.rows[:len(r.rows)-1]
	if above.columnKind(0) <= kindText {
		return
	}
	s.Footer = "^" + regexp.QuoteMeta(word)
	s.note("The last line has totals, and is no row.")
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
	for column := range r.width {
		full := kindEmpty
		for _, row := range r.rows[1:] {
			if len(row) == r.width {
				if k := kindOf(row[column]); full == kindEmpty {
					full = k
				} else if k != full && k != kindEmpty {
					full = kindText
				}
			}
		}
		for _, row := range r.rows[1:] {
			if len(row) < r.width && column < len(row) {
				if k := kindOf(row[column]); full > kindText && k != full && k != kindEmpty {
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
	at := footerStart(text, r.syntax, nil, r.width)
	rest := bytes.TrimSpace(text[at:])
	if len(rest) == 0 || at == 0 {
		return 0
	}
	lines := bytes.Split(rest, []byte{'\n'})
	first := r.columnKind(0)
	if s.whole { // the footer is among the rows
		first = kindEmpty
		for _, row := range r.rows[1:] {
			if len(row) == r.width {
				if k := kindOf(row[0]); first == kindEmpty || k == first {
					first = k
				} else if k != kindEmpty {
					first = kindText
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
		k := kindOf(string(c.cells[0].Text))
		if first > kindText && k == first {
			return 0 // a row that is cut short
		}
		if first == kindText && (len(c.cells) > 1 || n == 1 && !s.closes(line)) {
			return 0
		}
	}
	return n
}

// closes reports whether a line with one value is one that programs write behind
// rows, and no row of a text that is cut short.
func (s *sniffer) closes(line []byte) bool {
	text := strings.ToLower(string(line))
	return strings.HasPrefix(text, "(") || strings.HasPrefix(text, "total") || strings.HasPrefix(text, "source") || strings.HasPrefix(text, "#") ||
		strings.HasPrefix(text, "*") || strings.HasPrefix(text, "note") || strings.HasPrefix(text, "end") || strings.ContainsAny(text, ":.") || strings.Count(text, " ") >= 2 || strings.HasPrefix(text, "--")
}
