package csv

import (
	"bytes"
	"math"

	"herbarium/datasets"
	"herbarium/loaders/header"
)

// Sniff finds the dialect of a CSV: it reads a sample in every dialect that may
// be, and takes the one whose rows are the most alike and whose values are the
// most like values of a type, as van den Burg, Nazábal and Sutton do ("Wrangling
// messy CSV files by detecting row and type patterns", 2019). head is how the
// text begins, as UTF-8; whole says that it is all of it. tail is how it ends, nil
// where that is not known. What the caller knows of the dialect stays.
func Sniff(head, tail []byte, whole bool, known datasets.CSV) header.Sniffed {
	s := &sniffer{Sniffed: header.Sniffed{CSV: known}, text: head, whole: whole}
	preamble, err := preambleOf(head, &known)
	if err != nil {
		return s.Sniffed
	}
	s.text = head[preamble.size:]
	if preamble.delimiter != "" {
		s.Delimiter = preamble.delimiter
		s.Note("The first line names the delimiter: sep=%s.", preamble.delimiter)
	}
	s.comments()
	best := s.choose()
	s.write(best, preamble.delimiter != "")
	if best == nil || len(best.Values) == 0 {
		return s.Sniffed
	}
	s.preamble(best, known)
	if s.oneColumn(best, known) {
		return s.Sniffed
	}
	s.headerLine(best, known)
	s.headerLines(best, known)
	s.ends(best, tail)
	return s.Sniffed
}

type sniffer struct {
	header.Sniffed
	text  []byte
	whole bool
}

// choose returns the best reading, nil where there is no text.
func (s *sniffer) choose() *reading {
	given := syntaxOf(&s.CSV)
	if given.delimiter != 0 {
		return s.quoting(given)
	}
	if several := s.several(given); several != nil {
		return several
	}
	var best *reading
	for i := range len(delimiters) {
		in := given
		in.delimiter = delimiters[i]
		r := s.quoting(in)
		if r.Width < 2 {
			continue
		}
		r.score += 0.01 * math.Log2(float64(r.Width)) // of two that are alike, the one that splits more
		if best == nil || r.score > best.score+1e-9 {
			best = r
		}
	}
	single := given
	single.delimiter = ','
	whole := s.quoting(single)
	if best != nil && (best.alike() >= 0.5 || len(best.Values) <= 3) {
		return best
	}
	if other := s.unusual(given); other != nil {
		return other
	}
	if best != nil && whole.Width != 1 {
		return best
	}
	return whole
}

// rareDelimiters are delimiters that are taken only where every row, the header
// too, has as many of them, and where they set numbers apart.
var rareDelimiters = []string{"^", "~", "\x1f", "\x01", "\x1e", "§", "¦", "¬", "#", "&", "!", "*", "@", ":", " "}

func (s *sniffer) unusual(in syntax) *reading {
	for _, d := range rareDelimiters {
		if !bytes.Contains(s.text, []byte(d)) {
			continue
		}
		in.setDelimiter(d)
		r := s.read(in)
		if r.Width < 2 || len(r.Values) < 2 || r.alike() < 1 && !r.rowNames() || r.broken > 0 {
			continue
		}
		for column := range r.Width {
			if r.ColumnKind(column) == header.NumberKind {
				r.rate()
				return r
			}
		}
	}
	return nil
}

// quoting finds how quotes are meant, with a delimiter: as RFC 4180 says, unless
// that breaks rows that another meaning does not.
func (s *sniffer) quoting(in syntax) *reading {
	plain := s.read(in)
	plain.rate()
	if in.quote != '"' || in.escape != 0 {
		return plain
	}
	if plain.broken+plain.loose > 0 && bytes.Contains(s.text, []byte(`\"`)) {
		escaped := in
		escaped.escape = '\\'
		if r := s.read(escaped); r.broken+r.loose == 0 {
			r.rate()
			return r
		}
	}
	if plain.broken > 0 {
		none := in
		none.quote = 0
		if r := s.read(none); r.alike() > plain.alike() || r.alike() == 1 {
			r.rate()
			return r
		}
	}
	if usual, some := plain.singleQuoted(); some {
		single := in
		single.quote = '\''
		if r := s.read(single); r.broken == 0 && (usual && r.alike() >= plain.alike() || r.alike() == 1 && plain.alike() < 1) {
			r.rate()
			return r
		}
	}
	return plain
}

// oneColumn reports whether the first line has one name only, and the rows have
// several values now and then: then what stands between these belongs to the values.
// It chooses a delimiter that the text does not have.
func (s *sniffer) oneColumn(r *reading, known datasets.CSV) bool {
	if known.Delimiter != "" || len(r.Values[0]) != 1 || r.Width == 1 && r.alike() == 1 || bytes.HasPrefix(s.text, []byte{'"'}) {
		return false
	}
	for _, d := range []string{"\t", "|", ";", "\x1f"} {
		if !bytes.Contains(s.text, []byte(d)) {
			s.Delimiter = d
			s.Note("The first line has one name, so there is one column: other characters belong to its values.")
			return true
		}
	}
	return false
}

// write puts the characters into the dialect, where they are not the default.
func (s *sniffer) write(r *reading, named bool) {
	if r == nil {
		return
	}
	delimiter := string(rune(r.delimiter))
	if r.wide != nil {
		delimiter = string(r.wide)
	}
	if !named {
		s.Delimiter = delimiter
	}
	switch {
	case r.escape != 0 && s.Escape == "":
		s.Escape = string(rune(r.escape))
		s.Note(`A backslash stands before quotes within quotes.`)
	case r.quote == 0 && !s.NoQuote:
		s.NoQuote = true
		s.Note("Quotes mean themselves: they do not enclose values.")
	case r.quote == '\'' && s.Quote == "":
		s.Quote = "'"
		s.Note("Apostrophes enclose values.")
	}
}

// comments finds lines at the beginning that begin with #, where another header
// follows.
func (s *sniffer) comments() {
	if s.Comment != "" || s.Skip > 0 || s.SkipTo != "" || !bytes.HasPrefix(s.text, []byte("#")) {
		return
	}
	rest, n := s.text, 0
	var last []byte
	for bytes.HasPrefix(rest, []byte("#")) {
		last, rest, _ = bytes.Cut(rest, []byte{'\n'})
		n++
	}
	if len(bytes.TrimSpace(rest)) == 0 {
		return
	}
	// The last of them is the header where it has as many values as the rows, and
	// the first row could not be one.
	all := s.text
	s.text = rest
	r := s.choose()
	s.text = all
	if r != nil && len(r.Values) > 0 {
		c := &scanner{syntax: r.syntax}
		c.reset(last, 1, false, len(last)+1)
		if more, err := c.next(); err == nil && more && len(c.cells) == r.Width && (r.Width > 1 || n == 1) && r.LooksLikeValues(0) {
			if n > 1 {
				s.Skip = n - 1
				s.text = linesAfter(s.text, n-1)
				s.Note("%s before the header, with #.", header.Count(n-1, "line stands", "lines stand"))
			}
			return
		}
	}
	s.Comment = "#"
	s.Note("Lines that begin with # are comments.")
}

// preamble finds lines before the header: those with other numbers of values than
// the rows, or with one value and delimiters behind it.
func (s *sniffer) preamble(r *reading, known datasets.CSV) {
	if known.Skip > 0 || known.SkipTo != "" {
		return
	}
	at := 0
	for at < len(r.Values)-1 && r.Before(at) {
		at++
	}
	if at == 0 || at == len(r.Values)-1 && len(r.Values[at]) != r.Width || r.Width < 2 {
		return
	}
	skip := r.lines[at] - 1
	if skip > 1000 {
		return
	}
	s.Skip += skip
	s.Note("%s before the header.", header.Count(skip, "line stands", "lines stand"))
	r.Values, r.lines = r.Values[at:], r.lines[at:]
	s.text = linesAfter(s.text, skip)
}

func linesAfter(text []byte, n int) []byte {
	for range n {
		_, text, _ = bytes.Cut(text, []byte{'\n'})
	}
	return text
}
