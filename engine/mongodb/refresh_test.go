package mongodb

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/fault"
	"herbarium/engine/internal/mongotest"
	"herbarium/engine/mirror"
)

// mixed are documents whose values and _ids are of many types.
func mixed(t *testing.T) []any {
	t.Helper()
	day := time.Date(2019, 3, 23, 0, 0, 0, 0, time.UTC)
	object := bson.NewObjectID()
	values := []bson.D{
		{{Key: "number", Value: 2.5}, {Key: "integer", Value: int32(1)}, {Key: "text", Value: "b"}, {Key: "flag", Value: true}},
		{{Key: "number", Value: int64(1<<53 + 1)}, {Key: "integer", Value: int64(1<<53 + 1)}, {Key: "text", Value: "a"}},
		{{Key: "number", Value: math.NaN()}, {Key: "integer", Value: int64(math.MinInt64)}, {Key: "day", Value: day}},
		{{Key: "number", Value: math.Inf(1)}, {Key: "integer", Value: 1.5}, {Key: "day", Value: day.Add(time.Millisecond)}},
		{{Key: "number", Value: bson.A{1.0}}, {Key: "integer", Value: bson.A{int32(1)}}, {Key: "text", Value: bson.A{"a"}}, {Key: "day", Value: bson.A{day}}},
		{{Key: "number", Value: nil}, {Key: "integer", Value: nil}, {Key: "text", Value: nil}},
		{},
		{{Key: "number", Value: "7"}, {Key: "integer", Value: "7"}, {Key: "text", Value: 7}, {Key: "flag", Value: "true"}},
		{{Key: "number", Value: decimal(t, "0.1")}, {Key: "integer", Value: decimal(t, "12.0")}, {Key: "text", Value: "not in the enum"}, {Key: "instant", Value: day.Add(1234 * time.Millisecond)}},
		{{Key: "number", Value: math.Copysign(0, -1)}, {Key: "integer", Value: math.Copysign(0, -1)}, {Key: "text", Value: ""}, {Key: "nested", Value: bson.D{{Key: "deep", Value: 3}}}},
		{{Key: "number", Value: 5e-324}, {Key: "integer", Value: 9.3e18}, {Key: "text", Value: "zé"}, {Key: "nested", Value: bson.A{bson.D{{Key: "deep", Value: 3}}}}},
		{{Key: "number", Value: decimal(t, "1E+400")}, {Key: "integer", Value: int64(math.MaxInt64)}, {Key: "day", Value: time.Date(1969, 12, 31, 0, 0, 0, 0, time.UTC)}, {Key: "flag", Value: false}},
	}
	ids := []any{object, "text", int32(3), int64(1 << 60), 2.5, day, true, nil, decimal(t, "2.75"), "Text", bson.NewObjectID(), bson.D{{Key: "a", Value: 1}}}
	all := make([]any, len(values))
	for i, v := range values {
		all[i] = append(bson.D{{Key: "_id", Value: ids[i]}}, v...)
	}
	return all
}

// refreshed opens a mirror over the store.
func refreshed(t *testing.T, s engine.Store) *mirror.Store {
	t.Helper()
	m := mirror.New(uncloseable{s}, mirror.Options{Mode: mirror.Auto, Budget: 1 << 30, Logger: slog.New(slog.NewTextHandler(io.Discard, nil)), Keep: time.Minute})
	t.Cleanup(func() { _ = m.Close(context.Background()) })
	return m
}

// uncloseable is a store that others close.
type uncloseable struct{ engine.Store }

func (uncloseable) Close(context.Context) error { return nil }

// copied asks until a copy answers that was read after that time.
func copied(t *testing.T, m *mirror.Store, ds *datasets.Dataset, after time.Time) engine.Table {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		table, err := m.Table(context.Background(), ds)
		if err != nil {
			t.Fatal(err)
		}
		if table.Info().Read.After(after) {
			return table
		}
	}
	t.Fatalf("no copy was read: %+v", m.MirrorStats())
	return nil
}

func TestACopyOfACollectionAnswersAsItsPipelinesDo(t *testing.T) {
	db, ds := mongotest.Database(t), parseDataset(t, strange+"refresh: 1s\n")
	if _, err := db.Collection(ds.Collection).InsertMany(context.Background(), mixed(t)); err != nil {
		t.Fatal(err)
	}
	s := openIn(t, db)
	source := currentTable(t, s, ds)
	table := copied(t, refreshed(t, s), ds, time.Time{})
	info := table.Info()
	if info.Rows != 12 || info.Version == "" || !info.Unmanaged || info.Way != engine.ByMirror {
		t.Errorf("the copy is %+v", info)
	}
	answersAlike(t, ds, source, table)
}

// answersAlike compares the copy's answers with those of the pipelines.
func answersAlike(t *testing.T, ds *datasets.Dataset, source, table engine.Table) {
	t.Helper()
	fields := `"fields":["number","integer","flag","text","day","instant","nested.deep"]`
	for _, q := range []struct {
		op   *datasets.Operation
		body string
	}{
		{datasets.Range, `{` + fields + `}`},
		{datasets.Range, `{"page":2,"per_page":5,` + fields + `}`},
		{datasets.Range, `{"sort":["number"],` + fields + `}`},
		{datasets.Range, `{"sort":["-integer","text"],` + fields + `}`},
		{datasets.Range, `{"sort":["text","-day"],` + fields + `}`},
		{datasets.Range, `{"lower":{"number":0},"upper":{"number":9007199254740992},` + fields + `}`},
		{datasets.Range, `{"upper":{"integer":9007199254740993},` + fields + `}`},
		{datasets.Range, `{"integer":[1,null],` + fields + `}`},
		{datasets.Range, `{"flag":[true,null],` + fields + `}`},
		{datasets.Range, `{"number_is":["a",null],` + fields + `}`},
		{datasets.Range, `{"day":"2019-03-23",` + fields + `}`},
		{datasets.Range, `{"deep":3,` + fields + `}`},
		{datasets.Mean, `{"upper":{"integer":100}}`},
		{datasets.Count, `{}`},
		{datasets.Distinct, `{"field":"number"}`},
	} {
		want, got := ask(t, source, ds, q.op, q.body), ask(t, table, ds, q.op, q.body)
		if diff := cmp.Diff(want, got); diff != "" || len(want) == 0 {
			t.Errorf("%s %s (-pipeline +copy):\n%s", q.op.Path, q.body, diff)
		}
	}
}

func TestACopyOfACollectionFollowsIt(t *testing.T) {
	ctx := context.Background()
	db, ds := mongotest.Database(t), parseDataset(t, strange+"refresh: 1s\n")
	insert := func(from, n int) {
		all := make([]any, n)
		for i := range all {
			all[i] = bson.D{{Key: "_id", Value: from + i}, {Key: "integer", Value: from + i}}
		}
		if _, err := db.Collection(ds.Collection).InsertMany(ctx, all); err != nil {
			t.Fatal(err)
		}
	}
	insert(0, 20_000)
	m := refreshed(t, openIn(t, db))
	first := copied(t, m, ds, time.Time{}).Info()
	again := copied(t, m, ds, first.Read).Info()
	if again.Version != first.Version || again.Read.Sub(first.Read) < time.Second {
		t.Errorf("the copies are %+v and %+v", first, again)
	}
	insert(20_000, 10)
	inserted := time.Now()
	table := copied(t, m, ds, inserted)
	if got := ask(t, table, ds, datasets.Range, `{"page":2,"per_page":20005,"fields":["integer"]}`); fmt.Sprint(got) != "[20005 20006 20007 20008 20009]" {
		t.Errorf("the rows that came are %v", got)
	}
	if table.Info().Rows != 20_010 || table.Info().Version == first.Version {
		t.Errorf("the copy is %+v", table.Info())
	}
	before, err := m.TableAt(ctx, ds, first.Version)
	if err != nil || before.Info().Rows != 20_000 {
		t.Errorf("the copy before is %+v, %v", before, err)
	}
	unread, err := m.TableAt(ctx, ds, "")
	if err != nil || unread.Info().Version != "" || unread.Info().Way != engine.ByPipeline {
		t.Errorf("who pages on the source goes on with %+v, %v", unread, err)
	}
}

func TestAnEmptyCollectionThatSomethingElseFillsIsNotToBeLoaded(t *testing.T) {
	db := mongotest.Database(t)
	s := openIn(t, db)
	const advice = "dataset strange has no rows yet: its collection, which something else fills, is empty or not there"
	for refresh, want := range map[string]string{
		"refresh: 60s\n": advice, "refresh: changes\n": advice, "": "dataset strange has no rows yet; fill it with: herbarium load strange",
	} {
		ds := parseDataset(t, strange+refresh)
		_, err := s.Table(t.Context(), ds)
		wantCode(t, err, fault.NotLoaded)
		if got := failureIn(t, err).Detail; got != want {
			t.Errorf("%s: it says %q", refresh, got)
		}
		_, err = s.Versions(t.Context(), ds)
		if got := failureIn(t, err).Detail; got != want {
			t.Errorf("%s: its versions say %q", refresh, got)
		}
	}
}
