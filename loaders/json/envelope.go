package json

import (
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json/jsontext"

	"herbarium/loaders/source"
)

// maxEnvelope is how many bytes of a JSON document may come before its rows, and
// how many after them.
const maxEnvelope = 64 << 20

// envelope reads what comes before the rows of a document, or after them, and
// counts its lines and columns.
type envelope struct {
	in           io.Reader
	n            int64
	before       int64  // what the decoder was given beforehand
	line, column int    // where the chunk that was read last begins
	chunk        []byte // it
	err          error
}

// Read reads from the document, as far as it may.
func (e *envelope) Read(p []byte) (int, error) {
	n, err := e.in.Read(p)
	e.line, e.column = behind(e.chunk, e.line, e.column)
	e.chunk = append(e.chunk[:0], p[:n]...)
	if e.n += int64(n); e.n > maxEnvelope {
		n, err = 0, fmt.Errorf("more than %d MiB stand before or after the rows", maxEnvelope>>20)
	}
	if err != nil && err != io.EOF {
		e.err = err
	}
	return n, err
}

// place returns the place of an offset that the decoder has reached.
func (e *envelope) place(offset int64) (line, column int) {
	in := int(offset - (e.n - int64(len(e.chunk))))
	return behind(e.chunk[:max(0, min(in, len(e.chunk)))], e.line, e.column)
}

// syntax says where and why the document is invalid. An error of the system
// stays as it is.
func (e *envelope) syntax(err error, offset int64) error {
	if e.err != nil && errors.Is(err, e.err) {
		var damaged *source.DamagedError
		if !errors.As(err, &damaged) && e.n <= maxEnvelope {
			return e.err
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
	line, column := e.place(offset - e.before)
	var damaged *source.DamagedError
	if errors.As(err, &damaged) {
		return source.DamagedAt(damaged, line, column)
	}
	if wrong != nil || errors.Is(err, io.EOF) {
		return source.ErrorAt(line, column, "this is not JSON: "+reasonOf(err))
	}
	return source.ErrorAt(line, column, err.Error())
}
