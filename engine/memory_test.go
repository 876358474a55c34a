package engine_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"

	"herbarium/api/format"
	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/columnar"
	"herbarium/engine/fault"
	"herbarium/engine/memory"
	"herbarium/engine/query"
)

const mib = 1 << 20

// uniques has rows with a unique number, a unique integer, a text of 5 values, and
// one of 2,000.
func uniques(t *testing.T, budget *memory.Budget, rows int) (*datasets.Dataset, engine.Target) {
	t.Helper()
	ds, err := datasets.Parse("uniques.yaml", []byte(`dataset: uniques
title: Rows that make many groups
fields:
  x: {type: number}
  n: {type: integer}
  kind: {type: string}
  many: {type: string}
`), nil)
	if err != nil {
		t.Fatal(err)
	}
	store := columnar.NewStore(columnar.Options{Memory: budget})
	load, err := store.Begin(t.Context(), ds, engine.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	dicts := [][]string{nil, nil, nil, nil}
	for i := range 2000 {
		dicts[2], dicts[3] = append(dicts[2], fmt.Sprintf("k%d", i%5)), append(dicts[3], fmt.Sprintf("m%04d", i))
	}
	dicts[2] = dicts[2][:5]
	r := rand.New(rand.NewPCG(1, 2))
	for first := 0; first < rows; first += engine.BatchRows {
		b := &engine.Batch{Rows: min(engine.BatchRows, rows-first), Columns: make([]engine.Vector, 4)}
		for i, kind := range []datasets.Type{datasets.Number, datasets.Integer, datasets.String, datasets.String} {
			b.Columns[i] = engine.Vector{Type: kind, Dict: dicts[i]}
		}
		for i := range b.Rows {
			b.Columns[0].Floats = append(b.Columns[0].Floats, r.Float64())
			b.Columns[1].Ints = append(b.Columns[1].Ints, int64(first+i)*1_000_003)
			b.Columns[2].Codes = append(b.Columns[2].Codes, uint32(r.IntN(5)))
			b.Columns[3].Codes = append(b.Columns[3].Codes, uint32(r.IntN(2000)))
		}
		if err := load.Write(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := load.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	return ds, store
}

// costly are queries with a large state; the others of cheap have little.
var (
	costly = [][2]string{
		{"stats", `{"group_by":["x"],"measures":{"n":["mean"]}}`},
		{"stats", `{"group_by":["n","kind"],"measures":{"x":["min","max"]}}`},
		{"stats/count", `{"group_by":["many","kind","n"]}`},
		{"stats", `{"group_by":[],"measures":{"x":["median","distinct"]}}`},
		{"stats", `{"group_by":["n"],"measures":{"x":["stddev"]},"sort":["-stddev_x"],"page":1,"per_page":5}`},
		{"stats/summary", `{"group_by":["n"],"fields":["x"]}`},
		{"stats/correlation", `{"group_by":[{"field":"n","as":"key"}],"fields":["x","n"]}`},
		{"stats/histogram", `{"group_by":["n"],"field":"x","bins":4}`},
		{"stats/distinct", `{"field":"x"}`},
		{"range", `{"sort":["x"]}`},
		{"range", `{"sort":["-n","x"],"page":350,"per_page":100}`},
	}
	cheap = [][2]string{
		{"stats", `{"group_by":["kind"],"measures":{"n":["mean"],"x":["min"]}}`},
		{"stats/count", `{"group_by":["many"]}`},
		{"range", `{"sort":["x"],"page":1,"per_page":10}`},
		{"range", `{"lower":{"x":0.5},"page":40,"per_page":100}`},
		{"range", `{}`},
	}
)

func TestQueriesThatNeedMoreMemoryThanThereIsAreRefused(t *testing.T) {
	budget := memory.NewBudget(16 * mib) // 3 MiB for one query
	ds, store := uniques(t, budget, 200_000)
	e := engine.New(store, engine.Options{CacheBytes: mib, Memory: budget})
	defer e.Close()
	for _, c := range costly {
		_, err := everything(t, e, ds, c)
		var f *fault.Error
		if !errors.As(err, &f) || f.Code != fault.TooExpensive {
			t.Errorf("%s %s: %v, want %s", c[0], c[1], err, fault.TooExpensive)
		}
	}
	for _, c := range cheap {
		if _, err := everything(t, e, ds, c); err != nil {
			t.Errorf("%s %s: %v", c[0], c[1], err)
		}
	}
	if s := budget.Stats(); s.Taken != 0 || s.Most > s.Limit || s.Refused < int64(len(costly)) {
		t.Errorf("in the end: %+v", s)
	}
}

func TestBucketsTakeMemoryOfTheBlocksThatAreRead(t *testing.T) {
	budget := memory.NewBudget(4 * mib) // 768 KiB for one query
	ds, store := uniques(t, budget, 200_000)
	e := engine.New(store, engine.Options{Memory: budget})
	defer e.Close()
	for _, test := range []struct {
		body string
		want fault.Code
	}{
		{`{"group_by":["x:0.5"]}`, fault.TooExpensive}, // 800,000 bytes of codes
		{`{"group_by":["x:0.5"],"upper":{"n":10000000000}}`, ""},
	} {
		if _, err := everything(t, e, ds, [2]string{"stats/count", test.body}); test.want != "" && fault.CodeOf(err) != test.want || test.want == "" && err != nil {
			t.Errorf("%s: %v, want %q", test.body, err, test.want)
		}
	}
}

func TestALimitOfMemoryChangesNoAnswer(t *testing.T) {
	budget := memory.NewBudget(4096 * mib)
	ds, store := uniques(t, budget, 40_000)
	same, plain := uniques(t, nil, 40_000)
	bound := engine.New(store, engine.Options{CacheBytes: 64 * mib, Memory: budget})
	free := engine.New(plain, engine.Options{})
	defer bound.Close()
	defer free.Close()
	for _, c := range append(costly, cheap...) {
		want, err := everything(t, free, same, c)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // the second time from caches
			if got, err := everything(t, bound, ds, c); err != nil || !bytes.Equal(got, want) {
				t.Errorf("%s %s: %v, %d bytes, want %d", c[0], c[1], err, len(got), len(want))
			}
		}
	}
	if s := budget.Stats(); s.Taken != 0 || s.Refused != 0 || s.Most < 2*mib {
		t.Errorf("in the end: %+v", s)
	}
}

func TestWhatReadersHoldIsThereAgainOnceTheyLeave(t *testing.T) {
	budget := memory.NewBudget(80 * mib) // 30 MiB for queries, 15 MiB for one
	ds, store := uniques(t, budget, 200_000)
	e := engine.New(store, engine.Options{Memory: budget})
	defer e.Close()
	var open []*engine.Answer
	var refused error
	for i := 0; refused == nil && i < 1000; i++ {
		a, err := e.Answer(t.Context(), queryOf(t, ds, "range", fmt.Sprintf(`{"sort":["n"],"lower":{"n":%d}}`, i)), format.Parquet)
		if refused = err; err == nil {
			open = append(open, a)
		}
	}
	var f *fault.Error
	if !errors.As(refused, &f) || f.Code != fault.Overloaded || f.RetryAfter == 0 || len(open) == 0 {
		t.Fatalf("after %d answers: %v", len(open), refused)
	}
	for _, a := range open {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}
	if got := budget.Stats().Taken; got != 0 {
		t.Errorf("%d bytes are taken by nobody", got)
	}
	if _, err := everything(t, e, ds, [2]string{"range", `{"lower":{"x":0.25}}`}); err != nil {
		t.Error(err)
	}
}

// A slow reader holds an answer that the cache has let go of.
func TestKeptAnswersThatAreReadCountOnce(t *testing.T) {
	budget := memory.NewBudget(800 * mib)
	ds, store := uniques(t, budget, 200_000)
	e := engine.New(store, engine.Options{CacheBytes: 64 * mib, Memory: budget})
	defer e.Close()
	c := [2]string{"range", `{"page":1,"per_page":20000}`}
	text, err := everything(t, e, ds, c)
	if err != nil {
		t.Fatal(err)
	}
	var open []*engine.Answer
	for range 50 {
		a, err := e.Answer(t.Context(), queryOf(t, ds, c[0], c[1]), format.JSON)
		if err != nil || a.Source != engine.FromCache {
			t.Fatalf("%v: %v", a, err)
		}
		open = append(open, a)
	}
	if got := budget.Stats().Taken; got < int64(len(text)) || got >= 2*int64(len(text)) {
		t.Errorf("50 readers of %d bytes have taken %d", len(text), got)
	}
	for _, a := range open {
		_ = a.Close()
	}
	if got := budget.Stats().Taken; got != 0 {
		t.Errorf("%d bytes are taken by nobody", got)
	}
}

func TestCachesKeepToTheirSharesOfTheMemory(t *testing.T) {
	budget := memory.NewBudget(2048 * mib)
	ds, store := uniques(t, budget, 200_000)
	e := engine.New(store, engine.Options{CacheBytes: 512 * mib, Memory: budget})
	defer e.Close()
	budget.Occupy(1792 * mib) // which leaves 256 MiB
	want := map[string]int64{"answers": 32 * mib, "row_orders": 16 * mib, "bucket_codes": 16 * mib, "group_codes": 16 * mib,
		"selection_indexes": 8 * mib, "text_matches": 4 * mib}
	for i := range 24 {
		for _, c := range [][2]string{
			{"range", fmt.Sprintf(`{"sort":["x"],"lower":{"n":%d},"page":150,"per_page":%d}`, i, 300+i)},
			{"stats/count", `{"group_by":["n"],"page":1,"per_page":10}`},
			{"stats/count", fmt.Sprintf(`{"group_by":["x:0.%02d"]}`, i+2)},
		} {
			if _, err := everything(t, e, ds, c); err != nil {
				t.Errorf("%s %s: %v", c[0], c[1], err)
			}
		}
	}
	used := map[string]bool{}
	for _, s := range e.Stats().Caches {
		used[s.Name] = s.Bytes > 0
		if limit, ok := want[s.Name]; ok && (s.Limit != limit || s.Bytes > limit) {
			t.Errorf("%s: %d bytes of %d, want %d at most", s.Name, s.Bytes, s.Limit, limit)
		}
	}
	for _, name := range []string{"answers", "row_orders", "bucket_codes", "group_codes", "selection_indexes"} {
		if !used[name] {
			t.Errorf("%s are not kept", name)
		}
	}
}

func queryOf(t *testing.T, ds *datasets.Dataset, path, body string) *query.Query {
	t.Helper()
	op, ok := ds.Operation(path)
	if !ok {
		t.Fatalf("no operation %s", path)
	}
	q, err := query.Parse(ds, op, []byte(body))
	if err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	return q
}

// everything returns the bytes of the answer of operation and body.
func everything(t *testing.T, e *engine.Engine, ds *datasets.Dataset, c [2]string) ([]byte, error) {
	t.Helper()
	a, err := e.Answer(context.Background(), queryOf(t, ds, c[0], c[1]), format.JSON)
	if err != nil {
		return nil, err
	}
	defer func() { _ = a.Close() }()
	var text []byte
	for {
		chunk, err := a.Next(context.Background())
		if err == io.EOF {
			return text, nil
		}
		if err != nil {
			return nil, err
		}
		text = append(text, chunk...)
	}
}

// TestGroupsThatDoNotOccurTakeNoMemory groups 500 rows by two fields of 500 values each, of
// which 250,000 pairs are possible, and 500 are there.
func TestGroupsThatDoNotOccurTakeNoMemory(t *testing.T) {
	budget := memory.NewBudget(64 * mib) // 12 MiB for one query
	ds, store := uniques(t, budget, 500)
	e := engine.New(store, engine.Options{Memory: budget})
	defer e.Close()
	q, err := query.Parse(ds, datasets.Summary, []byte(`{"group_by":["n","x"],"fields":["n","x"]}`))
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for _, err := range e.Rows(t.Context(), q) {
		if err != nil {
			t.Fatal(err)
		}
		rows++
	}
	if rows != 1000 {
		t.Errorf("%d rows, want 1000", rows)
	}
}
