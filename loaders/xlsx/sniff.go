package xlsx

import (
	"context"
	"errors"
	"io"
	"regexp"
	"slices"

	"herbarium/datasets"
	"herbarium/loaders/header"
)

// maxTail is how many of the last rows are looked at.
const maxTail = 50

// Sniff finds the header of a sheet, what stands before it and what behind the rows,
// by the rules of header. It reads so many bytes of XML, all where limit is 0. What
// the caller knows stays.
func (w *Workbook) Sniff(ctx context.Context, sheet Sheet, limit int64, known datasets.CSV) (header.Sniffed, error) {
	s := &sniffer{Sniffed: header.Sniffed{CSV: known}}
	if key := textKey(&known); key != "" {
		s.CSV = datasets.CSV{Header: known.Header, Skip: known.Skip, SkipTo: known.SkipTo, Comment: known.Comment, Footer: known.Footer, FooterShort: known.FooterShort}
	}
	if err := s.read(ctx, w, sheet, limit); err != nil {
		return s.Sniffed, err
	}
	if len(s.Values) == 0 {
		return s.Sniffed, nil
	}
	merged, err := w.mergedCells(sheet)
	if err != nil {
		return s.Sniffed, w.damaged(err, 0)
	}
	s.Width = s.Widest()
	at := s.header(merged)
	s.ends(at)
	return s.Sniffed, nil
}

// sniffer is the first rows of a sheet, their numbers, and the last rows.
type sniffer struct {
	header.Sniffed
	header.Rows
	numbers []int
	left    int // the first column that has a value, from 0
	tail    []tailRow
	whole   bool
}

// tailRow is one of the last rows.
type tailRow struct {
	number, cells int
	texts         []string
}

// read reads the rows.
func (s *sniffer) read(ctx context.Context, w *Workbook, sheet Sheet, limit int64) error {
	r, err := w.rows(sheet, datasets.CSV{Comment: s.Comment})
	if err != nil {
		return err
	}
	defer r.Close()
	s.left = maxColumn
	values := r.newValues()
	for read := int64(0); limit == 0 || read < limit; {
		p, err := r.read()
		if errors.Is(err, io.EOF) {
			s.whole = true
			break
		}
		if err != nil {
			return err
		}
		read += int64(len(p.text))
		if err := p.each(func(rows *rows) { s.add(rows, values) }); err != nil {
			return err
		}
		r.Recycle(p)
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	for i := range s.Values {
		s.Values[i] = s.Values[i][min(s.left, len(s.Values[i])):]
	}
	for i := range s.tail {
		s.tail[i].texts = s.tail[i].texts[min(s.left, len(s.tail[i].texts)):]
	}
	return nil
}

// add adds a row.
func (s *sniffer) add(rows *rows, v *values) {
	if rows.row <= s.Skip {
		return
	}
	all := texts(rows, v)
	if len(s.Values) < header.MaxSniffed {
		s.Values, s.numbers = append(s.Values, all), append(s.numbers, rows.row)
		s.left = min(s.left, rows.cells[0].column-1)
	}
	if len(s.tail) == maxTail {
		s.tail = append(s.tail[:0], s.tail[1:]...)
	}
	s.tail = append(s.tail, tailRow{rows.row, len(rows.cells), all})
}

// header finds the header, and returns which of the rows is its first.
func (s *sniffer) header(merged []area) int {
	if s.SkipTo != "" {
		return 0
	}
	at := 0
	for s.Width > 1 && at < len(s.Values)-1 && s.Before(at) {
		at++
	}
	if at == len(s.Values)-1 && len(s.Values[at]) != s.Width {
		at = 0
	}
	first, last := at, at
	for first > 0 && s.numbers[first-1] == s.numbers[first]-1 && s.groups(first-1, merged) {
		first--
	}
	for last+1 < len(s.Values) && s.numbers[last+1] == s.numbers[last]+1 && (s.groups(last, merged) || s.goesOn(last, merged)) && !s.LooksLikeValues(last+1) {
		last++
	}
	if first > 0 {
		s.Skip = s.numbers[first] - 1
		s.Note("%s before the header.", header.Count(s.Skip, "row stands", "rows stand"))
	}
	switch lines := last - first + 1; {
	case s.Header != 0:
	case lines > 1:
		s.CSV.Header = lines
		s.Note("The header takes %d rows, with merged cells: the parts of a name are joined.", lines)
	case s.padded(first).Missing():
		s.CSV.Header = datasets.NoHeader
		s.Note("There is no header: the first row has values like those below it. Columns go by their places.")
	}
	return last
}

// groups reports whether a row names groups of columns, by merged cells. A single one
// that begins in the first column is a title.
func (s *sniffer) groups(i int, merged []area) bool {
	return slices.ContainsFunc(merged, func(m area) bool {
		return m.top == s.numbers[i] && m.right > m.left && (header.Filled(s.Values[i]) > 1 || m.left > s.left+1)
	})
}

// goesOn reports whether a cell of a row is merged with one below it.
func (s *sniffer) goesOn(i int, merged []area) bool {
	return slices.ContainsFunc(merged, func(m area) bool {
		return m.top <= s.numbers[i] && m.bottom > s.numbers[i] && m.left == m.right
	})
}

// padded returns the rows from one on, all of one width.
func (s *sniffer) padded(from int) *header.Rows {
	width := 0
	for _, row := range s.Values[from:] {
		width = max(width, len(row))
	}
	all := &header.Rows{Width: width}
	for _, row := range s.Values[from:] {
		all.Values = append(all.Values, append(slices.Clone(row), make([]string, width-len(row))...))
	}
	return all
}

// ends finds a footer behind the rows of the header that ends in a row: last rows with
// one value, or a row of totals.
func (s *sniffer) ends(last int) {
	if !s.whole || s.Footer != "" || s.FooterShort || s.Width < 2 || len(s.Values) < last+3 {
		return
	}
	if n := s.footer(last); n > 0 {
		s.FooterShort = true
		if n == 1 {
			s.Note("The last row has one value, and is no row.")
		} else {
			s.Note("The last %d rows have one value each, and are no rows.", n)
		}
		return
	}
	body := s.padded(last)
	if end := s.tail[len(s.tail)-1]; end.number > s.numbers[len(s.numbers)-1] {
		body.Values = append(body.Values, append(slices.Clone(end.texts), make([]string, max(0, body.Width-len(end.texts)))...))
	}
	if word := body.Total(); word != "" {
		s.Footer = "^" + regexp.QuoteMeta(word)
		s.Note("The last row has totals, and is no row.")
	}
}

// footer returns how many of the last rows have one value, in the first column, and
// are no rows that lack the others.
func (s *sniffer) footer(last int) (n int) {
	for n < len(s.tail) && s.tail[len(s.tail)-1-n].cells == 1 && s.tail[len(s.tail)-1-n].number > s.numbers[last]+1 {
		n++
	}
	if n == 0 || n == len(s.tail) {
		return 0
	}
	body := header.Rows{Values: s.Values[last:], Width: s.Width}
	from := s.tail[len(s.tail)-n]
	if at := slices.Index(s.numbers, from.number); at > last {
		body.Values = s.Values[last:at]
	}
	kind := body.ColumnKind(0)
	apart := from.number > s.tail[len(s.tail)-n-1].number+1 // by an empty row
	for i, row := range s.tail[len(s.tail)-n:] {
		text := ""
		if len(row.texts) > 0 {
			text = row.texts[0]
		}
		switch k := header.KindOf(text); {
		case text == "", kind > header.TextKind && k == kind:
			return 0
		case kind <= header.TextKind && i == 0 && !apart && !header.Closes(text):
			return 0
		}
	}
	return n
}
