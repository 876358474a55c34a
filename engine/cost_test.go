package engine_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"herbarium/api/format"
	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/columnar"
	"herbarium/engine/fault"
	"herbarium/engine/plan"
	"herbarium/engine/query"
	"herbarium/loaders"
)

// loadedIris returns a store that has iris: 150 rows, 50 of each of three species, in one
// block.
func loadedIris(t *testing.T) (*columnar.Store, *datasets.Dataset) {
	t.Helper()
	store := columnar.NewStore(columnar.Options{})
	shipped, err := datasets.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	iris, _ := shipped.Dataset("iris")
	if _, err := loaders.Load(t.Context(), store, iris, nil, loaders.Options{}); err != nil {
		t.Fatal(err)
	}
	return store, iris
}

func TestLimitsRefuseWhatCostsMore(t *testing.T) {
	store, iris := loadedIris(t)
	for _, cache := range []int64{0, 1 << 20} {
		e := engine.New(store, engine.Options{CacheBytes: cache})
		for _, c := range []struct {
			path, body string
			limits     engine.Limits
			want       string // a part of the fault's detail; "" for an answer
		}{
			{"range", `{}`, engine.Limits{Rows: 150}, ""},
			{"range", `{}`, engine.Limits{Rows: 149}, "is answered with 150 rows, and the limit here is 149; ask for pages: per_page=149"},
			{"range", `{"per_page":10}`, engine.Limits{Rows: 10}, ""},
			{"range", `{"per_page":200}`, engine.Limits{Rows: 160}, ""},
			{"range", `{"per_page":11}`, engine.Limits{Rows: 10}, "11 rows"},
			{"range", `{"species":"setosa"}`, engine.Limits{Rows: 50}, ""},
			{"range", `{"species":"setosa"}`, engine.Limits{Rows: 49}, "50 rows"},
			{"stats/mean", `{}`, engine.Limits{Rows: 1}, ""},
			{"stats/mean", `{}`, engine.Limits{Groups: 3}, ""},
			{"stats/mean", `{}`, engine.Limits{Groups: 2}, "makes 3 groups, and the limit here is 2"},
			{"stats/mean", `{"per_page":1}`, engine.Limits{Groups: 2}, "makes 3 groups"},
			{"stats/mean", `{"lower":{"sepal_length":5}}`, engine.Limits{Scanned: 150}, ""},
			{"stats/mean", `{"lower":{"sepal_length":5.01}}`, engine.Limits{Scanned: 149}, "looks at up to 150 rows, and the limit here is 149; bounds on the fields by which"},
			{"stats/mean", `{"lower":{"sepal_length":99}}`, engine.Limits{Scanned: 1}, ""}, // no zone meets it
			{"range", `{"per_page":5}`, engine.Limits{Scanned: 5}, ""},
			{"range", `{"per_page":6}`, engine.Limits{Scanned: 5}, "6 rows"},
			{"range", `{"per_page":1}`, engine.Limits{Bytes: 200}, ""},
			{"range", `{"per_page":4}`, engine.Limits{Bytes: 200}, "the limit here is 200"},
			{"range", `{"per_page":3}`, engine.Limits{Time: time.Nanosecond}, "took longer than 1ns"},
			{"range", `{"per_page":2}`, engine.Limits{Time: time.Minute}, ""},
		} {
			op, _ := iris.Operation(c.path)
			q, err := query.Parse(iris, op, []byte(c.body))
			if err != nil {
				t.Fatal(err)
			}
			err = readThrough(engine.WithLimits(t.Context(), c.limits), e, q)
			var f *fault.Error
			switch {
			case c.want == "" && err != nil:
				t.Errorf("%s %s with %+v: %v", c.path, c.body, c.limits, err)
			case c.want != "" && (!errors.As(err, &f) || f.Code != fault.TooExpensive || !strings.Contains(f.Detail, c.want)):
				t.Errorf("%s %s with %+v: got %v, want %s", c.path, c.body, c.limits, err, c.want)
			}
		}
		e.Close()
	}
}

// Of a view that hides rows, the rows that are shown count, whatever a query selects.
func TestNoConditionIsAdvisedWhereNoneHelps(t *testing.T) {
	store, iris := loadedIris(t)
	e := engine.New(store, engine.Options{})
	defer e.Close()
	view, err := query.Restrict(iris, datasets.Restriction{Rows: []byte(`{"species":"setosa"}`), Secret: []byte("secret")})
	if err != nil {
		t.Fatal(err)
	}
	op, _ := view.Operation("stats/mean")
	q, err := query.Parse(view, op, []byte(`{"lower":{"sepal_length":99}}`))
	if err != nil {
		t.Fatal(err)
	}
	const want = "the query looks at up to 50 rows, and the limit here is 49; no condition makes them fewer"
	var f *fault.Error
	if err := readThrough(engine.WithLimits(t.Context(), engine.Limits{Scanned: 49}), e, q); !errors.As(err, &f) || f.Detail != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// A count and the edges of a histogram that is explained look at rows, as answers do.
func TestLimitsBoundWhatIsAskedBesideAnswers(t *testing.T) {
	store, iris := loadedIris(t)
	counted := &countingStore{Store: store}
	e := engine.New(counted, engine.Options{CacheBytes: 1 << 20})
	defer e.Close()
	parse := func(path, body string) *query.Query {
		op, _ := iris.Operation(path)
		q, err := query.Parse(iris, op, []byte(body))
		if err != nil {
			t.Fatal(err)
		}
		return q
	}
	both := engine.WithLimits(t.Context(), engine.Limits{Scanned: 149, Rows: 1, Groups: 1})
	for _, q := range []*query.Query{parse("range", `{"lower":{"sepal_length":5}}`), parse("stats/mean", `{"lower":{"sepal_length":5}}`)} {
		if err := readThrough(both, e, q); err == nil || !strings.Contains(err.Error(), "looks at up to 150 rows") {
			t.Errorf("%s: %v", q, err)
		}
	}
	if counted.counts != 0 {
		t.Errorf("%d counts ran for queries that look at too many rows", counted.counts)
	}
	histogram := parse("stats/histogram", `{"field":"sepal_length","bins":4}`)
	for scanned, settled := range map[int64]bool{149: false, 150: true} {
		x, err := e.Explain(engine.WithLimits(t.Context(), engine.Limits{Scanned: scanned}), histogram)
		if err != nil {
			t.Fatal(err)
		}
		if (len(x.Further) > 0) != settled {
			t.Errorf("with %d rows the plan is %s, with %d further pipelines", scanned, x.Plan, len(x.Further))
		}
	}
	a, err := e.Answer(engine.WithLimits(t.Context(), engine.Limits{Time: time.Minute}), parse("range", `{"lower":{"sepal_length":6},"per_page":1}`), format.JSON)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = a.Close() }()
	a.Total = -1
	if err := a.Count(engine.WithLimits(t.Context(), engine.Limits{Time: time.Nanosecond})); err == nil || !strings.Contains(err.Error(), "took longer than 1ns") {
		t.Errorf("a count in no time: %v", err)
	}
}

// countingStore counts the counts.
type countingStore struct {
	engine.Store
	counts int
}

func (s *countingStore) Table(ctx context.Context, ds *datasets.Dataset) (engine.Table, error) {
	table, err := s.Store.Table(ctx, ds)
	return countingTable{table.(scanningTable), s}, err
}

type scanningTable interface {
	engine.Table
	Scans(ctx context.Context, p *plan.Plan) (int64, error)
}

type countingTable struct {
	scanningTable
	of *countingStore
}

func (t countingTable) Count(ctx context.Context, p *plan.Plan) (int64, error) {
	t.of.counts++
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	return t.scanningTable.Count(ctx, p)
}

func readThrough(ctx context.Context, e *engine.Engine, q *query.Query) error {
	a, err := e.Answer(ctx, q, format.JSON)
	if err != nil {
		return err
	}
	for err == nil {
		_, err = a.Next(ctx)
	}
	if closed := a.Close(); closed != nil {
		return closed
	}
	if err != io.EOF {
		return err
	}
	return nil
}

func TestARunTellsHowManyRowsWereLookedAt(t *testing.T) {
	store, iris := loadedIris(t)
	var last engine.Run
	e := engine.New(store, engine.Options{Observe: func(r engine.Run) { last = r }})
	defer e.Close()
	for _, c := range []struct {
		path, body string
		want       int64
	}{
		{"stats/mean", `{"lower":{"sepal_length":5.01}}`, 150},
		{"stats/mean", `{"lower":{"sepal_length":99}}`, 0}, // no zone meets it
		{"range", `{"lower":{"sepal_length":5.02},"per_page":1}`, 150},
		{"range", `{"lower":{"sepal_length":5.03},"sort":["-petal_width"],"per_page":1}`, 150},
		{"range", `{"upper":{"sepal_length":1}}`, 0},
	} {
		op, _ := iris.Operation(c.path)
		q, err := query.Parse(iris, op, []byte(c.body))
		if err != nil {
			t.Fatal(err)
		}
		if err := readThrough(t.Context(), e, q); err != nil {
			t.Fatal(err)
		}
		if last.Scanned != c.want || last.Kind != "memory" {
			t.Errorf("%s %s: %d rows of %s were looked at, want %d", c.path, c.body, last.Scanned, last.Kind, c.want)
		}
	}
}
