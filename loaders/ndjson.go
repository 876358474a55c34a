package loaders

import (
	"bufio"
	"bytes"
	"context"
)

// ndjsonReader reads an object a line. Lines of nothing but spaces are no
// rows.
type ndjsonReader struct {
	cutter *cutter
	paths  *paths
	line   int
}

func openNDJSON(in *bufio.Reader, limits limits, paths *paths) (*ndjsonReader, error) {
	r := &ndjsonReader{paths: paths, line: 1}
	r.cutter = newCutter(in, limits, func(text []byte) int { return bytes.LastIndexByte(text, '\n') + 1 })
	head, err := peek(in)
	if err == nil {
		_, err = skipMark(in, head)
	}
	return r, brokenAt(err, 1, 1)
}

// next returns the next lines.
func (r *ndjsonReader) next(context.Context) (part, error) {
	text, cutOff, err := r.cutter.next()
	if err != nil {
		return nil, brokenAt(err, r.line, 1)
	}
	p := &jsonPart{paths: r.paths, text: text, line: r.line, column: 1, lines: true}
	if cutOff {
		p.text, p.err = nil, tooLongAt(r.line, 1, r.cutter.limits.record)
		p.block = text
		return p, nil
	}
	p.block = text
	r.line += bytes.Count(text, []byte{'\n'})
	return p, nil
}

func (r *ndjsonReader) recycle(p part) { r.cutter.recycle(p.(*jsonPart).block) }
func (r *ndjsonReader) close()         {}
