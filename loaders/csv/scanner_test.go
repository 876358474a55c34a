package csv

import (
	"bytes"
	"encoding/csv"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"herbarium/loaders/source"
)

// scan returns every record of the text, read in small blocks.
func scan(text string, limit int) ([][]string, error) {
	limits := source.Limits{Record: 1 << 20, Chunk: 8}
	if limit > 0 {
		limits.Record = limit
	}
	c := source.NewChunker(strings.NewReader(text), limits, func(text []byte) int { return lastRecordEnd(text, &syntax{delimiter: ',', quote: '"'}) })
	s, line := scanner{syntax: syntax{delimiter: ',', quote: '"'}}, 1
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
				if f := s.cells[i].Fault; f != "" {
					return records, source.ErrorAt(s.cells[i].Line, s.cells[i].Column, f)
				}
				record = append(record, string(s.cells[i].Text))
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
			limit := 50
			if c.name == "many values" {
				limit = 0
			}
			_, err := scan(c.text, limit)
			if err == nil || err.Error() != c.want {
				t.Errorf("error %v, want %s", err, c.want)
			}
		})
	}
}
