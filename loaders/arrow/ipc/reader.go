package ipc

import (
	"context"
	"io"
	"slices"

	arrowlib "github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"

	"herbarium/loaders/arrow"
	"herbarium/loaders/source"
)

// fileMagic begins an IPC file.
const fileMagic = "ARROW1"

// Open opens an Arrow IPC file, or a stream if it does not begin as a file does.
func Open(c *source.Content) (*arrow.Reader, error) {
	head, err := source.Peek(c.Text)
	if err != nil {
		return nil, source.DamagedAt(err, 1, 1)
	}
	return arrow.Open("Arrow IPC", c, func(r *arrow.Reader) error {
		if string(head[:min(len(head), len(fileMagic))]) == fileMagic {
			return openFile(c, r)
		}
		return openStream(c.Text, r)
	})
}

func openStream(in io.Reader, r *arrow.Reader) error {
	messages := &messageReader{in: in}
	stream, err := ipc.NewReader(messages, ipc.WithAllocator(arrow.Allocator()))
	if err != nil {
		return err
	}
	r.Defer(stream.Release)
	r.Schema = widened(stream.Schema(), messages.wide)
	r.Read = func(context.Context) (arrowlib.RecordBatch, error) {
		if !stream.Next() {
			return nil, messages.end(stream.Err())
		}
		batch := stream.RecordBatch()
		batch.Retain()
		return widenedBatch(batch, r.Schema, messages.wide)
	}
	return nil
}

// widened returns a schema with the type that integers of 128 bits are read as.
func widened(schema *arrowlib.Schema, wide arrow.Wide) *arrowlib.Schema {
	if len(wide) == 0 {
		return schema
	}
	fields := schema.Fields()
	for i := range wide {
		fields[i].Type = arrow.WideInteger
	}
	return arrowlib.NewSchema(fields, nil)
}

// widenedBatch returns a batch with integers of 128 bits. It takes the batch over.
func widenedBatch(batch arrowlib.RecordBatch, schema *arrowlib.Schema, wide arrow.Wide) (arrowlib.RecordBatch, error) {
	if len(wide) == 0 {
		return batch, nil
	}
	defer batch.Release()
	columns := slices.Clone(batch.Columns())
	for i, signed := range wide {
		if columns[i] = arrow.Widen(columns[i], signed); columns[i] == nil {
			return nil, errTruncated
		}
		defer columns[i].Release()
	}
	return array.NewRecordBatch(schema, columns, batch.NumRows()), nil
}

func openFile(c *source.Content, r *arrow.Reader) error {
	file, done, err := c.RandomAccess()
	if err != nil {
		return err
	}
	r.Defer(done)
	file, wide, err := checkFile(file)
	if err != nil {
		return err
	}
	f, err := ipc.NewFileReader(file, ipc.WithAllocator(arrow.Allocator()))
	if err != nil {
		return err
	}
	r.Schema = widened(f.Schema(), wide)
	next := 0
	r.Read = func(context.Context) (arrowlib.RecordBatch, error) {
		if next == f.NumRecords() {
			c.CountAll()
			return nil, io.EOF
		}
		next++
		batch, err := f.RecordBatchAt(next - 1)
		if err != nil {
			return nil, err
		}
		return widenedBatch(batch, r.Schema, wide)
	}
	return nil
}
