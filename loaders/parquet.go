package loaders

import (
	"context"
	"herbarium/loaders/source"
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
)

// parquetRows is how many rows are read at once.
const parquetRows = 32 << 10

// openParquet opens a Parquet file.
func openParquet(ctx context.Context, c *source.Content) (r *columnsReader, err error) {
	r = &columnsReader{what: "Parquet"}
	err = guarded(r.what, func() error { return r.openParquet(ctx, c) })
	if err != nil {
		return r, unreadable(c, r.what, err)
	}
	return r, nil
}

func (r *columnsReader) openParquet(ctx context.Context, c *source.Content) error {
	in, done, err := c.RandomAccess()
	if err != nil {
		return err
	}
	r.done = append(r.done, done)
	mem := boundedMemory{memory.DefaultAllocator}
	properties := parquet.NewReaderProperties(mem)
	f, err := file.NewParquetReader(in, file.WithReadProps(properties))
	if err != nil {
		return err
	}
	// Columns are read one after the other: what panics in a goroutine of the
	// library's could not be held.
	reading := pqarrow.ArrowReadProperties{BatchSize: parquetRows}
	for i := range f.MetaData().Schema.NumColumns() {
		if f.MetaData().Schema.Column(i).PhysicalType() == parquet.Types.ByteArray {
			reading.SetReadDict(i, true)
		}
	}
	columns, err := pqarrow.NewFileReader(f, reading, mem)
	if err != nil {
		return err
	}
	if r.schema, err = columns.Schema(); err != nil {
		return err
	}
	rows, err := columns.GetRecordReader(ctx, nil, nil)
	if err != nil {
		return err
	}
	r.done = append([]func(){rows.Release}, r.done...)
	r.read = func(context.Context) (arrow.RecordBatch, error) {
		if !rows.Next() {
			if err := rows.Err(); err != nil && err != io.EOF {
				return nil, err
			}
			c.CountAll()
			return nil, io.EOF
		}
		batch := rows.RecordBatch()
		batch.Retain()
		return batch, nil
	}
	return nil
}
