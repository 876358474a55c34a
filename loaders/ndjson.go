package loaders

import (
	"bufio"
	"bytes"
	"context"
	"herbarium/loaders/source"
)

// ndjsonReader reads an object a line. Lines of nothing but spaces are no
// rows.
type ndjsonReader struct {
	chunks *source.Chunker
	paths  *paths
	line   int
}

func openNDJSON(in *bufio.Reader, limits source.Limits, paths *paths) (*ndjsonReader, error) {
	r := &ndjsonReader{paths: paths, line: 1}
	r.chunks = source.NewChunker(in, limits, func(text []byte) int { return bytes.LastIndexByte(text, '\n') + 1 })
	head, err := source.Peek(in)
	if err == nil {
		_, err = source.SkipByteOrderMark(in, head)
	}
	return r, source.DamagedAt(err, 1, 1)
}

// next returns the next lines.
func (r *ndjsonReader) next(context.Context) (part, error) {
	text, truncated, err := r.chunks.Next()
	if err != nil {
		return nil, source.DamagedAt(err, r.line, 1)
	}
	p := &jsonPart{paths: r.paths, text: text, line: r.line, column: 1, lines: true}
	if truncated {
		p.text, p.err = nil, tooLongAt(r.line, 1, r.chunks.Limits().Record)
		p.block = text
		return p, nil
	}
	p.block = text
	r.line += bytes.Count(text, []byte{'\n'})
	return p, nil
}

func (r *ndjsonReader) recycle(p part) { r.chunks.Recycle(p.(*jsonPart).block) }
func (r *ndjsonReader) close()         {}
