package api

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"herbarium/api/format"
	"herbarium/datasets"
	"herbarium/engine"
)

// wide is a dataset of six columns: three numbers, two integers and a text.
func wide(b *testing.B) *datasets.Dataset {
	b.Helper()
	ds, err := datasets.Parse("wide.yaml", []byte(`
dataset: wide
data: wide.csv
fields:
  a: {type: number}
  b: {type: number}
  c: {type: number}
  i: {type: integer}
  j: {type: integer}
  s: {type: string}
`), nil)
	if err != nil {
		b.Fatal(err)
	}
	return ds
}

// wideBatch is one batch of it: decimals, as measurements are, and whole
// float64s.
func wideBatch() *engine.Batch {
	const n = engine.BatchRows
	batch := &engine.Batch{Rows: n}
	for range 3 {
		batch.Columns = append(batch.Columns, engine.Vector{Type: datasets.Number, Floats: make([]float64, n)})
	}
	for range 2 {
		batch.Columns = append(batch.Columns, engine.Vector{Type: datasets.Integer, Ints: make([]int64, n)})
	}
	batch.Columns = append(batch.Columns, engine.Vector{Type: datasets.String, Codes: make([]uint32, n), Dict: []string{"east", "north", "west"}})
	for i := range n {
		batch.Columns[0].Floats[i] = float64(i%97) / 10
		batch.Columns[1].Floats[i] = float64(i%9973) / 100
		batch.Columns[2].Floats[i] = 1 / float64(i+3)
		batch.Columns[3].Ints[i] = int64(i)
		batch.Columns[4].Ints[i] = int64(i) * 1_000_003
		batch.Columns[5].Codes[i] = uint32(i % 3)
	}
	return batch
}

// A million rows of six columns over loopback, from a store that costs
// nothing, read to the end and not decoded.
func BenchmarkMillionRows(b *testing.B) {
	const batches = 1_000_000/engine.BatchRows + 1
	batch := wideBatch()
	store := &fakeStore{next: func(_ context.Context, n int) (*engine.Batch, error) {
		if n == batches {
			return nil, io.EOF
		}
		return batch, nil
	}}
	s := httptest.NewServer(serverOf(b, store, Options{}, datasets.NewSnapshot(wide(b)), engine.Options{}))
	defer s.Close()
	// A client that asks for gzip unasked would make this a measure of gzip.
	client := &http.Client{Transport: &http.Transport{DisableCompression: true}}
	defer client.CloseIdleConnections()
	for _, f := range format.All() {
		b.Run(f.Name, func(b *testing.B) {
			var bytes int64
			for b.Loop() {
				r, err := client.Post(s.URL+"/wide/range?format="+f.Name, "application/json", nil)
				if err != nil {
					b.Fatal(err)
				}
				bytes, err = io.Copy(io.Discard, r.Body)
				_ = r.Body.Close()
				if err != nil || r.StatusCode != http.StatusOK {
					b.Fatal(r.Status, err)
				}
			}
			b.SetBytes(bytes)
			b.ReportMetric(float64(batches*engine.BatchRows*b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
