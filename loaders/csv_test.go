package loaders

import (
	"bytes"
	"context"
	"encoding/csv"
	"strings"
	"testing"

	"herbarium/datasets"
	"herbarium/engine"
)

// FuzzCSV reads any bytes as rows. What is accepted is written out and read
// again, which must give the same rows.
func FuzzCSV(f *testing.F) {
	const header = "n,i,b,s,d,t\n"
	for _, seed := range []string{"", header, header + "1.5,2,true,\"a\n\"\"b\",2019-03-23,2019-03-23T20:21:09.5Z\n",
		"\ufeff" + header + "NA,,,NA,,\r\n-0,1e2,FALSE, x ,0000-01-01,9999-12-31 23:59\r\n",
		header + "\"open", "\x1f\x8b", "t,d,s,b,i,n\n,,,,,1e400\n"} {
		f.Add([]byte(seed))
	}
	ds, err := datasets.Parse("d.yaml", []byte("dataset: d\nfields:\n  n: {type: number}\n  i: {type: integer}\n"+
		"  b: {type: boolean}\n  s: {type: string}\n  d: {type: date}\n  t: {type: date-time}\n"), nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var again bytes.Buffer
		w := csv.NewWriter(&again)
		_ = w.Write([]string{"n", "i", "b", "s", "d", "t"})
		source := func(b []byte) []Source { return []Source{Stream("fuzz", bytes.NewReader(b))} }
		in := newIngest(ds, Options{}.withDefaults(ds))
		in.write = func(_ context.Context, b *engine.Batch) error {
			for i := range b.Rows {
				_ = w.Write(texts(b, i))
			}
			return nil
		}
		err := in.read(context.Background(), source(text))
		if err != nil {
			return
		}
		w.Flush()
		one, err := Check(context.Background(), ds, source(text), Options{})
		if err != nil {
			t.Fatal(err)
		}
		two, err := Check(context.Background(), ds, source(again.Bytes()), Options{})
		if err != nil || two.Version != one.Version || two.Rows != in.summary.Read {
			t.Fatalf("%q became %q: %v", text, again.Bytes(), err)
		}
	})
}

func texts(b *engine.Batch, i int) []string {
	row := make([]string, len(b.Columns))
	for c := range b.Columns {
		v := &b.Columns[c]
		switch {
		case v.Null(i):
		case v.Type == datasets.String:
			row[c] = v.Value(i).Str
		default:
			row[c] = strings.Trim(string(v.Value(i).Append(nil, v.Type)), `"`)
		}
	}
	return row
}

func BenchmarkCSV(b *testing.B) {
	ds, err := datasets.Parse("d.yaml", []byte("dataset: d\nfields:\n  a: {type: number}\n  b: {type: number}\n"+
		"  s: {type: string}\n  i: {type: integer}\n  t: {type: date-time}\n"), nil)
	if err != nil {
		b.Fatal(err)
	}
	text := []byte("a,b,s,i,t\n" + strings.Repeat("12.5,0.25,green,1234567,2019-03-23 20:21:09\n", 50_000))
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Check(context.Background(), ds, []Source{Stream("t.csv", bytes.NewReader(text))}, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
