package csv

import (
	"bytes"
	"errors"
	"io"
	"regexp"
)

// maxFooter is how many bytes before a file's end a footer may begin.
const maxFooter = 64 << 10

// beforeFooter returns the next part. It reads one ahead, since the last part
// ends before the footer. A short last part is joined to the one before, so that
// no footer is in two.
func (r *Reader) beforeFooter() (*part, error) {
	p := r.ahead
	r.ahead = nil
	if p == nil {
		var err error
		if p, err = r.nextPart(); err != nil {
			return nil, err
		}
	}
	next, err := r.nextPart()
	for err == nil && len(next.text) < maxFooter {
		p.text = append(bytes.Clone(p.text), next.text...)
		p.lines += next.lines
		next, err = r.nextPart()
	}
	switch {
	case err == nil:
		r.ahead = next
	case errors.Is(err, io.EOF):
		p.text = p.text[:footerStart(p.text, r.syntax, r.footer, len(r.header))]
	default:
		return nil, err
	}
	return p, nil
}

// footerStart returns where the footer begins at the end of a text: at the first
// of the last lines that the pattern matches. Where there is no pattern, it
// begins behind the last record that has as many values as the header.
func footerStart(text []byte, in syntax, pattern *regexp.Regexp, width int) int {
	from := max(0, len(text)-maxFooter)
	if from > 0 {
		from += bytes.IndexByte(text[from:], '\n') + 1
	}
	if pattern != nil {
		for at := from; at < len(text); {
			end := indexFrom(text, at, '\n')
			if pattern.Match(bytes.TrimRight(text[at:end], "\r")) {
				return at
			}
			at = end + 1
		}
		return len(text)
	}
	// From the end, line by line: each must be a record of its own.
	for end := len(text); end > from; {
		start := bytes.LastIndexByte(bytes.TrimRight(text[:end], "\r\n"), '\n') + 1
		s := &scanner{syntax: in}
		s.reset(text[start:end], 1, false, len(text))
		if more, err := s.next(); err != nil || more && !s.blank && len(s.cells) >= width {
			return end
		}
		end = start
	}
	return from
}
