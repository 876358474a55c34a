package format

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/plan"
	"herbarium/schemas"
)

// encodeJSON encodes the batches as one answer.
func encodeJSON(columns []plan.Column, batches ...*engine.Batch) string {
	return encodeAs(JSON, columns, batches...)
}

// encodeAs encodes the batches as one answer of the format.
func encodeAs(f engine.Format, columns []plan.Column, batches ...*engine.Batch) string {
	e := f.New(planOf(columns))
	dst := e.Begin(nil)
	for _, b := range batches {
		dst = e.Append(dst, b)
	}
	return string(e.End(dst))
}

// planOf returns a plan of a dataset that has a field for each column.
func planOf(columns []plan.Column) *plan.Plan {
	p := &plan.Plan{Dataset: &datasets.Dataset{}, Operation: datasets.Range, Columns: columns}
	for i, c := range columns {
		p.Dataset.Fields = append(p.Dataset.Fields, datasets.Field{Name: c.Name, Type: c.Type})
		p.Fields = append(p.Fields, i)
	}
	return p
}

func TestJSONOfEachTypeAndOfNull(t *testing.T) {
	columns := []plan.Column{{Name: "n", Type: datasets.Number}, {Name: "i", Type: datasets.Integer}, {Name: "b", Type: datasets.Boolean},
		{Name: "s", Type: datasets.String}, {Name: "d", Type: datasets.Date}, {Name: "t", Type: datasets.DateTime}}
	batch := &engine.Batch{Rows: 3, Columns: []engine.Vector{
		{Type: datasets.Number, Floats: []float64{1e21, 0, 5}, Valid: []uint64{0b101}},
		{Type: datasets.Integer, Ints: []int64{9223372036854775807, 0, -1}, Valid: []uint64{0b101}},
		{Type: datasets.Boolean, Ints: []int64{1, 0, 0}, Valid: []uint64{0b101}},
		{Type: datasets.String, Codes: []uint32{1, 0, 0}, Dict: []string{"", "a\"b<\u2028\n"}, Valid: []uint64{0b101}},
		{Type: datasets.Date, Ints: []int64{17978, 0, -1}, Valid: []uint64{0b101}},
		{Type: datasets.DateTime, Ints: []int64{1553372469000, 0, -1}, Valid: []uint64{0b101}},
	}}
	want := `[{"n":1e+21,"i":9223372036854775807,"b":true,"s":"a\"b<` + "\u2028" + `\n","d":"2019-03-23","t":"2019-03-23T20:21:09.000Z"},` +
		`{"n":null,"i":null,"b":null,"s":null,"d":null,"t":null},` +
		`{"n":5.0,"i":-1,"b":false,"s":"","d":"1969-12-31","t":"1969-12-31T23:59:59.999Z"}]`
	if diff := cmp.Diff(want, encodeJSON(columns, batch)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestJSONNestsNamesWithDotsWhereTheFirstStands(t *testing.T) {
	cases := []struct{ name, columns, want string }{
		{"flat", "a b", `{"a":0,"b":1}`},
		{"parted", "a.x b a.y", `{"a":{"x":0,"y":2},"b":1}`},
		{"deep", "a.b.c a.b.d a.e f", `{"a":{"b":{"c":0,"d":1},"e":2},"f":3}`},
		{"last", "f a.b.c", `{"f":0,"a":{"b":{"c":1}}}`},
		{"two objects", "a.x b.x a.y b.y", `{"a":{"x":0,"y":2},"b":{"x":1,"y":3}}`},
		{"escaped", "a\"b.x", `{"a\"b":{"x":0}}`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var columns []plan.Column
			batch := &engine.Batch{Rows: 1}
			for i, name := range strings.Fields(c.columns) {
				columns = append(columns, plan.Column{Name: name, Type: datasets.Integer})
				batch.Columns = append(batch.Columns, engine.Vector{Type: datasets.Integer, Ints: []int64{int64(i)}})
			}
			if got := encodeJSON(columns, batch); got != "["+c.want+"]" {
				t.Errorf("got %s", got)
			}
		})
	}
}

func TestJSONOfNoRows(t *testing.T) {
	if got := encodeJSON([]plan.Column{{Name: "a"}}); got != "[]" {
		t.Errorf("got %s", got)
	}
}

func TestNDJSONIsOneObjectALine(t *testing.T) {
	if got := encodeAs(NDJSON, rocksColumns(), twoRocks(), twoRocks()); got != strings.Repeat(`{"kind":"slate","mass":1.5,"pieces":3}`+"\n"+
		`{"kind":"basalt","mass":null,"pieces":-9007199254740993}`+"\n", 2) {
		t.Errorf("got %s", got)
	}
	if got := encodeAs(NDJSON, rocksColumns()); got != "" {
		t.Errorf("no rows: %q", got)
	}
}

func TestJSONTakesADictionaryAnewFromEachBatch(t *testing.T) {
	columns := []plan.Column{{Name: "s", Type: datasets.String}}
	e := JSON.New(&plan.Plan{Columns: columns})
	batch := &engine.Batch{Rows: 2, Columns: []engine.Vector{{Type: datasets.String, Codes: []uint32{0, 0}, Dict: []string{"a"}}}}
	got := e.Append(nil, batch)
	batch.Columns[0].Dict[0] = "b" // as a store may, that reuses its memory
	got = e.Append(got, batch)
	if string(got) != `{"s":"a"},{"s":"a"},{"s":"b"},{"s":"b"}` {
		t.Errorf("got %s", got)
	}
}

// The standard library's reader gets back what was written, however the rows
// are cut into batches and however large the dictionaries are.
func TestJSONReadsBackAsItsValues(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		columns := []plan.Column{{Name: "x.n", Type: datasets.Number}, {Name: "s", Type: datasets.String}, {Name: "x.i", Type: datasets.Integer}}
		var batches []*engine.Batch
		want := []any{}
		for range rapid.IntRange(0, 4).Draw(t, "batches") {
			batch, rows := drawBatch(t)
			batches, want = append(batches, batch), append(want, rows...)
		}
		d := json.NewDecoder(strings.NewReader(encodeJSON(columns, batches...)))
		d.UseNumber()
		got := []any{}
		if err := d.Decode(&got); err != nil {
			t.Fatal(err)
		}
		for i := range got {
			// Numbers as they are written are compared in their own tests.
			if n, ok := got[i].(map[string]any)["x"].(map[string]any)["n"].(json.Number); ok {
				got[i].(map[string]any)["x"].(map[string]any)["n"], _ = n.Float64()
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	})
}

func drawBatch(t *rapid.T) (*engine.Batch, []any) {
	n := rapid.IntRange(1, 130).Draw(t, "rows")
	dict := rapid.SliceOfN(rapid.String(), 1, 200).Draw(t, "dict")
	b := &engine.Batch{Rows: n, Columns: []engine.Vector{
		{Type: datasets.Number, Floats: make([]float64, n), Valid: make([]uint64, 3)},
		{Type: datasets.String, Codes: make([]uint32, n), Dict: dict, Valid: make([]uint64, 3)},
		{Type: datasets.Integer, Ints: make([]int64, n)},
	}}
	var rows []any
	for i := range n {
		x := map[string]any{"n": nil}
		row := map[string]any{"s": nil, "x": x}
		if rapid.Bool().Draw(t, "n") {
			b.Columns[0].Floats[i] = rapid.Float64Range(-1e300, 1e300).Draw(t, "float")
			b.Columns[0].Valid[i/64] |= 1 << (i % 64)
			x["n"] = b.Columns[0].Floats[i]
		}
		if rapid.Bool().Draw(t, "s") {
			b.Columns[1].Codes[i] = uint32(rapid.IntRange(0, len(dict)-1).Draw(t, "code"))
			b.Columns[1].Valid[i/64] |= 1 << (i % 64)
			row["s"] = strings.ToValidUTF8(dict[b.Columns[1].Codes[i]], "\uFFFD")
		}
		b.Columns[2].Ints[i] = rapid.Int64().Draw(t, "int")
		text, _ := json.Marshal(b.Columns[2].Ints[i])
		x["i"] = json.Number(text)
		rows = append(rows, row)
	}
	return b, rows
}

func TestJSONAllocatesNothingForARow(t *testing.T) {
	columns := rocksColumns()
	batch := manyRocks(1000)
	e := JSON.New(&plan.Plan{Columns: columns})
	dst := e.Append(nil, batch)
	if n := testing.AllocsPerRun(20, func() { dst = e.Append(dst[:0], batch) }); n != 0 {
		t.Errorf("%v allocations for 1000 rows", n)
	}
}

// The encoder beside encoding/json and beside code written for these columns.
func BenchmarkJSON(b *testing.B) {
	batch := manyRocks(4096)
	b.Run("ours", func(b *testing.B) {
		e := JSON.New(&plan.Plan{Columns: rocksColumns()})
		var dst []byte
		b.ReportAllocs()
		for b.Loop() {
			dst = e.Append(dst[:0], batch)
			b.SetBytes(int64(len(dst)))
		}
	})
	b.Run("by hand", func(b *testing.B) {
		var dst []byte
		for b.Loop() {
			dst = dst[:0]
			kind, mass, pieces := &batch.Columns[0], &batch.Columns[1], &batch.Columns[2]
			for i := range batch.Rows {
				dst = append(dst, `{"kind":`...)
				dst = schemas.AppendString(dst, kind.Dict[kind.Codes[i]])
				dst = append(dst, `,"mass":`...)
				dst = datasets.AppendNumber(dst, mass.Floats[i])
				dst = append(dst, `,"pieces":`...)
				dst = plan.Value{Int: pieces.Ints[i]}.Append(dst, datasets.Integer)
				dst = append(dst, `},`...)
			}
			b.SetBytes(int64(len(dst)))
		}
	})
	b.Run("encoding json", func(b *testing.B) {
		type rock struct {
			Kind   string  `json:"kind"`
			Mass   float64 `json:"mass"`
			Pieces int64   `json:"pieces"`
		}
		rows := make([]rock, batch.Rows)
		for b.Loop() {
			for i := range rows {
				rows[i] = rock{batch.Columns[0].Dict[batch.Columns[0].Codes[i]], batch.Columns[1].Floats[i], batch.Columns[2].Ints[i]}
			}
			text, err := json.Marshal(rows)
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(text)))
		}
	})
}

func TestAVariantIsWrittenAsWhatItIs(t *testing.T) {
	columns := []plan.Column{{Name: "v", Type: datasets.String, Field: plan.NoField, Variant: true}}
	batch := &engine.Batch{Rows: 6, Columns: []engine.Vector{{Type: datasets.String, Valid: []uint64{0b011111},
		Codes: []uint32{0, 0, 1, 2, 3, 0}, Dict: []string{"1.0", "true", "2019-03-23", "a \"b\""},
		Types: []datasets.Type{datasets.Number, datasets.String, datasets.Boolean, datasets.Date, datasets.String, datasets.Number}}}}
	if got, want := encodeJSON(columns, batch), `[{"v":1.0},{"v":"1.0"},{"v":true},{"v":"2019-03-23"},{"v":"a \"b\""},{"v":null}]`; got != want {
		t.Errorf("JSON: got %s, want %s", got, want)
	}
	if got, want := encodeAs(CSV, columns, batch), "v\r\n1.0\r\n1.0\r\ntrue\r\n2019-03-23\r\n\"a \"\"b\"\"\"\r\n\"\"\r\n"; got != want {
		t.Errorf("CSV: got %q, want %q", got, want)
	}
}
