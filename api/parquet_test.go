package api

import (
	"context"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"herbarium/engine"
)

// readParquet returns the schema of a Parquet file and its rows as JSON.
func readParquet(t testing.TB, text string) (*arrow.Schema, string) {
	t.Helper()
	f, err := file.NewParquetReader(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	r, err := pqarrow.NewFileReader(f, pqarrow.ArrowReadProperties{BatchSize: 1 << 20}, memory.DefaultAllocator)
	if err != nil {
		t.Fatal(err)
	}
	schema, err := r.Schema()
	if err != nil {
		t.Fatal(err)
	}
	rows, err := r.GetRecordReader(context.Background(), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	var records []arrow.RecordBatch
	for rows.Next() {
		record := rows.RecordBatch()
		record.Retain()
		records = append(records, record)
	}
	return schema, rowsOf(records)
}

func TestParquetAgreesWithJSON(t *testing.T) { agreesWithJSON(t, Parquet, readParquet) }

func TestParquetIsSentByRowGroups(t *testing.T) {
	e := Parquet.New(planOf(rocksColumns()))
	text := e.Begin(nil)
	sent := len(text)
	const batches = 2*groupRows/engine.BatchRows + 1
	for i := range batches {
		text = e.Append(text, manyRows(engine.BatchRows))
		if full := i*engine.BatchRows > 0 && i*engine.BatchRows%groupRows == 0; (len(text) > sent) != full {
			t.Fatalf("batch %d: %d bytes after %d", i, len(text), sent)
		}
		sent = len(text)
	}
	text = e.End(text)
	if e.Err() != nil {
		t.Fatal(e.Err())
	}
	f, err := file.NewParquetReader(strings.NewReader(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	if f.NumRowGroups() != 3 || f.NumRows() != batches*engine.BatchRows {
		t.Errorf("%d rows in %d groups", f.NumRows(), f.NumRowGroups())
	}
}
