package mongodb

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"

	"herbarium/engine/internal/mongotest"
)

// keysOf returns the keys of the indexes, each as extended JSON.
func keysOf(t *testing.T, text string) []string {
	t.Helper()
	var keys []string
	for _, model := range indexesOf(parseDataset(t, text)) {
		key, err := bson.MarshalExtJSON(model.Keys, false, false)
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, string(key))
	}
	return keys
}

func TestIndexesFollowFromWhatTheDescriptorNames(t *testing.T) {
	const fields = "dataset: d\nfields: {kind: {type: string}, size: {type: string, enum: [s, l]}, x: {type: number}, at: {type: date}, n: {type: integer}}\n"
	tests := []struct {
		name, more string
		want       []string
	}{
		{"nothing but an enum", "", []string{`{"size":1,"_id":1}`}},
		{"selectors", "selectors: [kind, n]\n", []string{`{"kind":1,"_id":1}`, `{"n":1,"_id":1}`}},
		{"bounds", "bounds: [x, at]\n", []string{`{"size":1,"_id":1}`, `{"x":1}`, `{"at":1}`}},
		{"a bound that is a selector, too", "selectors: [n]\nbounds: [n, x]\n", []string{`{"n":1,"_id":1}`, `{"x":1}`}},
		{"indexes of its own, in their order", "index: [x, [kind, at], [at, kind]]\n",
			[]string{`{"size":1,"_id":1}`, `{"x":1,"_id":1}`, `{"kind":1,"at":1,"_id":1}`, `{"at":1,"kind":1,"_id":1}`}},
		{"one that there is already", "index: [size]\nbounds: [x]\n", []string{`{"size":1,"_id":1}`, `{"x":1}`}},
		{"one of a bound, which then has an order", "index: [x]\nbounds: [x]\n", []string{`{"size":1,"_id":1}`, `{"x":1,"_id":1}`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, keysOf(t, fields+test.more)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// manyFields is a dataset of so many fields with long names, and an index of all.
func manyFields(n int) string {
	var fields, all []string
	for i := range n {
		name := fmt.Sprintf("%s_%02d", strings.Repeat("f", 90), i)
		fields = append(fields, name+": {type: integer}")
		all = append(all, name)
	}
	return "dataset: d\nselectors: {}\nbounds: []\nfields: {" + strings.Join(fields, ", ") + "}\nindex: [[" + strings.Join(all, ", ") + "]]\n"
}

func TestAnIndexOfManyFieldsHasWhatMongoDBTakes(t *testing.T) {
	for n, want := range map[int]int{31: 32, 32: 32} { // with _id, as far as there is room
		models := indexesOf(parseDataset(t, manyFields(n)))
		if got := len(models[0].Keys.(bson.D)); len(models) != 1 || got != want {
			t.Errorf("%d fields: %d indexes, of %d keys", n, len(models), got)
		}
	}
}

// TestALoadBuildsTheIndexes asks the server for them.
func TestALoadBuildsTheIndexes(t *testing.T) {
	db := mongotest.Database(t)
	ds := parseDataset(t, weather+"bounds: [day]\nindex: [temperature, [rain, day]]\n")
	s := openIn(t, db)
	loadRows(t, s, ds, readings(ds, 0, 20))
	cursor, err := db.Collection(currentTable(t, s, ds).(*table).collection).Indexes().List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var all []struct{ Key bson.D }
	if err := cursor.All(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, index := range all {
		key, err := bson.MarshalExtJSON(index.Key, false, false)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, string(key))
	}
	slices.Sort(got) // servers list them in orders of their own
	want := []string{`{"_id":1}`, `{"day":1}`, `{"rain":1,"day":1,"_id":1}`, `{"station":1,"_id":1}`, `{"temperature":1,"_id":1}`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
