package mongodb

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.mongodb.org/mongo-driver/v2/bson"

	"herbarium/datasets"
	"herbarium/engine/internal/mongotest"
)

// weatherAnew is weather with other types, and without one of its fields.
const weatherAnew = `
dataset: weather
fields:
  station: {type: number}
  temperature: {type: string, ordered: true}
  wind.speed: {type: number}
  day: {type: date-time}
  read: {type: date}
selectors: {temperature_is: temperature}
stats: {fields: [station, wind.speed], group_by: station}
`

// TestRowsOfOtherTypesAreReadAlikeByEveryOperation changes the descriptor after a load. A value
// of another type than its field reads as null, unless the field's type takes it too: in rows,
// conditions, orders, groups and measures alike, as in a collection that something else filled.
func TestRowsOfOtherTypesAreReadAlikeByEveryOperation(t *testing.T) {
	db, ds := mongotest.Database(t), parseDataset(t, weather)
	s := openIn(t, db)
	loadRows(t, s, ds, readings(ds, 0, 8))
	changed := parseDataset(t, weatherAnew)
	loaded := currentTable(t, s, changed)
	if info := loaded.Info(); !info.OtherFields || !info.OtherTypes || info.Unmanaged || info.Version == "" {
		t.Fatalf("the table is %+v", info)
	}
	cursor, err := db.Collection(loaded.Info().Collection).Find(t.Context(), bson.D{})
	if err != nil {
		t.Fatal(err)
	}
	var documents []bson.Raw
	if err := cursor.All(t.Context(), &documents); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Collection("found").InsertMany(t.Context(), documents); err != nil {
		t.Fatal(err)
	}
	same := parseDataset(t, weatherAnew+"collection: found\n")
	unmanaged := currentTable(t, s, same)
	if !unmanaged.Info().Unmanaged {
		t.Fatalf("the rows without their publication are %+v", unmanaged.Info())
	}
	for _, test := range []struct {
		name  string
		op    *datasets.Operation
		query string
		want  []string // nil: as of an unmanaged collection, whatever that is
	}{
		{"rows", datasets.Range, `{"page":1,"per_page":2}`, []string{
			`null null null "1970-01-01T00:00:00.000Z" "1970-01-01"`, `null null 1 "1970-01-02T00:00:00.000Z" null`}},
		{"a bound", datasets.Count, `{"lower":{"wind.speed":3},"group_by":[]}`, []string{"4"}},
		{"a bound that every text meets", datasets.Count, `{"lower":{"temperature":""},"group_by":[]}`, []string{}},
		{"values", datasets.Count, `{"present":["temperature"],"group_by":[]}`, []string{}},
		{"no value", datasets.Count, `{"temperature_is":[null],"group_by":[]}`, []string{"8"}},
		{"an order", datasets.Range, `{"sort":["temperature","-wind.speed"],"fields":["wind.speed"],"page":1,"per_page":3}`, []string{"7", "6", "4"}},
		{"groups", datasets.Count, `{}`, []string{"8 null"}},
		{"means", datasets.Mean, `{}`, []string{"null 3.833333333 null"}},
		{"measures", datasets.Stats, `{"measures":{"station":["sum","max","median"],"wind.speed":["sum","median"]},"group_by":[]}`,
			[]string{"null null null 23 3.5"}},
		{"distinct values", datasets.Distinct, `{"field":"read"}`, []string{`null 7`, `"1970-01-01" 1`}},
		{"buckets", datasets.Count, `{"group_by":["wind.speed:4"]}`, []string{"2 null", "3 0", "3 4"}},
		{"further measures", datasets.Stats, `{"measures":{"station":["count","missing","distinct","stddev"],"day":["min","max","median"],"temperature":["mode"],"wind.speed":["stddev","p90","mode"]},"group_by":[]}`, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := ask(t, loaded, changed, test.op, test.query)
			if diff := cmp.Diff(ask(t, unmanaged, same, test.op, test.query), got); diff != "" {
				t.Errorf("answer (-of an unmanaged collection +got):\n%s", diff)
			}
			if test.want == nil {
				return
			}
			if diff := cmp.Diff(test.want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
		})
	}
}
