package engine_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/columnar"
	"herbarium/engine/internal/mongotest"
	"herbarium/engine/mongodb"
	"herbarium/engine/query"
)

// oddOnly shows the odd rows of numberedRows, and not their kind and size.
var oddOnly = datasets.Restriction{Hide: []string{"kind", "size"}, Rows: []byte(`{"kind":"odd","lower":{"n":100}}`), Secret: []byte("secret")}

func TestPagesOfAViewKeepTheVersionThatTheyBeganWith(t *testing.T) {
	ds := numberedRows(t, "viewed")
	view, err := query.Restrict(ds, oddOnly)
	if err != nil {
		t.Fatal(err)
	}
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
			server := serve(t, store, view)
			rows := follow(t, server, "/viewed/range?per_page=37&sort=-n", func(page int) {
				if page == 3 || page == 6 {
					publishNumbered(t, store, ds, 10, int64(page))
				}
			})
			if len(rows) != 450 {
				t.Fatalf("%d rows, want 450", len(rows))
			}
			for i, row := range rows {
				if len(row) != 2 || row["n"] != float64(999-2*i) || row["load"] != 1.0 {
					t.Fatalf("row %d is %v", i, row)
				}
			}
		})
	}
}

func TestATokenOfAViewIsGoneWithItsVersion(t *testing.T) {
	ds := numberedRows(t, "forgotten")
	view, err := query.Restrict(ds, oddOnly)
	if err != nil {
		t.Fatal(err)
	}
	store := columnar.NewStore(columnar.Options{})
	publishNumbered(t, store, ds, 200, 1)
	server := serve(t, store, view)
	_, header := fetch(t, server+"/forgotten/range?per_page=10")
	publishNumbered(t, store, ds, 200, 2)
	status, _, body := send(t, http.MethodGet, server+linkTo(header, "next"), "", nil)
	if status != http.StatusGone || !strings.Contains(string(body), `"code":"gone"`) {
		t.Errorf("status %d: %s", status, body)
	}
}

// TestAViewOfForeignRowsShowsNoID pages through a collection that something else filled,
// which has no version, and whose _ids are in tokens.
func TestAViewOfForeignRowsShowsNoID(t *testing.T) {
	db := mongotest.Database(t)
	ds := numberedRows(t, "foreign")
	view, err := query.Restrict(ds, datasets.Restriction{Hide: []string{"size"}, Rows: []byte(`{"lower":{"size":7},"upper":{"size":7}}`), Secret: []byte("secret")})
	if err != nil {
		t.Fatal(err)
	}
	var documents []any
	for i := range 10 {
		documents = append(documents, bson.D{{Key: "_id", Value: fmt.Sprintf("secret-id-%d", i)}, {Key: "n", Value: i}, {Key: "size", Value: 7 + i%2}})
	}
	if _, err := db.Collection("foreign").InsertMany(context.Background(), documents); err != nil {
		t.Fatal(err)
	}
	store, err := mongodb.Open(mongotest.Server(t), mongodb.Options{Database: db.Name(), Keep: 5 * time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close(context.Background()) })
	server := serve(t, store, view)
	var got []string
	for _, row := range follow(t, server, "/foreign/range?per_page=2&fields=n", func(int) {}) {
		got = append(got, fmt.Sprint(row["n"]))
	}
	if want := "0 2 4 6 8"; strings.Join(got, " ") != want {
		t.Errorf("rows %v, want %s", got, want)
	}
	_, header := fetch(t, server+"/foreign/range?per_page=2")
	after := header.Get("X-Next-After")
	explained := fetchAll(t, server+"/foreign/range?per_page=2&explain=true&after="+after)
	if strings.Contains(explained, "secret-id") || strings.Contains(explained, "size") || !strings.Contains(explained, "(token)") {
		t.Errorf("the plan is %s", explained)
	}
	if status, _, body := send(t, http.MethodGet, server+"/foreign/stats/count?group_by=", "", nil); status != http.StatusOK || string(body) != `[{"count":5}]` {
		t.Errorf("status %d: %s", status, body)
	}
}
