package loaders

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

	"herbarium/loaders/source"
	"herbarium/schemas"
)

// maxAround is how many bytes of a JSON document may stand before its rows,
// and how many behind them.
const maxAround = 64 << 20

// jsonReader reads the objects of an array, which is a JSON document or a
// part of one.
type jsonReader struct {
	chunks       *source.Chunker
	paths        *paths
	line, column int // of the next block
	first        bool
	closed       bool   // the array's end was read
	opened       string // what the document opened before the array
}

// openJSON reads up to the rows, which a JSON pointer names; "" is the whole
// document.
func openJSON(in *bufio.Reader, limits source.Limits, pointer string, paths *paths) (*jsonReader, error) {
	r := &jsonReader{paths: paths, first: true}
	head, err := source.Peek(in)
	if err == nil {
		_, err = source.SkipByteOrderMark(in, head)
	}
	if err != nil {
		return nil, source.DamagedAt(err, 1, 1)
	}
	around := &around{in: in, line: 1, column: 1}
	decoder := jsontext.NewDecoder(around)
	if err := r.seek(around, decoder, pointer); err != nil {
		return nil, around.syntax(err, decoder.InputOffset())
	}
	r.line, r.column = around.place(decoder.InputOffset())
	rest := io.MultiReader(bytes.NewReader(bytes.Clone(decoder.UnreadBuffer())), in)
	r.chunks = source.NewChunker(rest, limits, r.cut)
	return r, nil
}

// seek reads on behind the bracket that opens the rows.
func (r *jsonReader) seek(around *around, decoder *jsontext.Decoder, pointer string) error {
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
	line, column := around.place(decoder.InputOffset() + int64(between))
	if _, err := decoder.ReadToken(); err != nil {
		return err
	}
	return source.ErrorAt(line, column, placeOf(at)+" is "+jsonKind([]byte{byte(kind)})+", not an array of rows; rows: /NAME in the descriptor, or --rows, says where they are")
}

// step goes from the value at a pointer into its member or element called
// token, and notes in opened how to come there.
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
	return "what stands at " + string(at)
}

func among(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return "; it has " + strings.Join(names, ", ")
}

// cut returns where the last whole element ends, or the array.
func (r *jsonReader) cut(text []byte) int {
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

// next returns the next elements.
func (r *jsonReader) next(context.Context) (part, error) {
	if r.closed {
		return nil, r.rest()
	}
	text, truncated, err := r.chunks.Next()
	if err == io.EOF {
		return nil, source.ErrorAt(r.line, r.column, "this is no JSON: the array of rows is never closed")
	}
	if err != nil {
		return nil, source.DamagedAt(err, r.line, r.column)
	}
	p := &jsonPart{paths: r.paths, text: text, block: text, line: r.line, column: r.column, first: r.first}
	switch {
	case truncated:
		between := text[:len(text)-len(bytes.TrimLeft(text, ", \t\r\n"))]
		line, column := behind(between, r.line, r.column)
		p.text, p.err = nil, tooLongAt(line, column, r.chunks.Limits().Record)
	case r.closed:
	default:
		// The last block ends where the source does.
		if end := r.cut(text); r.closed {
			r.chunks.Unread(text[end:])
			p.text = text[:end]
		}
	}
	r.first = r.first && len(bytes.TrimLeft(p.text, " \t\r\n")) == 0
	r.advance(p.text)
	return p, nil
}

// advance moves the place behind a text.
func (r *jsonReader) advance(text []byte) { r.line, r.column = behind(text, r.line, r.column) }

// behind returns the place behind a text that begins at line and column.
func behind(text []byte, line, column int) (int, int) {
	n := bytes.LastIndexByte(text, '\n')
	if n < 0 {
		return line, column + len(text)
	}
	return line + bytes.Count(text, []byte{'\n'}), len(text) - n
}

// rest reads what stands behind the rows, which must end the document: a part
// of a file is not taken for the whole.
func (r *jsonReader) rest() error {
	before := r.opened + "[]"
	around := &around{in: r.chunks.Rest(), line: r.line, column: r.column, before: int64(len(before))}
	decoder := jsontext.NewDecoder(io.MultiReader(strings.NewReader(before), around))
	err := decoder.SkipValue()
	if err == nil {
		if _, err = decoder.ReadToken(); err == nil {
			err = errors.New("something stands behind the document")
		}
	}
	if err == io.EOF {
		return io.EOF
	}
	return around.syntax(err, decoder.InputOffset())
}

func (r *jsonReader) recycle(p part) { r.chunks.Recycle(p.(*jsonPart).block) }
func (r *jsonReader) close()         {}

// around reads what stands before the rows of a document, or behind them, and
// knows where that is.
type around struct {
	in           io.Reader
	n            int64
	before       int64  // what the decoder was given beforehand
	line, column int    // where the chunk that was read last begins
	chunk        []byte // it
	err          error
}

// Read reads from the document, as far as it may.
func (a *around) Read(p []byte) (int, error) {
	n, err := a.in.Read(p)
	a.line, a.column = behind(a.chunk, a.line, a.column)
	a.chunk = append(a.chunk[:0], p[:n]...)
	if a.n += int64(n); a.n > maxAround {
		n, err = 0, fmt.Errorf("more than %d MiB stand around the rows", maxAround>>20)
	}
	if err != nil && err != io.EOF {
		a.err = err
	}
	return n, err
}

// place returns the place of an offset, which the decoder has come to.
func (a *around) place(offset int64) (line, column int) {
	in := int(offset - (a.n - int64(len(a.chunk))))
	return behind(a.chunk[:max(0, min(in, len(a.chunk)))], a.line, a.column)
}

// syntax says where and why the document is not as it must be. What the
// system says stays as it is.
func (a *around) syntax(err error, offset int64) error {
	if a.err != nil && errors.Is(err, a.err) {
		var damaged *source.DamagedError
		if !errors.As(err, &damaged) && a.n <= maxAround {
			return a.err
		}
	}
	var known *source.SyntaxError
	if errors.As(err, &known) {
		return known
	}
	var wrong *jsontext.SyntacticError
	if errors.As(err, &wrong) {
		offset = wrong.ByteOffset
	}
	line, column := a.place(offset - a.before)
	var damaged *source.DamagedError
	if errors.As(err, &damaged) {
		return source.DamagedAt(damaged, line, column)
	}
	if wrong != nil || errors.Is(err, io.EOF) {
		return source.ErrorAt(line, column, "this is no JSON: "+jsonReason(err))
	}
	return source.ErrorAt(line, column, err.Error())
}
