package parquet

import (
	"errors"

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
	f, err := openFile(in, properties)
	if errors.Is(err, errLogicalType) {
		if known, ok := withoutUnknownTypes(in); ok {
			f, err = openFile(known, properties)
		}
	}
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

// errLogicalType is the error of a file that has a logical type which the library
// does not know.
var errLogicalType = errors.New("it has a logical type that is not known")

// openFile reads a file's footer. Where the library panics at a logical type, it
// returns errLogicalType.
func openFile(in source.RandomAccess, properties *parquet.ReaderProperties) (f *file.Reader, err error) {
	defer func() {
		switch p := recover(); p {
		case nil:
		case "invalid logical type":
			err = errLogicalType
		default:
			panic(p)
		}
	}()
	return file.NewParquetReader(in, file.WithReadProps(properties))
}
