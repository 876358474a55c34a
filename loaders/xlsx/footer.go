package xlsx

import "bytes"

// A footer is looked for in the last rows, as far as they stand in the last pieces of
// XML, of which the last two are joined where the last is short.
const (
	maxFooterRows = 200
	minFooterText = 64 << 10
)

// beforeFooter returns the next part, of which the last ends before the footer.
func (r *Reader) beforeFooter() (*part, error) {
	return r.ahead.Next(r.nextPart, joinShort, func(p *part) {
		// A fault of the XML is reported by Decode, in its place.
		if until, wrong := r.footerRow(p); wrong == nil {
			p.until = until
		}
	})
}

// joinShort joins a part to the one before it where a footer could begin in that.
func joinShort(p, next *part) bool {
	if len(next.text) >= minFooterText {
		return false
	}
	p.text = append(bytes.Clone(p.text), next.text...)
	return true
}

// footerRow returns the row at which the footer begins: the first of the last rows
// that the pattern matches, or else the first behind the last row with more than one
// value; 0 where there is none.
func (r *Reader) footerRow(p *part) (int, error) {
	type last struct {
		row   int
		short bool
		match bool
	}
	var all []last
	err := p.each(func(rows *rows) {
		if len(all) == 2*maxFooterRows {
			all = append(all[:0], all[maxFooterRows:]...)
		}
		all = append(all, last{rows.row, len(rows.cells) == 1, r.footer != nil && r.footer.MatchString(r.line(rows))})
	})
	all = all[max(0, len(all)-maxFooterRows):]
	until := 0
	for i := len(all) - 1; i >= 0; i-- {
		switch {
		case r.footer != nil && all[i].match:
			until = all[i].row
		case r.footer == nil && !all[i].short:
			return until, err
		case r.footer == nil:
			until = all[i].row
		}
	}
	return until, err
}
