package engine_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"herbarium/api"
	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/columnar"
	"herbarium/engine/internal/mongotest"
	"herbarium/engine/mongodb"
)

// numberedRows is a dataset of rows that say which they are, in two kinds and
// of seven sizes.
func numberedRows(t *testing.T, name string) *datasets.Dataset {
	t.Helper()
	ds, err := datasets.Parse(name+".yaml", []byte("dataset: "+name+`
fields: {n: {type: integer}, kind: {type: string, enum: [even, odd]}, size: {type: integer}, load: {type: integer}}
selectors: {kind: kind}
stats: {group_by: size}
`), nil)
	if err != nil {
		t.Fatal(err)
	}
	return ds
}

// publishNumbered loads rows that also say by which load they came.
func publishNumbered(t *testing.T, s engine.Target, ds *datasets.Dataset, rows int, loadNumber int64) {
	t.Helper()
	ctx := context.Background()
	load, err := s.Begin(ctx, ds, engine.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	b := &engine.Batch{Rows: rows, Columns: []engine.Vector{{Type: datasets.Integer}, {Type: datasets.String, Dict: []string{"even", "odd"}},
		{Type: datasets.Integer}, {Type: datasets.Integer}}}
	for i := range rows {
		b.Columns[0].Ints = append(b.Columns[0].Ints, int64(i))
		b.Columns[1].Codes = append(b.Columns[1].Codes, uint32(i%2))
		b.Columns[2].Ints = append(b.Columns[2].Ints, int64(i%7))
		b.Columns[3].Ints = append(b.Columns[3].Ints, loadNumber)
	}
	if err := load.Write(ctx, b); err != nil {
		t.Fatal(err)
	}
	if _, err := load.Commit(ctx); err != nil {
		t.Fatal(err)
	}
}

func serve(t *testing.T, s engine.Store, ds *datasets.Dataset) string {
	t.Helper()
	e := engine.New(s, engine.Options{CacheBytes: 1 << 20})
	t.Cleanup(e.Close)
	server := httptest.NewServer(api.New(datasets.NewRegistry(datasets.NewSnapshot(ds)), e, api.Options{}))
	t.Cleanup(server.Close)
	return server.URL
}

// fetch returns a page's rows and its header.
func fetch(t *testing.T, url string) ([]map[string]any, http.Header) {
	t.Helper()
	status, header, body := send(t, http.MethodGet, url, "", nil)
	var rows []map[string]any
	if err := json.Unmarshal(body, &rows); err != nil || status != http.StatusOK {
		t.Fatalf("%s: status %d, %v: %s", url, status, err, body)
	}
	return rows, header
}

// follow walks from a path to the last page and returns all rows; visit is
// called before each page.
func follow(t *testing.T, server, path string, visit func(page int)) []map[string]any {
	t.Helper()
	var all []map[string]any
	for page := 1; path != ""; page++ {
		if page > 200 {
			t.Fatal("the pages do not end")
		}
		visit(page)
		rows, header := fetch(t, server+path)
		all = append(all, rows...)
		path = linkTo(header, "next")
	}
	return all
}

func TestFollowingNextVisitsEveryRowOnceWhileLoadsPublish(t *testing.T) {
	ds := numberedRows(t, "walked")
	stores := map[string]func(t *testing.T) engine.Target{
		"columnar": func(*testing.T) engine.Target { return columnar.NewStore(columnar.Options{Keep: 1 << 40}) },
		"files": func(t *testing.T) engine.Target {
			return columnar.Open(t.TempDir(), columnar.FileOptions{Keep: 1 << 40})
		},
		"mongodb": func(t *testing.T) engine.Target { return openMongoDB(t) },
	}
	for name, open := range stores {
		t.Run(name, func(t *testing.T) {
			store := open(t)
			publishNumbered(t, store, ds, 1000, 1)
			server := serve(t, store, ds)
			rows := follow(t, server, "/walked/range?kind=odd&lower[n]=100&per_page=37", func(page int) {
				if page == 3 || page == 6 {
					publishNumbered(t, store, ds, 10, int64(page))
				}
			})
			if len(rows) != 450 {
				t.Fatalf("%d rows, want 450", len(rows))
			}
			for i, row := range rows {
				if row["n"] != float64(101+2*i) || row["load"] != 1.0 {
					t.Fatalf("row %d is %v", i, row)
				}
			}
			groups := follow(t, server, "/walked/stats/mean?per_page=3", func(int) {})
			if len(groups) != 7 || groups[6]["size"] != 6.0 {
				t.Errorf("groups %v", groups)
			}
		})
	}
}

func TestAPageSaysWhatIsAroundIt(t *testing.T) {
	ds := numberedRows(t, "around")
	store := columnar.NewStore(columnar.Options{})
	publishNumbered(t, store, ds, 40_000, 1)
	server := serve(t, store, ds)
	_, header := fetch(t, server+"/around/range?kind=odd&page=3&per_page=20&format=json")
	const start = "/around/range?kind=odd&format=json&per_page=20&"
	for rel, want := range map[string]string{"first": start + "page=1", "prev": start + "page=2",
		"next": start + "after=" + header.Get("X-Next-After"), "last": ""} {
		if got := linkTo(header, rel); got != want {
			t.Errorf("%s is %q, want %q", rel, got, want)
		}
	}
	if header.Get("X-Next-After") == "" || header.Get("X-Total-Count") != "" {
		t.Errorf("token %q, count %q", header.Get("X-Next-After"), header.Get("X-Total-Count"))
	}
	_, header = fetch(t, server+"/around/range?kind=odd&page=1000&per_page=20")
	if linkTo(header, "next") != "" || header.Get("X-Next-After") != "" || header.Get("X-Total-Count") != "20000" ||
		linkTo(header, "last") != "/around/range?kind=odd&per_page=20&page=1000" {
		t.Errorf("the last page has %v", header)
	}
	_, header = fetch(t, server+"/around/stats/mean?page=2&per_page=3")
	if linkTo(header, "next") != "/around/stats/mean?per_page=3&page=3" || header.Get("X-Next-After") != "" || header.Get("X-Total-Count") != "7" {
		t.Errorf("groups have %v", header)
	}
	_, header = fetch(t, server+"/around/range?kind=odd&page=900719925474099&per_page=20")
	if got := linkTo(header, "prev"); got != "/around/range?kind=odd&per_page=20&page=1000" {
		t.Errorf("past the end, prev is %q", got)
	}
	_, header = fetch(t, server+"/around/range?kind=odd")
	if header.Get("Link") != "" {
		t.Errorf("what is no page links to %s", header.Get("Link"))
	}
}

func TestATokenOfAVersionThatIsNoLongerKeptIsGone(t *testing.T) {
	ds := numberedRows(t, "gone")
	store := columnar.NewStore(columnar.Options{})
	publishNumbered(t, store, ds, 100, 1)
	server := serve(t, store, ds)
	_, header := fetch(t, server+"/gone/range?per_page=10")
	publishNumbered(t, store, ds, 100, 2)
	status, _, body := send(t, http.MethodGet, server+linkTo(header, "next"), "", nil)
	if status != http.StatusGone || !strings.Contains(string(body), `"code":"gone"`) || !strings.Contains(string(body), "start again without after") {
		t.Errorf("status %d: %s", status, body)
	}
}

func TestAServerThatLagsBehindLooksAgainBeforeATokenIsGone(t *testing.T) {
	behind := openMongoDB(t)
	ds := numberedRows(t, "lagging")
	publishNumbered(t, behind, ds, 100, 1)
	ahead := openBeside(t, behind)
	// The server that will lag has just seen the first version.
	fetch(t, serve(t, behind, ds)+"/lagging/range?per_page=10")
	publishNumbered(t, ahead, ds, 100, 2)
	_, header := fetch(t, serve(t, ahead, ds)+"/lagging/range?per_page=10")
	rows, _ := fetch(t, serve(t, behind, ds)+linkTo(header, "next"))
	if rows[0]["load"] != 2.0 || rows[0]["n"] != 10.0 {
		t.Errorf("the page begins with %v", rows[0])
	}
}

// openBeside opens another store on the same database.
func openBeside(t *testing.T, s *mongodb.Store) *mongodb.Store {
	t.Helper()
	_, database, _ := strings.Cut(strings.TrimPrefix(s.Describe(), "mongodb://"), "/")
	other, err := mongodb.Open(mongotest.Server(t), mongodb.Options{Database: database, Keep: 5 * time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = other.Close(context.Background()) })
	return other
}

// TestForeignRowsArePagedByAnyID walks a collection whose _ids are of several
// types, which MongoDB compares only within a type.
func TestForeignRowsArePagedByAnyID(t *testing.T) {
	db := mongotest.Database(t)
	ds := numberedRows(t, "foreign")
	var documents []any
	for i, id := range []any{1.5, int32(2), int64(3), "a", "b", bson.NewObjectID(), bson.NewObjectID(), true, bson.DateTime(0), nil} {
		documents = append(documents, bson.D{{Key: "_id", Value: id}, {Key: "n", Value: i}, {Key: "kind", Value: "odd"}})
	}
	if _, err := db.Collection("foreign").InsertMany(context.Background(), documents); err != nil {
		t.Fatal(err)
	}
	store, err := mongodb.Open(mongotest.Server(t), mongodb.Options{Database: db.Name(), Keep: 5 * time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close(context.Background()) })
	rows := follow(t, serve(t, store, ds), "/foreign/range?kind=odd&per_page=2&fields=n", func(int) {})
	var got []string
	for _, row := range rows {
		got = append(got, fmt.Sprint(row["n"]))
	}
	if want := "9 0 1 2 3 4 5 6 7 8"; strings.Join(got, " ") != want {
		t.Errorf("rows %v, want %s", got, want)
	}
}
