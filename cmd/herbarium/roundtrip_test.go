package main

import (
	"bytes"
	"math"
	"testing"

	"pgregory.net/rapid"

	"herbarium/api/format"
	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/plan"
	"herbarium/loaders"
)

const everyType = `
dataset: every
fields:
  n: {type: number}
  i: {type: integer}
  b: {type: boolean}
  s: {type: string}
  in.side: {type: string, enum: [x, "y,", "z\n"]}
  in.d: {type: date}
  t: {type: date-time, timezone: Europe/Berlin}
`

// TestWhatAnswersSayLoadsAsItWas holds the readers against the encoders: rows
// that were written in any format have the same version when they are read.
func TestWhatAnswersSayLoadsAsItWas(t *testing.T) {
	ds, err := datasets.Parse("d.yaml", []byte(everyType), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range format.All() {
		t.Run(f.Name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				text := rapid.String()
				if f.Name == format.CSV.Name {
					// A CSV cannot tell a text that is empty from none.
					text = rapid.StringN(1, -1, -1)
				}
				batch := drawBatch(t, ds, text)
				hasher := engine.NewHasher(ds)
				hasher.Write(batch)
				encoder := f.New(plan.AllRows(ds))
				written := encoder.Begin(nil)
				if batch.Rows > 0 {
					written = encoder.Append(written, batch)
				}
				written = encoder.End(written)
				if err := encoder.Err(); err != nil {
					t.Fatal(err)
				}
				var options loaders.Options
				if len(written) == 0 {
					options.Format = loaders.NDJSON // which nothing shows in nothing
				}
				read, err := loaders.Check(t.Context(), ds, []loaders.Source{loaders.Stream("answer", bytes.NewReader(written))}, options)
				if err != nil {
					t.Fatalf("%v\n%q", err, written)
				}
				if read.Rows != int64(batch.Rows) || read.Version != hasher.Version() {
					t.Fatalf("%d rows of version %s became %d of %s\n%q", batch.Rows, hasher.Version(), read.Rows, read.Version, written)
				}
			})
		})
	}
}

// drawBatch draws rows of the dataset.
func drawBatch(t *rapid.T, ds *datasets.Dataset, text *rapid.Generator[string]) *engine.Batch {
	rows := rapid.IntRange(0, 20).Draw(t, "rows")
	b := &engine.Batch{Rows: rows}
	finite := rapid.Float64Range(-math.MaxFloat64, math.MaxFloat64)
	for f := range ds.Fields {
		field := &ds.Fields[f]
		v := engine.Vector{Type: field.Type, Valid: make([]uint64, 1)}
		for i := range rows {
			if rapid.IntRange(0, 3).Draw(t, "null") > 0 {
				v.Valid[0] |= 1 << i
			}
			switch field.Type {
			case datasets.Number:
				v.Floats = append(v.Floats, finite.Draw(t, field.Name))
			case datasets.String:
				g := text
				if field.Enum != nil {
					g = rapid.SampledFrom(field.Enum)
				}
				v.Codes = append(v.Codes, uint32(len(v.Dict)))
				v.Dict = append(v.Dict, g.Draw(t, field.Name))
			case datasets.Integer:
				v.Ints = append(v.Ints, rapid.Int64().Draw(t, field.Name))
			case datasets.Boolean:
				v.Ints = append(v.Ints, rapid.Int64Range(0, 1).Draw(t, field.Name))
			case datasets.Date:
				v.Ints = append(v.Ints, rapid.Int64Range(-719528, 2932896).Draw(t, field.Name))
			default:
				v.Ints = append(v.Ints, rapid.Int64Range(-62167219200000, 253402300799999).Draw(t, field.Name))
			}
		}
		b.Columns = append(b.Columns, v)
	}
	return b
}
