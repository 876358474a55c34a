package csv

import (
	"bytes"
	"regexp"
)

// maxFooter is how many bytes before a file's end a footer may begin.
const maxFooter = 64 << 10

// beforeFooter returns the next part, of which the last ends before the footer.
func (r *Reader) beforeFooter() (*part, error) {
	return r.ahead.Next(r.nextPart, joinShort, func(p *part) {
		p.text = p.text[:footerStart(p.text, r.syntax, r.footer, len(r.header))]
	})
}

// joinShort joins a part to the one before it where a footer could begin in that.
func joinShort(p, next *part) bool {
	if len(next.text) >= maxFooter {
		return false
	}
	p.text = append(bytes.Clone(p.text), next.text...)
	p.lines += next.lines
	return true
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
