package mongodb

import (
	"context"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/internal/mongotest"
)

const strange = `
dataset: strange
fields:
  number: {type: number}
  integer: {type: integer}
  flag: {type: boolean}
  text: {type: string, enum: [a, b], ordered: true}
  day: {type: date}
  instant: {type: date-time}
  nested.deep: {type: integer}
selectors: {number_is: text, flag: flag, integer: integer, day: day, deep: nested.deep}
stats: {fields: [number, integer], group_by: [text]}
`

func decimal(t *testing.T, text string) bson.Decimal128 {
	t.Helper()
	d, err := bson.ParseDecimal128(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// unmanagedTable puts documents into the dataset's own collection.
func unmanagedTable(t *testing.T, documents ...any) (engine.Table, *datasets.Dataset) {
	t.Helper()
	db, ds := mongotest.Database(t), parseDataset(t, strange)
	if _, err := db.Collection(ds.Collection).InsertMany(context.Background(), documents); err != nil {
		t.Fatal(err)
	}
	table := currentTable(t, openIn(t, db), ds)
	if want := (engine.TableInfo{Rows: -1, Place: "strange", Collection: "strange", Unmanaged: true}); table.Info() != want {
		t.Fatalf("the table is %+v, want %+v", table.Info(), want)
	}
	return table, ds
}

func TestUnmanagedValuesReadByTheirFieldsTypes(t *testing.T) {
	day := time.Date(2019, 3, 23, 0, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		name, field string
		value       any
		want        string
	}{
		{"double", "number", 2.5, "2.5"},
		{"int32", "number", int32(-3), "-3"},
		{"int64 that no float64 holds", "number", int64(1<<53 + 1), "9007199254740992"},
		{"decimal", "number", decimal(t, "0.1"), "0.1"},
		{"decimal beyond float64", "number", decimal(t, "1E+400"), "null"},
		{"decimal NaN", "number", decimal(t, "NaN"), "null"},
		{"NaN", "number", math.NaN(), "null"},
		{"infinity", "number", math.Inf(-1), "null"},
		{"text for a number", "number", "5", "null"},
		{"boolean for a number", "number", true, "null"},
		{"date for a number", "number", day, "null"},
		{"array for a number", "number", bson.A{1.0}, "null"},
		{"null", "number", nil, "null"},
		{"integral double", "integer", 1e15, "1000000000000000"},
		{"fraction", "integer", 1.5, "null"},
		{"double beyond int64", "integer", 9.3e18, "null"},
		{"negative zero", "integer", math.Copysign(0, -1), "0"},
		{"integral decimal", "integer", decimal(t, "12.0"), "12"},
		{"decimal fraction", "integer", decimal(t, "12.5"), "null"},
		{"greatest int64", "integer", int64(math.MaxInt64), "9223372036854775807"},
		{"least int64", "integer", int64(math.MinInt64), "-9223372036854775808"},
		{"text for an integer", "integer", "7", "null"},
		{"boolean for an integer", "integer", true, "null"},
		{"date for an integer", "integer", day, "null"},
		{"boolean", "flag", false, "false"},
		{"number for a boolean", "flag", 1, "null"},
		{"text", "text", "not in the enum", `"not in the enum"`},
		{"array for a text", "text", bson.A{"a"}, "null"},
		{"day", "day", day, `"2019-03-23"`},
		{"day before 1970", "day", time.Date(1969, 12, 31, 0, 0, 0, 0, time.UTC), `"1969-12-31"`},
		{"no midnight", "day", day.Add(time.Millisecond), "null"},
		{"text for a day", "day", "2019-03-23", "null"},
		{"instant", "instant", day.Add(1234 * time.Millisecond), `"2019-03-23T00:00:01.234Z"`},
		{"number for an instant", "instant", int64(5), "null"},
		{"nested", "nested", bson.D{{Key: "deep", Value: 3}}, "3"},
		{"array on the way", "nested", bson.A{bson.D{{Key: "deep", Value: 3}}}, "null"},
		{"number on the way", "nested", 3, "null"},
	} {
		t.Run(test.name, func(t *testing.T) {
			table, ds := unmanagedTable(t, bson.D{{Key: test.field, Value: test.value}})
			field := test.field
			if field == "nested" {
				field = "nested.deep"
			}
			got := ask(t, table, ds, datasets.Range, `{"fields":["`+field+`"]}`)
			if diff := cmp.Diff([]string{test.want}, got); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
		})
	}
}

func TestUnmanagedConditionsGroupsAndMeansSeeWhatAnswersShow(t *testing.T) {
	day := time.Date(2019, 3, 23, 0, 0, 0, 0, time.UTC)
	table, ds := unmanagedTable(t,
		bson.D{{Key: "_id", Value: 1}, {Key: "number", Value: int32(4)}, {Key: "integer", Value: 2.0}, {Key: "text", Value: "a"}, {Key: "day", Value: day}},
		bson.D{{Key: "_id", Value: 2}, {Key: "number", Value: bson.A{5.0}}, {Key: "integer", Value: bson.A{2}}, {Key: "text", Value: bson.A{"a"}}, {Key: "day", Value: bson.A{day}}},
		bson.D{{Key: "_id", Value: 3}, {Key: "number", Value: int64(1<<53 + 1)}, {Key: "integer", Value: 2.5}, {Key: "text", Value: "a"}, {Key: "flag", Value: true}},
		bson.D{{Key: "_id", Value: 4}, {Key: "number", Value: "4"}, {Key: "integer", Value: int64(2)}, {Key: "text", Value: 7}, {Key: "flag", Value: "true"}},
		bson.D{{Key: "_id", Value: 5}, {Key: "number", Value: math.NaN()}, {Key: "nested", Value: bson.A{bson.D{{Key: "deep", Value: 1}}}}},
		bson.D{{Key: "_id", Value: 6}, {Key: "number", Value: 6.0}, {Key: "text", Value: "b"}, {Key: "nested", Value: bson.D{{Key: "deep", Value: 1}}}},
	)
	for _, test := range []struct {
		name  string
		op    *datasets.Operation
		query string
		want  []string
	}{
		{"bounds of numbers", datasets.Range, `{"lower":{"number":4},"upper":{"number":6},"fields":["number"]}`, []string{"4", "6"}},
		{"bound that rounding meets", datasets.Range, `{"lower":{"number":9007199254740992},"upper":{"number":9007199254740992},"fields":["number"]}`, []string{"9007199254740992"}},
		{"integers", datasets.Range, `{"integer":2,"fields":["integer"]}`, []string{"2", "2"}},
		{"days", datasets.Range, `{"day":"2019-03-23","fields":["number"]}`, []string{"4"}},
		{"no value", datasets.Range, `{"integer":[null],"fields":["number"]}`, []string{"null", "9007199254740992", "null", "6"}},
		{"a value or none", datasets.Range, `{"flag":[true,null],"page":1,"per_page":3,"fields":["flag"]}`, []string{"null", "null", "true"}},
		{"nested", datasets.Range, `{"deep":1,"fields":["number","nested.deep"]}`, []string{"6 1"}},
		{"second page", datasets.Range, `{"page":2,"per_page":4,"fields":["text"]}`, []string{"null", `"b"`}},
		{"means", datasets.Mean, `{"upper":{"number":100}}`, []string{`4 2 "a"`, `6 null "b"`}},
		{"means of all", datasets.Mean, `{}`, []string{"null 2 null", `4503599627370498 2 "a"`, `6 null "b"`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, ask(t, table, ds, test.op, test.query)); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPublishedRowsComeBeforeUnmanagedOnes(t *testing.T) {
	db, ds := mongotest.Database(t), parseDataset(t, weather)
	unmanaged := db.Collection(ds.Collection)
	if _, err := unmanaged.InsertOne(context.Background(), bson.D{{Key: "rain", Value: true}}); err != nil {
		t.Fatal(err)
	}
	s := openIn(t, db)
	if got := ask(t, currentTable(t, s, ds), ds, datasets.Range, `{"fields":["rain"]}`); !slices.Equal(got, []string{"true"}) {
		t.Errorf("the unmanaged rows are %q", got)
	}
	loadRows(t, s, ds, readings(ds, 0, 2))
	if got := ask(t, currentTable(t, s, ds), ds, datasets.Range, `{"fields":["rain"]}`); !slices.Equal(got, []string{"false", "true"}) {
		t.Errorf("the published rows are %q", got)
	}
	if n, err := unmanaged.CountDocuments(context.Background(), bson.D{}); n != 1 || err != nil {
		t.Errorf("the load left %d unmanaged rows (%v), want 1", n, err)
	}
}
