package engine_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/columnar"
)

const everyTypeDescriptor = `dataset: every
fields:
  x: {type: number}
  n: {type: integer}
  ok: {type: boolean}
  s: {type: string, ordered: true}
  place.day: {type: date}
  place.at: {type: date-time}
  k: {type: string, enum: [a, b, c]}
  few: {type: integer}
data: none.csv
selectors: {n: n, ok: ok, s: s, day: place.day, k: k}
stats: {fields: [x, few], group_by: [k, ok]}
`

// everyType returns a dataset with a field of every type.
func everyType(t *testing.T) *datasets.Dataset {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "every.yaml"), []byte(everyTypeDescriptor), 0o644); err != nil {
		t.Fatal(err)
	}
	snapshot, err := datasets.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	ds, ok := snapshot.Dataset("every")
	if !ok {
		t.Fatal(snapshot.Broken())
	}
	return ds
}

// Values are drawn from few, so that queries pick some. Those that means are
// of are multiples of a quarter, whose sums any server finds exactly.
var (
	numbers  = []float64{0, math.Copysign(0, -1), 1, -2.5, 100.25, 3, 1e6}
	integers = []int64{0, 1, -1, 7, math.MaxInt64, math.MinInt64, 1<<53 + 1}
	texts    = []string{"a", "b", "B", "", "é", "zz", "$x", "a.b", "null"}
)

func drawBatch(t *rapid.T, ds *datasets.Dataset) *engine.Batch {
	rows := rapid.IntRange(0, 80).Draw(t, "rows")
	b := &engine.Batch{Rows: rows}
	for _, f := range ds.Fields {
		v := engine.Vector{Type: f.Type, Valid: make([]uint64, (rows+63)/64), Dict: texts}
		if f.Enum != nil {
			v.Dict = f.Enum
		}
		for i := range rows {
			if rapid.IntRange(0, 4).Draw(t, "null") > 0 {
				v.Valid[i>>6] |= 1 << (i & 63)
			}
			switch f.Type {
			case datasets.Number:
				v.Floats = append(v.Floats, rapid.SampledFrom(numbers).Draw(t, f.Name))
			case datasets.Integer:
				if f.Name == "few" {
					v.Ints = append(v.Ints, rapid.Int64Range(-9, 9).Draw(t, f.Name))
				} else {
					v.Ints = append(v.Ints, rapid.SampledFrom(integers).Draw(t, f.Name))
				}
			case datasets.Boolean:
				v.Ints = append(v.Ints, rapid.Int64Range(0, 1).Draw(t, f.Name))
			case datasets.String:
				v.Codes = append(v.Codes, uint32(rapid.IntRange(0, len(v.Dict)-1).Draw(t, f.Name)))
			default:
				v.Ints = append(v.Ints, rapid.Int64Range(-3, 3).Draw(t, f.Name))
			}
		}
		b.Columns = append(b.Columns, v)
	}
	return b
}

// drawQuery draws a query that is mostly valid.
func drawQuery(t *rapid.T) string {
	q := map[string]any{}
	maybe := func(name string, draw func() any) {
		if rapid.IntRange(0, 3).Draw(t, name+"?") == 0 {
			q[name] = draw()
		}
	}
	oneOf := func(name string, values ...any) func() any {
		return func() any {
			list := rapid.SliceOfNDistinct(rapid.SampledFrom(append(values, nil)), 1, 3, func(v any) string { return fmt.Sprint(v) }).Draw(t, name)
			if len(list) == 1 && list[0] != nil {
				return list[0]
			}
			return list
		}
	}
	maybe("n", oneOf("n", 0, 1, 7, json.Number("9223372036854775807"), json.Number("9007199254740993")))
	maybe("ok", oneOf("ok", true, false))
	maybe("s", oneOf("s", "a", "B", "", "$x", "no such"))
	maybe("day", oneOf("day", "1970-01-02", "1969-12-30"))
	maybe("k", oneOf("k", "a", "c"))
	bounds := func() any {
		b := map[string]any{}
		if rapid.Bool().Draw(t, "x bound") {
			b["x"] = rapid.SampledFrom([]any{0, -2.5, 1e308, json.Number("-1e-400"), 3}).Draw(t, "x")
		}
		if rapid.Bool().Draw(t, "n bound") {
			b["n"] = rapid.SampledFrom([]any{0, -1.5, 6.5, json.Number("9223372036854775807"), json.Number("-9223372036854775809"), json.Number("1e30"), json.Number("9007199254740992.5")}).Draw(t, "n")
		}
		if rapid.Bool().Draw(t, "s bound") {
			b["s"] = rapid.SampledFrom([]any{"", "a", "b", "é"}).Draw(t, "s")
		}
		if rapid.Bool().Draw(t, "at bound") {
			b["place.at"] = rapid.SampledFrom([]any{"1970-01-01T00:00:00.001Z", "1970-01-01 01:00+01:00"}).Draw(t, "at")
		}
		return b
	}
	maybe("lower", bounds)
	maybe("upper", bounds)
	maybe("page", func() any { return rapid.IntRange(1, 4).Draw(t, "page") })
	maybe("per_page", func() any { return rapid.IntRange(1, 20).Draw(t, "per_page") })
	maybe("fields", func() any { return []string{"few", "x"} })
	text, err := json.Marshal(q)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestEveryStoreGivesTheSameBytes(t *testing.T) {
	other := openMongoDB(t)
	ds := everyType(t)
	stores := []engine.Target{columnar.NewStore(columnar.Options{}), other}
	rapid.Check(t, func(t *rapid.T) {
		b := drawBatch(t, ds)
		var versions []string
		for _, s := range stores {
			versions = append(versions, publish(t, s, ds, b))
		}
		if versions[0] != versions[1] {
			t.Fatalf("versions %v", versions)
		}
		for range 12 {
			op := rapid.SampledFrom(datasets.Operations()).Draw(t, "operation")
			query := drawQuery(t)
			if _, err := engine.ParseQuery(ds, op, []byte(query)); err != nil {
				if !strings.Contains(err.Error(), "above the upper bound") {
					t.Fatal(err)
				}
				continue
			}
			var answers []string
			for _, s := range stores {
				answers = append(answers, askOnce(t, s, ds, op, query))
			}
			if answers[0] != answers[1] {
				t.Fatalf("%s %s\n%s: %s\n%s: %s", op, query, stores[0].Describe(), answers[0], stores[1].Describe(), answers[1])
			}
		}
	})
}

// publish loads the batch and returns its version, once the store serves it.
func publish(t *rapid.T, s engine.Target, ds *datasets.Dataset, b *engine.Batch) string {
	ctx := context.Background()
	load, err := s.Begin(ctx, ds)
	if err != nil {
		t.Fatal(err)
	}
	if b.Rows > 0 {
		if err := load.Write(ctx, b); err != nil {
			t.Fatal(err)
		}
	}
	info, err := load.Commit(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return info.Version
}
