package arrow

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"herbarium/loaders/decode"
	"herbarium/loaders/source"
)

// Reader reads the record batches of a source.
type Reader struct {
	// Schema has the source's columns.
	Schema *arrow.Schema
	// Read returns the next batch, or io.EOF after the last.
	Read func(context.Context) (arrow.RecordBatch, error)

	// Unreadable says of columns of the schema why they cannot be read.
	Unreadable map[int]string

	skipped []bool   // columns that the descriptor leaves out
	format  string   // in words
	done    []func() // what is to be called at the end, in reverse order
	fields  []position
}

// Open opens a source. Errors call its format by name. open sets the reader's
// Schema and Read; if it panics, Open reports the source as damaged.
func Open(format string, c *source.Content, open func(*Reader) error) (*Reader, error) {
	r := &Reader{format: format}
	if err := guarded(format, func() error { return open(r) }); err != nil {
		r.Close()
		return nil, unreadable(c, format, err)
	}
	return r, nil
}

// Skips reports whether no value of a column is wanted. It is known once Bind was
// called.
func (r *Reader) Skips(column int) bool { return column < len(r.skipped) && r.skipped[column] }

// Defer has Close call f, before what it was given earlier.
func (r *Reader) Defer(f func()) { r.done = append(r.done, f) }

// Next returns the next rows.
func (r *Reader) Next(ctx context.Context) (decode.Part, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var batch arrow.RecordBatch
	err := guarded(r.format, func() (err error) {
		batch, err = r.Read(ctx)
		return err
	})
	var path *os.PathError
	var damaged *source.DamagedError
	switch {
	case err == nil && batch.NumRows() > maxBatchRows:
		batch.Release()
		return nil, damagedFile(r.format, fmt.Errorf("a batch claims %d rows", batch.NumRows()))
	case err == nil:
		return &part{reader: r, batch: batch}, nil
	case err == io.EOF, errors.As(err, &path), ctx.Err() != nil:
		return nil, err
	case errors.As(err, &damaged):
		return nil, source.DamagedAt(err, 0, 0)
	}
	return nil, asDamaged(r.format, err)
}

// maxBatchRows is how many rows a batch may claim to have: rows without values
// take no space in a file.
const maxBatchRows = 1 << 26

// unreadable says why a file of columns cannot be opened: because of the system,
// or of what is in it.
func unreadable(c *source.Content, format string, err error) error {
	var path *os.PathError
	var damaged *source.DamagedError
	switch {
	case errors.As(err, &path), c.Failed(err):
		return err
	case errors.As(err, &damaged):
		return source.DamagedAt(err, 1, 1)
	}
	return asDamaged(format, err)
}

// asDamaged makes err say that the file is damaged, if it does not yet.
func asDamaged(format string, err error) error {
	var wrong *source.SyntaxError
	if errors.As(err, &wrong) {
		return err
	}
	return damagedFile(format, err)
}

// Recycle releases a part's batch.
func (r *Reader) Recycle(p decode.Part) { p.(*part).batch.Release() }

// Close frees what the reader holds.
func (r *Reader) Close() {
	for _, done := range slices.Backward(r.done) {
		done()
	}
}
