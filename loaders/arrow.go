package loaders

import (
	"context"
	"errors"
	"fmt"
	"herbarium/loaders/source"
	"io"
	"os"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// columnsReader reads sources that have columns with types, batch by batch.
type columnsReader struct {
	what   string // the format, in words
	schema *arrow.Schema
	read   func(context.Context) (arrow.RecordBatch, error)
	done   []func() // what is to be let go of, in this order
	fields []arrowField
}

// next returns the next rows.
func (r *columnsReader) next(ctx context.Context) (part, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var batch arrow.RecordBatch
	err := guarded(r.what, func() (err error) {
		batch, err = r.read(ctx)
		return err
	})
	var path *os.PathError
	var damaged *source.DamagedError
	switch {
	case err == nil && batch.NumRows() > maxBatchRows:
		batch.Release()
		return nil, damagedFile(r.what, fmt.Errorf("a batch claims %d rows", batch.NumRows()))
	case err == nil:
		return &columnsPart{reader: r, batch: batch}, nil
	case err == io.EOF, errors.As(err, &path), ctx.Err() != nil:
		return nil, err
	case errors.As(err, &damaged):
		return nil, source.DamagedAt(err, 0, 0)
	}
	return nil, asDamaged(r.what, err)
}

// maxBatchRows is how many rows a batch may claim to have: rows without any
// value take no room in a file.
const maxBatchRows = 1 << 26

// asDamaged makes err say that the file is damaged, if it does not yet.
func asDamaged(what string, err error) error {
	var wrong *source.SyntaxError
	if errors.As(err, &wrong) {
		return err
	}
	return damagedFile(what, err)
}

func (r *columnsReader) recycle(p part) { p.(*columnsPart).batch.Release() }

func (r *columnsReader) close() {
	for _, done := range r.done {
		done()
	}
}

// columnsPart is a batch of rows, column by column.
type columnsPart struct {
	reader *columnsReader
	batch  arrow.RecordBatch
}

// openArrow opens an Arrow IPC file or stream.
func openArrow(c *source.Content, head []byte) (r *columnsReader, err error) {
	r = &columnsReader{what: "Arrow IPC"}
	mem := boundedMemory{memory.DefaultAllocator}
	err = guarded(r.what, func() error {
		if string(head[:min(len(head), 6)]) == "ARROW1" {
			return r.openFile(c, mem)
		}
		in := &frames{in: c.Text}
		stream, err := ipc.NewReader(in, ipc.WithAllocator(mem))
		if err != nil {
			return err
		}
		r.done = append(r.done, stream.Release)
		r.schema = stream.Schema()
		r.read = func(context.Context) (arrow.RecordBatch, error) {
			if !stream.Next() {
				return nil, in.end(stream.Err())
			}
			batch := stream.RecordBatch()
			batch.Retain()
			return batch, nil
		}
		return nil
	})
	if err != nil {
		return r, unreadable(c, r.what, err)
	}
	return r, nil
}

// unreadable says why a file of columns cannot be opened: by the system, or
// for what is in it.
func unreadable(c *source.Content, what string, err error) error {
	var path *os.PathError
	var damaged *source.DamagedError
	switch {
	case errors.As(err, &path), c.Failed(err):
		return err
	case errors.As(err, &damaged):
		return source.DamagedAt(err, 1, 1)
	}
	return asDamaged(what, err)
}

func (r *columnsReader) openFile(c *source.Content, mem memory.Allocator) error {
	file, done, err := c.RandomAccess()
	if err != nil {
		return err
	}
	r.done = append(r.done, done)
	if err := checkArrowFile(file); err != nil {
		return err
	}
	f, err := ipc.NewFileReader(file, ipc.WithAllocator(mem))
	if err != nil {
		return err
	}
	r.schema = f.Schema()
	next := 0
	r.read = func(context.Context) (arrow.RecordBatch, error) {
		if next == f.NumRecords() {
			c.CountAll()
			return nil, io.EOF
		}
		next++
		return f.RecordBatchAt(next - 1)
	}
	return nil
}
