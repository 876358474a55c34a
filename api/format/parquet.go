package format

import (
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"herbarium/engine"
	"herbarium/engine/plan"
)

// Parquet writes answers as a Parquet file with the types of Arrow, in row groups
// that are sent when they are full, compressed with Snappy, which every reader
// supports.
var Parquet = engine.Format{
	Name:       "parquet",
	MediaType:  "application/vnd.apache.parquet",
	Compressed: true,
	File:       true,
	Described:  true,
	Batched:    true,
	Held:       groupRows,
	New:        func(p *plan.Plan) engine.Encoder { return &parquetEncoder{records: newArrowRecords(p)} },
}

// groupRows is how many rows a row group has. That many are held in memory.
const groupRows = 64 << 10

// dictionaryBytes is the maximum size of the dictionary of a column in a row
// group; beyond it, the column is written without. If most values differ, a
// dictionary saves no space, and its lookup table takes many times as much.
const dictionaryBytes = 64 << 10

// parquetEncoder writes a file into out.
type parquetEncoder struct {
	records *arrowRecords
	out     appender
	writer  *pqarrow.FileWriter
	err     error
}

// Begin writes the file's first bytes.
func (e *parquetEncoder) Begin(dst []byte) []byte {
	e.out.bytes = dst
	e.writer, e.err = pqarrow.NewFileWriter(e.records.schema, &e.out,
		parquet.NewWriterProperties(parquet.WithCompression(compress.Codecs.Snappy), parquet.WithMaxRowGroupLength(groupRows),
			parquet.WithDictionaryPageSizeLimit(dictionaryBytes)),
		pqarrow.NewArrowWriterProperties(pqarrow.WithStoreSchema()))
	return e.out.take()
}

// Append adds the batch to its row group, and writes the one before where that
// is full.
func (e *parquetEncoder) Append(dst []byte, b *engine.Batch) []byte {
	if e.err != nil {
		return dst
	}
	e.out.bytes = dst
	record := e.records.of(b)
	e.err = e.writer.WriteBuffered(record)
	record.Release()
	return e.out.take()
}

// End writes the last row group and the footer.
func (e *parquetEncoder) End(dst []byte) []byte {
	if e.err != nil {
		return dst
	}
	e.out.bytes = dst
	e.err = e.writer.Close()
	return e.out.take()
}

// Err returns why the writer failed.
func (e *parquetEncoder) Err() error { return e.err }
