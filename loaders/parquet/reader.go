package parquet

import (
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"

	"herbarium/loaders/arrow"
	"herbarium/loaders/source"
)

// batchRows is how many rows are read at once.
const batchRows = 32 << 10

// Open opens a Parquet file.
func Open(c *source.Content) (*arrow.Reader, error) {
	return arrow.Open("Parquet", c, func(r *arrow.Reader) error { return open(c, r) })
}

func open(c *source.Content, r *arrow.Reader) error {
	in, done, err := c.RandomAccess()
	if err != nil {
		return err
	}
	r.Defer(done)
	properties := parquet.NewReaderProperties(arrow.Allocator())
	f, err := file.NewParquetReader(in, file.WithReadProps(properties))
	if err != nil {
		return err
	}
	columns, err := newColumns(f)
	if err != nil {
		return err
	}
	r.Schema, r.Unreadable = columns.schema, columns.unreadable
	batches := &batches{columns: columns, reader: r, content: c}
	r.Defer(batches.close)
	r.Read = batches.next
	return nil
}
