package loaders

import (
	"bytes"
	"context"
	"encoding/csv"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/loaders/source"
)

// scan returns every record of the text, read in small blocks.
func scan(text string, most int) ([][]string, error) {
	limits := source.Limits{Record: 1 << 20, Chunk: 8}
	if most > 0 {
		limits.Record = most
	}
	c := source.NewChunker(strings.NewReader(text), limits, func(text []byte) int { return cutCSV(text, ',') })
	s, line := csvScanner{delimiter: ','}, 1
	var records [][]string
	for {
		block, truncated, err := c.Next()
		if err == io.EOF {
			return records, nil
		}
		if err != nil {
			return records, err
		}
		s.reset(block, line, truncated, limits.Record)
		line += bytes.Count(block, []byte{'\n'})
		for {
			more, err := s.next()
			if err != nil {
				return records, err
			}
			if !more {
				break
			}
			var record []string
			for i := range s.cells {
				if f := s.cells[i].fault; f != "" {
					return records, source.ErrorAt(s.cells[i].line, s.cells[i].column, f)
				}
				record = append(record, string(s.cells[i].text))
			}
			records = append(records, record)
		}
	}
}

func TestScannerReadsWhatTheStandardLibraryWrites(t *testing.T) {
	value := rapid.StringOf(rapid.SampledFrom([]rune("a,\"\n\r é \t")))
	rapid.Check(t, func(t *rapid.T) {
		width := rapid.IntRange(2, 4).Draw(t, "width")
		want := rapid.SliceOf(rapid.SliceOfN(value, width, width)).Draw(t, "records")
		var b bytes.Buffer
		w := csv.NewWriter(&b)
		if err := w.WriteAll(want); err != nil {
			t.Fatal(err)
		}
		got, err := scan(b.String(), 0)
		if err != nil {
			t.Fatal(err)
		}
		if len(want) == 0 {
			want = nil
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("records of %q (-want +got):\n%s", b.String(), diff)
		}
	})
}

func TestScannerAgreesWithTheStandardLibrary(t *testing.T) {
	piece := rapid.SampledFrom([]string{"a", "bc", ",", "\"", "\"\"", "\n", "\r\n", " ", ",\"", "\","})
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOf(piece).Draw(t, "pieces"), "")
		r := csv.NewReader(strings.NewReader(text))
		r.FieldsPerRecord = -1
		want, wantErr := r.ReadAll()
		got, err := scan(text, 0)
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("%q: error %v, want %v", text, err, wantErr)
		}
		if err != nil || strings.Contains(text, `""`) {
			return // an empty value in quotes is no empty line
		}
		// The standard library drops empty lines, and carriage returns before
		// line ends in quotes.
		var kept [][]string
		for _, record := range got {
			if len(record) == 1 && record[0] == "" {
				continue
			}
			for i := range record {
				record[i] = strings.ReplaceAll(record[i], "\r\n", "\n")
			}
			kept = append(kept, record)
		}
		if diff := cmp.Diff(want, kept); diff != "" {
			t.Fatalf("records of %q (-want +got):\n%s", text, diff)
		}
	})
}

func TestRecordsBeyondTheLimitAreRefused(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"a long line", "ab\n" + strings.Repeat("x", 100), "the line is longer than 50 bytes"},
		{"a long value in quotes", "ab\n\"" + strings.Repeat("x\n", 100), "the value in quotes is longer than 50 bytes; is its quote closed?"},
		{"many values", strings.Repeat(",", maxValues), "the line has more than 65536 values"},
	} {
		t.Run(c.name, func(t *testing.T) {
			most := 50
			if c.name == "many values" {
				most = 0
			}
			_, err := scan(c.text, most)
			if err == nil || err.Error() != c.want {
				t.Errorf("error %v, want %s", err, c.want)
			}
		})
	}
}

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
		in := newIntake(ds, Options{}.settled(ds))
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
