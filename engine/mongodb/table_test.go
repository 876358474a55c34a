package mongodb

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/fault"
	"herbarium/engine/internal/mongotest"
	"herbarium/engine/plan"
)

func TestAggregationsAskForWhatTheyNeed(t *testing.T) {
	ds := parseDataset(t, weather)
	s, err := Open("mongodb://db.example", Options{})
	if err != nil {
		t.Fatal(err)
	}
	closeAfter(t, s)
	seen := &bson.Timestamp{T: 7, I: 1}
	for _, test := range []struct {
		name      string
		op        *datasets.Operation
		query     string
		unmanaged bool
		seen      *bson.Timestamp
		want      string
	}{
		{"a stream", datasets.Range, `{}`, false, nil, `{"cursor":{"batchSize":1024},"allowDiskUse":true}`},
		{"a page and one row more, to see the end", datasets.Range, `{"per_page":20}`, false, nil, `{"cursor":{"batchSize":21},"allowDiskUse":true}`},
		{"a page that is a stream", datasets.Range, `{"per_page":8192}`, false, nil, `{"cursor":{"batchSize":1024},"allowDiskUse":true}`},
		{"means", datasets.Mean, `{}`, false, nil, `{"cursor":{"batchSize":1024},"allowDiskUse":true}`},
		{"unmanaged text by its bytes", datasets.Range, `{}`, true, nil, `{"cursor":{"batchSize":1024},"allowDiskUse":true,"collation":{"locale":"simple"}}`},
		{"a secondary that has the rows", datasets.Range, `{}`, false, seen,
			`{"cursor":{"batchSize":1024},"allowDiskUse":true,"readConcern":{"level":"local","afterClusterTime":{"$timestamp":{"t":7,"i":1}}}}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			table := &table{collection: "rows", info: engine.TableInfo{Unmanaged: test.unmanaged}}
			command := table.runCommand(planOf(t, ds, test.op, test.query), nil, s.readConcern(sighting{time: test.seen}))
			if command[0].Key != "aggregate" || command[0].Value != "rows" || command[1].Key != "pipeline" {
				t.Errorf("the command begins with %v", command[:2])
			}
			got, err := bson.MarshalExtJSON(command[2:], false, false)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, string(got)); diff != "" {
				t.Errorf("the rest of the command (-want +got):\n%s", diff)
			}
		})
	}
}

func TestGoingOnAsksForAnIndex(t *testing.T) {
	ds := parseDataset(t, pagedRows)
	for _, test := range []struct {
		name, query string
		indexed     []string
		want        string
	}{
		{"all rows", `{}`, []string{"kind"}, `{"_id":1}`},
		{"a selector", `{"kind":"odd"}`, []string{"kind"}, `{"kind":1,"_id":1}`},
		{"a selector with null", `{"kind":["odd",null]}`, []string{"kind"}, `{"kind":1,"_id":1}`},
		{"a selector that came after the load", `{"kind":"odd"}`, nil, `{"_id":1}`},
		{"a bound", `{"lower":{"n":5}}`, []string{"kind"}, `{"_id":1}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := bson.MarshalExtJSON(hint(pageAfter(t, ds, test.query, 10), test.indexed), false, false)
			if err != nil || string(got) != test.want {
				t.Errorf("got %s, %v; want %s", got, err, test.want)
			}
		})
	}
	for _, test := range []struct {
		name  string
		order []plan.SortKey
		want  bson.D
	}{
		{"an order that an index has", []plan.SortKey{{By: 1}}, bson.D{{Key: "kind", Value: 1}, {Key: "_id", Value: 1}}},
		{"the reverse, in which ties would be reversed, too", []plan.SortKey{{By: 1, Descending: true}}, nil},
		{"an order by more", []plan.SortKey{{By: 1}, {By: 0}}, nil},
		{"an order by a field without such an index", []plan.SortKey{{By: 0}}, nil},
	} {
		p := pageAfter(t, ds, `{}`, 10)
		p.Order, p.AfterValues = test.order, make([]plan.Nullable, len(test.order))
		if diff := cmp.Diff(test.want, hint(p, []string{"kind"})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
	unmanaged := &table{collection: "rows", info: engine.TableInfo{Unmanaged: true}}
	for _, e := range unmanaged.runCommand(pageAfter(t, ds, `{}`, 10), nil, nil) {
		if e.Key == "hint" {
			t.Error("an index is asked for that a view does not have")
		}
	}
}

// TestAnEmptyAnswerOfACurrentVersionIsChecked lets a server go by what was published long ago, as
// one whose machine was suspended.
func TestAnEmptyAnswerOfACurrentVersionIsChecked(t *testing.T) {
	db, ds := mongotest.Database(t), parseDataset(t, weather)
	s := openIn(t, db)
	info := loadRows(t, s, ds, readings(ds, 0, 150))
	table := currentTable(t, s, ds)
	updatePublication(t, db, ds, bson.D{{Key: "$set", Value: bson.D{{Key: "current.collection", Value: "herbarium_rows.another"}}}})
	if err := db.Collection(info.Place).Drop(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.publications.mu.Lock()
	known := s.publications.known[ds.Collection]
	known.at = time.Now()
	s.publications.known[ds.Collection] = known
	s.publications.mu.Unlock()
	c, err := table.Run(t.Context(), planOf(t, ds, datasets.Range, "{}"))
	if err == nil {
		_, err = lines(c)
	}
	wantCode(t, err, fault.StoreUnavailable)
}
