package format

import (
	"encoding/csv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/plan"
)

func TestCSVOfEachTypeAndOfNull(t *testing.T) {
	columns := []plan.Column{{Name: "a.n", Type: datasets.Number}, {Name: "i", Type: datasets.Integer}, {Name: "b", Type: datasets.Boolean},
		{Name: "s, text", Type: datasets.String}, {Name: "d", Type: datasets.Date}, {Name: "t", Type: datasets.DateTime}}
	batch := &engine.Batch{Rows: 3, Columns: []engine.Vector{
		{Type: datasets.Number, Floats: []float64{1e21, 0, 5.5}, Valid: []uint64{0b101}},
		{Type: datasets.Integer, Ints: []int64{9223372036854775807, 0, -1}, Valid: []uint64{0b101}},
		{Type: datasets.Boolean, Ints: []int64{1, 0, 0}, Valid: []uint64{0b101}},
		{Type: datasets.String, Codes: []uint32{1, 0, 0}, Dict: []string{"", "a\"b\r\n"}, Valid: []uint64{0b101}},
		{Type: datasets.Date, Ints: []int64{17978, 0, -1}, Valid: []uint64{0b101}},
		{Type: datasets.DateTime, Ints: []int64{1553372469000, 0, -1}, Valid: []uint64{0b101}},
	}}
	want := "a.n,i,b,\"s, text\",d,t\r\n" +
		"1e+21,9223372036854775807,true,\"a\"\"b\r\n\",2019-03-23,2019-03-23T20:21:09.000Z\r\n" +
		",,,,,\r\n" +
		"5.5,-1,false,,1969-12-31,1969-12-31T23:59:59.999Z\r\n"
	if diff := cmp.Diff(want, encodeAs(CSV, columns, batch)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestCSVQuotesWhatReadersWouldLoseAndNothingElse(t *testing.T) {
	cases := map[string]string{
		"":               `""`, // an empty line would be no row
		"plain":          `plain`,
		"a,b":            `"a,b"`,
		`"`:              `""""`,
		`a"b"`:           `"a""b"""`,
		"a\nb":           "\"a\nb\"",
		" padded":        `" padded"`,
		"padded ":        `"padded "`,
		"in between":     `in between`,
		"=HYPERLINK(1)":  `=HYPERLINK(1)`,
		"@a +b -c":       `@a +b -c`,
		"invalid \xff é": "invalid \uFFFD é",
	}
	columns := []plan.Column{{Name: "s", Type: datasets.String}}
	for text, want := range cases {
		batch := &engine.Batch{Rows: 1, Columns: []engine.Vector{{Type: datasets.String, Codes: []uint32{0}, Dict: []string{text}}}}
		if got := encodeAs(CSV, columns, batch); got != "s\r\n"+want+"\r\n" {
			t.Errorf("%q became %q", text, got)
		}
	}
}

func TestCSVOfNoRowsIsItsHeader(t *testing.T) {
	if got := encodeAs(CSV, rocksColumns()); got != "kind,mass,pieces\r\n" {
		t.Errorf("got %q", got)
	}
}

// The standard library's reader gets back the text that was written, but for
// CRLF, which it reads as LF.
func TestCSVReadsBackAsItsText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dict := rapid.SliceOfN(rapid.StringOf(rapid.SampledFrom([]rune("a,\" \n;=é"))), 1, 9).Draw(t, "dict")
		columns, batch := []plan.Column{}, &engine.Batch{Rows: rapid.IntRange(1, 12).Draw(t, "rows")}
		var header []string
		for name := range rapid.IntRange(1, 3).Draw(t, "columns") {
			header = append(header, string(rune('a'+name)))
			columns = append(columns, plan.Column{Name: header[name], Type: datasets.String})
			v := engine.Vector{Type: datasets.String, Dict: dict}
			for range batch.Rows {
				v.Codes = append(v.Codes, uint32(rapid.IntRange(0, len(dict)-1).Draw(t, "code")))
			}
			batch.Columns = append(batch.Columns, v)
		}
		want := [][]string{header}
		for row := range batch.Rows {
			var record []string
			for i := range columns {
				record = append(record, dict[batch.Columns[i].Codes[row]])
			}
			want = append(want, record)
		}
		got, err := csv.NewReader(strings.NewReader(encodeAs(CSV, columns, batch))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	})
}

func TestCSVAllocatesNothingForARow(t *testing.T) {
	batch := manyRocks(1000)
	e := CSV.New(&plan.Plan{Columns: rocksColumns()})
	dst := e.Append(nil, batch)
	if n := testing.AllocsPerRun(20, func() { dst = e.Append(dst[:0], batch) }); n != 0 {
		t.Errorf("%v allocations for 1000 rows", n)
	}
}

func BenchmarkCSV(b *testing.B) {
	batch := manyRocks(4096)
	e := CSV.New(&plan.Plan{Columns: rocksColumns()})
	var dst []byte
	b.ReportAllocs()
	for b.Loop() {
		dst = e.Append(dst[:0], batch)
		b.SetBytes(int64(len(dst)))
	}
}
