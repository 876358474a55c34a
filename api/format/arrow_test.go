package format

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/plan"
	"herbarium/engine/query"
	"herbarium/schemas"
)

// readArrow returns the schema of an Arrow stream and its rows as JSON.
func readArrow(t testing.TB, text string) (*arrow.Schema, string) {
	t.Helper()
	r, err := ipc.NewReader(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	var records []arrow.RecordBatch
	for r.Next() {
		record := r.RecordBatch()
		record.Retain()
		records = append(records, record)
	}
	if err := r.Err(); err != nil {
		t.Fatal(err)
	}
	return r.Schema(), rowsOf(records)
}

// rowsOf writes what Arrow's own types hold as JSON does.
func rowsOf(records []arrow.RecordBatch) string {
	rows := []string{}
	for _, record := range records {
		for row := range int(record.NumRows()) {
			var cells []string
			for i, c := range record.Columns() {
				name, _ := json.Marshal(record.ColumnName(i))
				cells = append(cells, string(name)+":"+cellOf(c, row))
			}
			rows = append(rows, "{"+strings.Join(cells, ",")+"}")
		}
	}
	return "[" + strings.Join(rows, ",") + "]"
}

func cellOf(c arrow.Array, row int) string {
	if c.IsNull(row) {
		return "null"
	}
	switch c := c.(type) {
	case *array.Float64:
		return string(datasets.AppendNumber(nil, c.Value(row)))
	case *array.Date32:
		return `"` + c.Value(row).FormattedString() + `"`
	case *array.Timestamp:
		return `"` + c.Value(row).ToTime(arrow.Millisecond).Format("2006-01-02T15:04:05.000Z") + `"`
	case *array.Dictionary:
		return cellOf(c.Dictionary(), c.GetValueIndex(row))
	case *array.String:
		return string(schemas.AppendString(nil, c.Value(row)))
	default:
		var text bytes.Buffer
		e := json.NewEncoder(&text)
		_ = e.Encode(c.GetOneForMarshal(row))
		return strings.TrimSpace(text.String())
	}
}

func everyType() []plan.Column {
	return []plan.Column{{Name: "n", Type: datasets.Number}, {Name: "i", Type: datasets.Integer}, {Name: "b", Type: datasets.Boolean},
		{Name: "s", Type: datasets.String}, {Name: "d", Type: datasets.Date}, {Name: "t", Type: datasets.DateTime}}
}

func TestArrowIsTypedAndDescribed(t *testing.T) {
	ds := rocks(t)
	cases := []struct {
		op   *datasets.Operation
		want string
	}{
		{datasets.Range, "kind dictionary<values=utf8, indices=int32, ordered=false> map[title:Kind of rock];" +
			"mass float64 map[unit:kg];pieces int64 map[]"},
		{datasets.Mean, "mean_mass float64 map[unit:kg];kind dictionary<values=utf8, indices=int32, ordered=false> map[title:Kind of rock]"},
	}
	for _, c := range cases {
		q, err := query.Parse(ds, c.op, nil)
		if err != nil {
			t.Fatal(err)
		}
		p, err := q.Plan()
		if err != nil {
			t.Fatal(err)
		}
		e := Arrow.New(p)
		schema, rows := readArrow(t, string(e.End(e.Begin(nil))))
		var fields []string
		for _, f := range schema.Fields() {
			fields = append(fields, f.Name+" "+f.Type.String()+" "+mapText(f.Metadata))
		}
		if got := strings.Join(fields, ";"); got != c.want || rows != "[]" {
			t.Errorf("%s: %s %s", c.op, got, rows)
		}
		metadata := schema.Metadata()
		want := map[string]string{"dataset": "rocks", "operation": c.op.Path, "title": "Rocks we found",
			"description": "Found on walks.", "license": "CC0-1.0", "source": "https://example.org/rocks"}
		if diff := cmp.Diff(want, metadata.ToMap()); diff != "" {
			t.Errorf("%s: (-want +got):\n%s", c.op, diff)
		}
	}
}

func mapText(m arrow.Metadata) string {
	var parts []string
	for i, key := range m.Keys() {
		parts = append(parts, key+":"+m.Values()[i])
	}
	return "map[" + strings.Join(parts, " ") + "]"
}

func TestArrowOfEachTypeHasItsType(t *testing.T) {
	schema, _ := readArrow(t, encodeAs(Arrow, everyType()))
	var types []string
	for _, f := range schema.Fields() {
		types = append(types, f.Type.String())
	}
	if got := strings.Join(types, " "); got != "float64 int64 bool dictionary<values=utf8, indices=int32, ordered=false> date32 timestamp[ms, tz=UTC]" {
		t.Errorf("got %s", got)
	}
}

// drawTyped draws a batch of every type, with room behind its last row.
func drawTyped(t *rapid.T) *engine.Batch {
	n := rapid.IntRange(1, 130).Draw(t, "rows")
	dict := make([]string, rapid.SampledFrom([]int{1, 2, 200, 5000}).Draw(t, "texts"))
	prefix := rapid.StringN(0, 4, -1).Draw(t, "prefix")
	for i := range dict {
		dict[i] = prefix + string(rune('a'+i%26)) + strings.Repeat("z", i%7)
	}
	b := &engine.Batch{Rows: n}
	for _, c := range everyType() {
		v := engine.Vector{Type: c.Type, Dict: dict, Unused: rapid.IntRange(0, min(1, len(dict)-1)).Draw(t, "unused"), Floats: make([]float64, n+1), Ints: make([]int64, n+1), Codes: make([]uint32, n+1)}
		if rapid.Bool().Draw(t, "nulls") {
			v.Valid = make([]uint64, 4)
			for i := range v.Valid {
				v.Valid[i] = rapid.Uint64().Draw(t, "valid")
			}
		}
		for i := range n {
			drawValue(t, &v, i)
		}
		b.Columns = append(b.Columns, v)
	}
	return b
}

func drawValue(t *rapid.T, v *engine.Vector, i int) {
	switch v.Type {
	case datasets.Number:
		v.Floats[i] = rapid.Float64Range(-1e300, 1e300).Draw(t, "number")
	case datasets.Boolean:
		v.Ints[i] = rapid.Int64Range(0, 1).Draw(t, "boolean")
	case datasets.Date:
		v.Ints[i] = rapid.Int64Range(-700_000, 2_900_000).Draw(t, "date")
	case datasets.DateTime:
		v.Ints[i] = rapid.Int64Range(-60_000_000_000_000, 250_000_000_000_000).Draw(t, "time")
	case datasets.Integer:
		v.Ints[i] = rapid.Int64().Draw(t, "integer")
	default:
		v.Codes[i] = uint32(rapid.IntRange(v.Unused, len(v.Dict)-1).Draw(t, "code"))
	}
}

// agreesWithJSON encodes drawn batches and compares what read gets back with
// the JSON of the same. Each batch's memory is spoilt once it was written.
func agreesWithJSON(t *testing.T, f engine.Format, read func(testing.TB, string) (*arrow.Schema, string)) {
	rapid.Check(t, func(rt *rapid.T) {
		p := planOf(everyType())
		asJSON, e := JSON.New(p), f.New(p)
		want, got := asJSON.Begin(nil), e.Begin(nil)
		for range rapid.IntRange(0, 4).Draw(rt, "batches") {
			b := drawTyped(rt)
			want, got = asJSON.Append(want, b), e.Append(got, b)
			for i := range b.Columns {
				v := &b.Columns[i]
				clear(v.Floats)
				clear(v.Ints)
				clear(v.Codes)
				clear(v.Valid)
				clear(v.Dict)
			}
		}
		want, got = asJSON.End(want), e.End(got)
		if err := e.Err(); err != nil {
			rt.Fatal(err)
		}
		_, rows := read(t, string(got))
		if diff := cmp.Diff(string(want), rows); diff != "" {
			rt.Fatalf("(-json +%s):\n%s", f.Name, diff)
		}
	})
}

func TestArrowAgreesWithJSON(t *testing.T) { agreesWithJSON(t, Arrow, readArrow) }

func TestArrowWritesADictionaryAgainOnlyWhereItChanged(t *testing.T) {
	e := Arrow.New(planOf(rocksColumns()))
	first := len(e.Append(e.Begin(nil), manyRocks(10)))
	again, changed := manyRocks(10), manyRocks(10)
	changed.Columns[0].Dict = []string{"basalt", "chalk"}
	same, other := len(e.Append(nil, again)), len(e.Append(nil, changed))
	if same >= other || other >= first {
		t.Errorf("%d bytes with schema, %d with the same dictionary, %d with another one", first, same, other)
	}
}

// Readers make categories of a dictionary, and refuse a text that is there
// twice.
func TestArrowDictionariesHaveEachTextOnceAndNoneUnused(t *testing.T) {
	b := &engine.Batch{Rows: 4, Columns: []engine.Vector{{Type: datasets.String, Valid: []uint64{0b1011},
		Codes: []uint32{3, 1, 99, 2}, Dict: []string{"", "chalk", "basalt", "chalk"}, Unused: 1}}}
	e := Arrow.New(planOf([]plan.Column{{Name: "kind", Type: datasets.String}}))
	r, err := ipc.NewReader(bytes.NewReader(e.End(e.Append(e.Begin(nil), b))))
	if err != nil || !r.Next() {
		t.Fatal(err, r.Err())
	}
	column := r.RecordBatch().Column(0).(*array.Dictionary)
	if got := column.Dictionary().String(); got != `["chalk" "basalt"]` {
		t.Errorf("the dictionary is %s", got)
	}
	if got := rowsOf([]arrow.RecordBatch{r.RecordBatch()}); got != `[{"kind":"chalk"},{"kind":"chalk"},{"kind":null},{"kind":"basalt"}]` {
		t.Errorf("the rows are %s", got)
	}
}
