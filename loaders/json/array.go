package json

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"herbarium/loaders/decode"
	"herbarium/loaders/source"
	"herbarium/schemas"
)

// arrayReader reads the objects of an array, which is a JSON document or a part
// of one. Chunks are cut by brackets and quotes alone; whether a row is JSON at
// all is found when it is decoded.
type arrayReader struct {
	chunks       *source.Chunker
	paths        *paths
	line, column int // of the next chunk
	first        bool
	closed       bool   // the array's end was read
	opened       string // what the document opened before the array
}

// OpenArray reads a document up to the array of rows, which a JSON pointer names;
// "" is the whole document.
func OpenArray(in *bufio.Reader, limits source.Limits, pointer string, l *decode.Layout) (decode.Reader, error) {
	r, err := openArray(in, limits, pointer, fieldPaths(l))
	if err != nil {
		return nil, err
	}
	return r, nil
}

func openArray(in *bufio.Reader, limits source.Limits, pointer string, paths *paths) (*arrayReader, error) {
	r := &arrayReader{paths: paths, first: true}
	head, err := source.Peek(in)
	if err == nil {
		_, err = source.SkipByteOrderMark(in, head)
	}
	if err != nil {
		return nil, source.DamagedAt(err, 1, 1)
	}
	envelope := &envelope{in: in, line: 1, column: 1}
	decoder := jsontext.NewDecoder(envelope)
	if err := r.seek(envelope, decoder, pointer); err != nil {
		return nil, envelope.syntax(err, decoder.InputOffset())
	}
	r.line, r.column = envelope.place(decoder.InputOffset())
	rest := io.MultiReader(bytes.NewReader(bytes.Clone(decoder.UnreadBuffer())), in)
	r.chunks = source.NewChunker(rest, limits, r.lastElementEnd)
	return r, nil
}

// seek reads up to and including the bracket that opens the rows.
func (r *arrayReader) seek(envelope *envelope, decoder *jsontext.Decoder, pointer string) error {
	var opened strings.Builder
	var at jsontext.Pointer
	for token := range jsontext.Pointer(pointer).Tokens() {
		if err := step(decoder, at, token, &opened); err != nil {
			return err
		}
		at = at.AppendToken(token)
	}
	r.opened = opened.String()
	kind := decoder.PeekKind()
	if kind == '[' {
		_, err := decoder.ReadToken()
		return err
	}
	ahead := decoder.UnreadBuffer()
	between := len(ahead) - len(bytes.TrimLeft(ahead, " \t\r\n:,"))
	line, column := envelope.place(decoder.InputOffset() + int64(between))
	if _, err := decoder.ReadToken(); err != nil {
		return err
	}
	return source.ErrorAt(line, column, placeOf(at)+" is "+Describe([]byte{byte(kind)})+", not an array of rows; rows: /NAME in the descriptor, or --rows, says where they are")
}

// step goes from the value at a pointer into its member or element called token,
// and appends what it opened on the way to opened.
func step(decoder *jsontext.Decoder, at jsontext.Pointer, token string, opened *strings.Builder) error {
	begin, err := decoder.ReadToken()
	if err != nil {
		return err
	}
	var names []string
	kind := begin.Kind() // a token is void once another one is read
	switch kind {
	case '{':
		for decoder.PeekKind() == '"' {
			name, err := decoder.ReadToken()
			if err != nil {
				return err
			}
			if name.String() == token {
				opened.WriteByte('{')
				opened.Write(schemas.AppendString(nil, token))
				opened.WriteByte(':')
				return nil
			}
			if len(names) < 20 {
				names = append(names, strconv.Quote(name.String()))
			}
			if err := decoder.SkipValue(); err != nil {
				return err
			}
		}
	case '[':
		for i := 0; decoder.PeekKind() != ']'; i++ {
			if strconv.Itoa(i) == token {
				opened.WriteByte('[')
				return nil
			}
			if err := decoder.SkipValue(); err != nil {
				return err
			}
		}
	}
	if kind == '{' || kind == '[' {
		if _, err := decoder.ReadToken(); err != nil {
			return err
		}
	}
	return fmt.Errorf("%s has no %q%s", placeOf(at), token, among(names))
}

// placeOf says in words what a JSON pointer leads to.
func placeOf(at jsontext.Pointer) string {
	if at == "" {
		return "the document"
	}
	return "the value at " + string(at)
}

func among(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return "; it has " + strings.Join(names, ", ")
}

// lastElementEnd returns where the last whole element ends, or the array.
func (r *arrayReader) lastElementEnd(text []byte) int {
	end := 0
	for i := 0; i < len(text); {
		switch text[i] {
		case ' ', '\t', '\r', '\n', ',':
			i++
			continue
		case ']':
			r.closed = true
			return i + 1
		}
		next := elementEnd(text, i)
		if next < 0 {
			return end
		}
		i, end = next, next
	}
	return end
}

// Next returns the next elements.
func (r *arrayReader) Next(context.Context) (decode.Part, error) {
	if r.closed {
		return nil, r.rest()
	}
	text, truncated, err := r.chunks.Next()
	if err == io.EOF {
		return nil, source.ErrorAt(r.line, r.column, "this is not JSON: the array of rows is never closed")
	}
	if err != nil {
		return nil, source.DamagedAt(err, r.line, r.column)
	}
	p := &part{paths: r.paths, text: text, chunk: text, line: r.line, column: r.column, first: r.first}
	switch {
	case truncated:
		between := text[:len(text)-len(bytes.TrimLeft(text, ", \t\r\n"))]
		line, column := behind(between, r.line, r.column)
		p.text, p.err = nil, tooLongAt(line, column, r.chunks.Limits().Record)
	case r.closed:
	default:
		// The last chunk ends where the source does.
		if end := r.lastElementEnd(text); r.closed {
			r.chunks.Unread(text[end:])
			p.text = text[:end]
		}
	}
	r.first = r.first && len(bytes.TrimLeft(p.text, " \t\r\n")) == 0
	r.line, r.column = behind(p.text, r.line, r.column)
	return p, nil
}

// behind returns the place after a text that begins at line and column.
func behind(text []byte, line, column int) (int, int) {
	n := bytes.LastIndexByte(text, '\n')
	if n < 0 {
		return line, column + len(text)
	}
	return line + bytes.Count(text, []byte{'\n'}), len(text) - n
}

// rest reads what comes after the rows and must end the document: half a file
// must not pass for the whole.
func (r *arrayReader) rest() error {
	before := r.opened + "[]"
	envelope := &envelope{in: r.chunks.Rest(), line: r.line, column: r.column, before: int64(len(before))}
	decoder := jsontext.NewDecoder(io.MultiReader(strings.NewReader(before), envelope))
	err := decoder.SkipValue()
	if err == nil {
		if _, err = decoder.ReadToken(); err == nil {
			err = errors.New("there is more data after the document")
		}
	}
	if err == io.EOF {
		return io.EOF
	}
	return envelope.syntax(err, decoder.InputOffset())
}

// Recycle takes back the memory of a part.
func (r *arrayReader) Recycle(p decode.Part) { r.chunks.Recycle(p.(*part).chunk) }

// Close does nothing: the reader holds nothing but memory.
func (r *arrayReader) Close() {}
