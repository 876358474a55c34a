package format

import (
	"context"
	"strconv"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/plan"
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

// Columns of more values than a dictionary may hold, and one of few beside them.
func TestParquetOfManyValuesAgreesWithJSON(t *testing.T) {
	columns := append(rocksColumns(), plan.Column{Name: "age", Type: datasets.Integer})
	asJSON, e := JSON.New(planOf(columns)), Parquet.New(planOf(columns))
	want, got := asJSON.Begin(nil), e.Begin(nil)
	for batch := range groupRows/engine.BatchRows + 2 {
		b := manyRocks(engine.BatchRows)
		kinds, dict := &b.Columns[0], make([]string, engine.BatchRows)
		ages := engine.Vector{Type: datasets.Integer, Ints: make([]int64, engine.BatchRows), Valid: make([]uint64, engine.BatchRows/64)}
		for i := range dict {
			n := batch*engine.BatchRows + i
			dict[i], kinds.Codes[i] = "rock "+strconv.Itoa(n), uint32(i)
			b.Columns[1].Floats[i] = float64(n) / 7
			b.Columns[2].Ints[i] = int64(n) * 1_000_003
			ages.Ints[i] = int64(n % 5)
		}
		kinds.Dict = dict
		for i := range ages.Valid {
			ages.Valid[i] = 0x0f0f0f0f0f0f0f0f
		}
		b.Columns = append(b.Columns, ages)
		want, got = asJSON.Append(want, b), e.Append(got, b)
	}
	want, got = asJSON.End(want), e.End(got)
	if err := e.Err(); err != nil {
		t.Fatal(err)
	}
	if _, rows := readParquet(t, string(got)); rows != string(want) {
		t.Error("the rows differ")
	}
}

func TestParquetIsSentByRowGroups(t *testing.T) {
	e := Parquet.New(planOf(rocksColumns()))
	text := e.Begin(nil)
	sent := len(text)
	const batches = 2*groupRows/engine.BatchRows + 1
	for i := range batches {
		text = e.Append(text, manyRocks(engine.BatchRows))
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
