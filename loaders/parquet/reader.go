package parquet

import (
	"context"
	"io"

	arrowlib "github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"herbarium/loaders/arrow"
	"herbarium/loaders/source"
)

// batchRows is how many rows are read at once.
const batchRows = 32 << 10

// Open opens a Parquet file.
func Open(ctx context.Context, c *source.Content) (*arrow.Reader, error) {
	return arrow.Open("Parquet", c, func(r *arrow.Reader) error { return open(ctx, c, r) })
}

func open(ctx context.Context, c *source.Content, r *arrow.Reader) error {
	in, done, err := c.RandomAccess()
	if err != nil {
		return err
	}
	r.Defer(done)
	mem := arrow.Allocator()
	properties := parquet.NewReaderProperties(mem)
	f, err := file.NewParquetReader(in, file.WithReadProps(properties))
	if err != nil {
		return err
	}
	// Columns are read one after the other: a panic in a goroutine of the
	// library could not be recovered.
	reading := pqarrow.ArrowReadProperties{BatchSize: batchRows}
	for i := range f.MetaData().Schema.NumColumns() {
		if f.MetaData().Schema.Column(i).PhysicalType() == parquet.Types.ByteArray {
			reading.SetReadDict(i, true)
		}
	}
	columns, err := pqarrow.NewFileReader(f, reading, mem)
	if err != nil {
		return err
	}
	if r.Schema, err = columns.Schema(); err != nil {
		return err
	}
	rows, err := columns.GetRecordReader(ctx, nil, nil)
	if err != nil {
		return err
	}
	r.Defer(rows.Release)
	r.Read = func(context.Context) (arrowlib.RecordBatch, error) {
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
