package engine_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"herbarium/api"
	"herbarium/api/format"
	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/columnar"
	"herbarium/engine/query"
	"herbarium/loaders"
)

// ownedTrees has trees of three owners. Ann's are the second, the fourth and the fifth.
const ownedTrees = `dataset: owned
fields: {height: {type: number}, kind: {type: string}, owner: {type: string}, planted: {type: date}}
stats: {group_by: kind}
`

const ownedRows = `height,kind,owner,planted
1.5,elm,Bob,2001-01-01
2.5,oak,Ann,2002-01-01
7654,yew,Bob,2003-01-01
4.5,ash,Ann,2004-01-01
3.5,oak,Ann,
,larch,Cid,2006-01-01
`

// ofAnn shows Ann's trees, and not whose they are.
var ofAnn = datasets.Restriction{Hide: []string{"owner"}, Rows: []byte(`{"owner":"Ann"}`), Secret: []byte("secret")}

// loadOwned loads the trees into the store, and returns the dataset and the view.
func loadOwned(t *testing.T, store engine.Target, r datasets.Restriction) (ds, view *datasets.Dataset, version string) {
	t.Helper()
	ds, err := datasets.Parse("owned.yaml", []byte(ownedTrees), nil)
	if err != nil {
		t.Fatal(err)
	}
	source := loaders.Source{Name: "rows.csv", Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(ownedRows)), nil }}
	if _, err := loaders.Load(context.Background(), store, ds, []loaders.Source{source}, loaders.Options{}); err != nil {
		t.Fatal(err)
	}
	table, err := store.Table(context.Background(), ds)
	if err != nil {
		t.Fatal(err)
	}
	if view, err = query.Restrict(ds, r); err != nil {
		t.Fatal(err)
	}
	return ds, view, table.Info().Version
}

func TestAViewAnswersFromWhatItShows(t *testing.T) {
	store := columnar.NewStore(columnar.Options{})
	_, view, _ := loadOwned(t, store, ofAnn)
	e := engine.New(store, engine.Options{CacheBytes: 1 << 20})
	defer e.Close()
	for _, c := range []struct{ operation, query, want string }{
		{"range", `{}`, `[{"height":2.5,"kind":"oak","planted":"2002-01-01"},{"height":4.5,"kind":"ash","planted":"2004-01-01"},{"height":3.5,"kind":"oak","planted":null}]`},
		{"range", `{"sort":["-height"],"per_page":2,"fields":["height"]}`, `[{"height":4.5},{"height":3.5}]`},
		{"range", `{"kind":["yew","oak"],"lower":{"height":3}}`, `[{"height":3.5,"kind":"oak","planted":null}]`},
		{"range", `{"any":[{"missing":["planted"]},{"kind":"larch"}]}`, `[{"height":3.5,"kind":"oak","planted":null}]`},
		{"stats/mean", `{}`, `[{"mean_height":4.5,"kind":"ash"},{"mean_height":3.0,"kind":"oak"}]`},
		{"stats/count", `{"group_by":[]}`, `[{"count":3}]`},
		{"stats/histogram", `{"field":"height","bins":2,"group_by":[]}`, `[{"from":2.0,"to":4.0,"count":2},{"from":4.0,"to":6.0,"count":1}]`},
		{"stats/distinct", `{"field":"kind"}`, `[{"value":"oak","count":2},{"value":"ash","count":1}]`},
		{"stats", `{"group_by":["planted:year"],"measures":{"height":["max"],"kind":["distinct"]},"sort":["-max_height"]}`,
			`[{"max_height":4.5,"distinct_kind":1,"planted":"2004"},{"max_height":3.5,"distinct_kind":1,"planted":null},{"max_height":2.5,"distinct_kind":1,"planted":"2002"}]`},
	} {
		op, ok := view.Operation(c.operation)
		if !ok {
			t.Fatalf("the view has no operation %s", c.operation)
		}
		for range 2 { // the second time from the cache
			if got := askEngine(t, e, view, op, c.query); got != c.want {
				t.Errorf("%s %s\n got %s\nwant %s", c.operation, c.query, got, c.want)
			}
		}
	}
	info, err := e.Table(context.Background(), view)
	if err != nil || info.Rows != 3 {
		t.Errorf("the view has %d rows, %v", info.Rows, err)
	}
}

func TestAViewOfNoRowIsEmpty(t *testing.T) {
	store := columnar.NewStore(columnar.Options{})
	_, view, _ := loadOwned(t, store, datasets.Restriction{None: true, Secret: []byte("secret")})
	e := engine.New(store, engine.Options{})
	defer e.Close()
	for _, path := range view.OperationNames() {
		if path == "stats/summary" || path == "stats/histogram" || path == "stats/distinct" || path == "stats/correlation" {
			continue // which need to be asked for a field, or have other answers
		}
		op, _ := view.Operation(path)
		if got := askEngine(t, e, view, op, `{}`); got != "[]" {
			t.Errorf("%s: %s", path, got)
		}
	}
	if info, err := e.Table(context.Background(), view); err != nil || info.Rows != 0 {
		t.Errorf("the view has %d rows, %v", info.Rows, err)
	}
}

func TestNoFormatShowsAHiddenText(t *testing.T) {
	for name, store := range map[string]engine.Target{"memory": columnar.NewStore(columnar.Options{}), "files": openFiles(t)} {
		ds, view, _ := loadOwned(t, store, ofAnn)
		e := engine.New(store, engine.Options{})
		defer e.Close()
		for _, f := range format.All() {
			all := bodyOf(t, e, ds, f, `{}`)
			got := bodyOf(t, e, view, f, `{}`)
			for _, hidden := range []string{"elm", "yew", "larch", "Bob", "owner"} {
				if bytes.Contains(got, []byte(hidden)) {
					t.Errorf("%s, %s: %q is in the answer", name, f.Name, hidden)
				}
			}
			// Not compressed, a format shows what it has.
			if shown := bytes.Contains(got, []byte("oak")); shown != bytes.Contains(all, []byte("elm")) && !f.Compressed {
				t.Errorf("%s, %s: the answer lacks the oaks", name, f.Name)
			}
		}
	}
}

// bodyOf returns the answer of all rows in a format.
func bodyOf(t *testing.T, e *engine.Engine, ds *datasets.Dataset, f engine.Format, body string) []byte {
	t.Helper()
	ctx := context.Background()
	q, err := e.Parse(ds, datasets.Range, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	a, err := e.Answer(ctx, q, f)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = a.Close() }()
	var all []byte
	for {
		chunk, err := a.Next(ctx)
		if err != nil {
			return all
		}
		all = append(all, chunk...)
	}
}

func TestNothingThatIsSentTellsOfHiddenRows(t *testing.T) {
	stores := map[string]func(t *testing.T) engine.Target{
		"memory":  func(*testing.T) engine.Target { return columnar.NewStore(columnar.Options{}) },
		"files":   func(t *testing.T) engine.Target { return openFiles(t) },
		"mongodb": func(t *testing.T) engine.Target { return openMongoDB(t) },
	}
	for name, open := range stores {
		t.Run(name, func(t *testing.T) {
			store := open(t)
			_, view, version := loadOwned(t, store, ofAnn)
			e := engine.New(store, engine.Options{CacheBytes: 1 << 20})
			t.Cleanup(e.Close)
			server := httptest.NewServer(api.New(datasets.NewRegistry(datasets.NewSnapshot(view)), e, api.Options{}))
			defer server.Close()
			first := fetchAll(t, server.URL+"/owned/range?per_page=1")
			_, header, _ := send(t, http.MethodGet, server.URL+"/owned/range?per_page=1", "", nil)
			after := header.Get("X-Next-After")
			if after == "" {
				t.Fatal("the first page has no token")
			}
			second := fetchAll(t, server.URL+"/owned/range?per_page=1&after="+after)
			explained := fetchAll(t, server.URL+"/owned/range?per_page=1&explain=true&after="+after)
			if !strings.Contains(second, `"height":4.5`) || strings.Contains(second, "2.5") {
				t.Errorf("the second page is %s", second)
			}
			if !strings.Contains(explained, `after _id \"(token)\"`) || !strings.Contains(explained, `{"_id":{"$gt":"(token)"}}`) {
				t.Errorf("the plan after a token is %s", explained)
			}
			texts := []string{first, second, explained, fetchAll(t, server.URL+"/owned/stats/mean?explain=true"),
				fetchAll(t, server.URL+"/owned/range?explain=true&sort=-kind&per_page=1"),
				fetchAll(t, server.URL+"/owned/stats/histogram?field=height&explain=true"),
				fetchAll(t, server.URL+"/owned/range?lower[ownr]=1"), fetchAll(t, server.URL+"/owned/range?onwer=Ann"),
				fetchAll(t, server.URL+"/owned/range?owner=Ann"), fetchAll(t, server.URL+"/owned/range?sort=owner"),
				fetchAll(t, server.URL+"/owned/stats?group_by=owner"), fetchAll(t, server.URL+"/owned/stats?measures[owner]=mode"),
				fetchAll(t, server.URL+"/openapi.json"), fetchAll(t, server.URL+"/datasets/owned"), fetchAll(t, server.URL+"/datasets/owned/schema"),
				fetchAll(t, server.URL+"/datasets")}
			for _, text := range texts {
				if strings.Contains(text, version) {
					t.Errorf("the version of all rows is in %s", text)
				}
				for _, hidden := range []string{"Bob", "Cid", "elm", "yew", "larch", "7654", "did you mean owner", `"owner"`} {
					// A fault quotes what was sent.
					if i := strings.Index(text, hidden); i >= 0 && !strings.Contains(text, "group_by=owner") && !quotes(text, hidden) {
						t.Errorf("%q is in %s", hidden, text)
					}
				}
			}
		})
	}
}

// quotes reports whether a fault names what was sent.
func quotes(text, sent string) bool {
	return sent == `"owner"` && (strings.Contains(text, `there is no field \"owner\"`) || strings.Contains(text, `there is no property \"owner\"`))
}

// fetchAll returns all that a server sends: status, header and body.
func fetchAll(t *testing.T, url string) string {
	t.Helper()
	status, header, body := send(t, http.MethodGet, url, "", http.Header{"Prefer": {"count=exact"}})
	header.Del("Date")
	header.Del("X-Request-Id")
	header.Del("Content-Length")
	return fmt.Sprint(status, header, string(body))
}

func TestViewsAndTheirBaseAnswerAtOnce(t *testing.T) {
	store := columnar.NewStore(columnar.Options{Keep: 1 << 40})
	ds, view, _ := loadOwned(t, store, ofAnn)
	none, err := query.Restrict(ds, datasets.Restriction{Hide: []string{"kind"}, Rows: []byte(`{"not":{"owner":"Ann"}}`), Secret: []byte("secret")})
	if err != nil {
		t.Fatal(err)
	}
	e := engine.New(store, engine.Options{CacheBytes: 1 << 20})
	defer e.Close()
	cases := []struct {
		ds   *datasets.Dataset
		want string
	}{
		{ds, `[{"height":1.5},{"height":2.5},{"height":7654.0},{"height":4.5},{"height":3.5},{"height":null}]`},
		{view, `[{"height":2.5},{"height":4.5},{"height":3.5}]`},
		{none, `[{"height":1.5},{"height":7654.0},{"height":null}]`},
	}
	var all sync.WaitGroup
	for worker := range 12 {
		all.Go(func() {
			for i := range 60 {
				c := cases[(worker+i)%len(cases)]
				// Every tenth question is one that was not asked before.
				body := fmt.Sprintf(`{"fields":["height"],"not":{"lower":{"height":%d}}}`, 10000+i/10)
				q, err := e.Parse(c.ds, datasets.Range, []byte(body))
				if err != nil {
					t.Error(err)
					return
				}
				a, err := e.Answer(context.Background(), q, format.JSON)
				if err != nil {
					t.Error(err)
					return
				}
				var got []byte
				for {
					chunk, err := a.Next(context.Background())
					if err != nil {
						break
					}
					got = append(got, chunk...)
				}
				if err := a.Close(); err != nil || string(got) != c.want {
					t.Errorf("got %s, %v\nwant %s", got, err, c.want)
				}
				if info, err := e.Table(context.Background(), c.ds); err != nil || info.Rows != int64(strings.Count(c.want, "height")) {
					t.Errorf("%d rows, %v", info.Rows, err)
				}
			}
		})
	}
	all.Wait()
}
