package mongodb

import (
	"context"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"

	"herbarium/datasets"
	"herbarium/engine/internal/mongotest"
)

// testdata/written.json is what a database held after the command had loaded
// two versions of a dataset, as an earlier build wrote them.
func TestCollectionsThatAnEarlierBuildWroteStillAnswer(t *testing.T) {
	db := mongotest.Database(t)
	text, err := os.ReadFile("testdata/written.json")
	if err != nil {
		t.Fatal(err)
	}
	var collections map[string][]bson.D
	if err := bson.UnmarshalExtJSON(text, true, &collections); err != nil {
		t.Fatal(err)
	}
	for name, documents := range collections {
		if _, err := db.Collection(name).InsertMany(context.Background(), documents); err != nil {
			t.Fatal(err)
		}
	}
	descriptor, err := os.ReadFile("testdata/written.yaml")
	if err != nil {
		t.Fatal(err)
	}
	ds := parseDataset(t, string(descriptor))
	s := openIn(t, db)
	older, err := s.TableAt(context.Background(), ds, "5jnqjbmzmrbvwbokpbf5jwmfg4")
	if err != nil {
		t.Fatal(err)
	}
	current := currentTable(t, s, ds)
	if info := current.Info(); info.Version != "d7rdvzit5tk2qmnvqtyyp2lf4a" || info.Rows != 50 {
		t.Errorf("the table is %+v", info)
	}
	if diff := cmp.Diff([]string{`12.875 5.888888889 null`, `13.111111111 6.666666667 "dug"`},
		ask(t, older, ds, datasets.Mean, `{"kind":["dug",null]}`)); diff != "" {
		t.Errorf("means of the older version (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{`12.5 "2014-05-14" true`, `24.5 "2018-09-18" true`, `23.5 "2016-08-16" true`, `19.5 "2018-04-18" false`},
		ask(t, current, ds, datasets.Range, `{"kind":"dug","lower":{"depth":12,"dug":"2014-05-14"},"fields":["depth","dug","dry"]}`)); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}
