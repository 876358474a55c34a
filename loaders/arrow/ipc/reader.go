package ipc

import (
	"context"
	"io"

	arrowlib "github.com/apache/arrow-go/v18/arrow"
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
	r.Schema = stream.Schema()
	r.Read = func(context.Context) (arrowlib.RecordBatch, error) {
		if !stream.Next() {
			return nil, messages.end(stream.Err())
		}
		batch := stream.RecordBatch()
		batch.Retain()
		return batch, nil
	}
	return nil
}

func openFile(c *source.Content, r *arrow.Reader) error {
	file, done, err := c.RandomAccess()
	if err != nil {
		return err
	}
	r.Defer(done)
	if err := checkFile(file); err != nil {
		return err
	}
	f, err := ipc.NewFileReader(file, ipc.WithAllocator(arrow.Allocator()))
	if err != nil {
		return err
	}
	r.Schema = f.Schema()
	next := 0
	r.Read = func(context.Context) (arrowlib.RecordBatch, error) {
		if next == f.NumRecords() {
			c.CountAll()
			return nil, io.EOF
		}
		next++
		return f.RecordBatchAt(next - 1)
	}
	return nil
}
