package datasets

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// parsed reads a descriptor that has no fault.
func parsed(t *testing.T, text string) *Dataset {
	t.Helper()
	ds, err := Parse("d.yaml", []byte(text), testSchemas)
	if err != nil {
		t.Fatal(err)
	}
	return ds
}

// shape compares datasets by what their descriptors say.
var shape = cmp.Options{
	cmpopts.IgnoreUnexported(Dataset{}),
	cmpopts.IgnoreFields(Dataset{}, "Digest", "Layout", "Prose"),
	cmp.Comparer(func(a, b *time.Location) bool { return a.String() == b.String() }),
}

func TestParseFillsInDefaults(t *testing.T) {
	const fields = `dataset: d
fields:
  n: {type: number}
  i: {type: integer}
  b: {type: boolean}
  s: {type: string}
  e: {type: string, enum: [x, y]}
  o: {type: string, ordered: true}
  d: {type: date}
  t: {type: date-time}
`
	ds := parsed(t, fields)
	tests := []struct {
		name      string
		got, want any
	}{
		{"the collection is called like the dataset", ds.Collection, "d"},
		{"no data", ds.Data, ""},
		{"selectors are the fields with exact values", ds.Selectors, []Selector{{"i", 1}, {"b", 2}, {"s", 3}, {"e", 4}, {"o", 5}, {"d", 6}}},
		{"bounds are the fields with an order", ds.Bounds, []int{0, 1, 5, 6, 7}},
		{"statistics are of numbers and integers", ds.StatsFields, []int{0, 1}},
		{"no groups", ds.GroupBy, []int(nil)},
		{"all operations", ds.Operations, []*Operation{Range, Stats, Mean, Count, Distinct, Summary, Histogram, Correlation}},
		{"no key", ds.Key, []int(nil)},
		{"all rows without a page", ds.PageDefault, int64(0)},
		{"pages of any size", ds.PageMax, int64(0)},
		{"no title", ds.Title, ""},
		{"a field is called alike in the source", ds.Fields[0].Column, "n"},
		{"a field may be missing", ds.Fields[0].Required, false},
		{"a string has no order", ds.Fields[3].Ordered, false},
		{"any text", ds.Fields[3].Enum, []string(nil)},
		{"dates and times are in UTC", ds.Fields[7].Location, time.UTC},
		{"no time zone is named", ds.Fields[7].Timezone, ""},
		{"a field without a title", ds.Fields[0].Title, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, test.got, shape); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseReadsEveryKey(t *testing.T) {
	text, err := os.ReadFile("testdata/good/most.yaml")
	if err != nil {
		t.Fatal(err)
	}
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	want := &Dataset{
		Name: "weather-stations_2", Title: "Weather, hour by hour",
		Description: "What stations measured.\nIn two lines.\n",
		License:     "CC0-1.0", Source: "https://example.org/weather",
		Collection: "weather.hourly", Data: "data/weather.csv", File: "d.yaml",
		Fields: []Field{
			{Name: "station.id", Type: String, Column: "stn", Required: true, Location: time.UTC},
			{Name: "station.kind", Type: String, Title: "Kind", Description: "Who reads it",
				Enum: []string{"automatic", "manned", "yes"}, Column: "station.kind", Location: time.UTC},
			{Name: "at", Type: DateTime, Column: "at", Required: true, Location: berlin, Timezone: "Europe/Berlin"},
			{Name: "day", Type: Date, Column: "day", Location: time.UTC},
			{Name: "temperature", Type: Number, Unit: "°C", Column: "main.temp.0", Location: time.UTC},
			{Name: "gusts", Type: Integer, Unit: "m/s", Column: "gusts", Location: time.UTC},
			{Name: "frost", Type: Boolean, Column: "frost", Location: time.UTC},
			{Name: "code", Type: String, Column: "code", Ordered: true, Location: time.UTC},
		},
		Selectors:   []Selector{{"kind", 1}, {"station", 0}, {"frost", 6}, {"gusts", 5}, {"on", 3}},
		Bounds:      []int{2, 4, 7},
		StatsFields: []int{4}, StatsOrder: []int{4},
		GroupBy:    []int{1, 6},
		Operations: []*Operation{Mean, Range},
		Key:        []int{0, 2},
		Sharding:   ShardByFields, ShardKey: []int{0, 3}, Refresh: 5 * time.Minute,
		PageDefault: 50, PageMax: 500,
	}
	ds := parsed(t, string(text))
	if diff := cmp.Diff(want, ds, shape); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if i, ok := ds.Field("temperature"); !ok || i != 4 {
		t.Errorf("temperature is field %d, %v", i, ok)
	}
	if s, ok := ds.Selector("on"); !ok || s.Field != 3 {
		t.Errorf("on selects by %v, %v", s, ok)
	}
}

func TestParseReadsEveryNotation(t *testing.T) {
	text, err := os.ReadFile("testdata/good/notations.yaml")
	if err != nil {
		t.Fatal(err)
	}
	ds := parsed(t, string(text))
	got := []any{ds.Name, ds.Title, ds.Description, ds.Data, ds.Fields[0].Enum, ds.Fields[1].Name, ds.Fields[1].Type,
		ds.Fields[2].Name, ds.Fields[2].Required, ds.Fields[3].Name, ds.PageMax, ds.PageDefault}
	want := []any{"n", "5", "2019-03-23", "a/.b/..c/d.csv", []string{"1", "2019-03-23", "no"}, "2019-03-24", Date,
		"no", true, "Ünïcode name", int64(1000), int64(16)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestParseTakesGroupByAsAFieldOrAList(t *testing.T) {
	const fields = "dataset: d\nfields: {x: {type: number}, a: {type: string}, b: {type: string}}\nstats: "
	tests := []struct {
		name, stats string
		want        []int
	}{
		{"a field", "{group_by: b}", []int{2}},
		{"a list of one", "{group_by: [b]}", []int{2}},
		{"a list in its own order", "{group_by: [b, a]}", []int{2, 1}},
		{"an empty list", "{group_by: []}", nil},
		{"a number", "{group_by: x, fields: []}", []int{0}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, parsed(t, fields+test.stats).GroupBy); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestDigestTellsWhatAnswersFromWhatReads(t *testing.T) {
	const text = `dataset: d
license: MIT
query_schema: any.schema.json
fields:
  x: {type: number, unit: cm}
  s: {type: string, enum: [a, b]}
  t: {type: date-time, timezone: Europe/Berlin}
stats: {group_by: s}
page: {max: 10}
`
	before := parsed(t, text).Digest
	if again := parsed(t, text).Digest; again != before {
		t.Fatalf("two readings of one descriptor have the digests %s and %s", before, again)
	}
	tests := []struct {
		name, old, new string
		changes        bool
	}{
		{"a comment", "license: MIT", "license: MIT # for now", false},
		{"the licence", "MIT", "CC0-1.0", false},
		{"a unit", "cm", "inch", false},
		{"a default that is written out", "page:", "bounds: [t, x]\npage:", false},
		{"the name", "dataset: d", "dataset: e", true},
		{"a field's name", "  x:", "  y:", true},
		{"a field's type", "type: number", "type: integer", true},
		{"a field's column", "unit: cm", "column: cm", true},
		{"a field that is required", "unit: cm", "required: true", true},
		{"the order of fields", "  x: {type: number, unit: cm}\n  s: {type: string, enum: [a, b]}", "  s: {type: string, enum: [a, b]}\n  x: {type: number, unit: cm}", true},
		{"an enum", "[a, b]", "[a, b, c]", true},
		{"a time zone", "Europe/Berlin", "Europe/Paris", true},
		{"selectors", "page:", "selectors: {}\npage:", true},
		{"bounds", "page:", "bounds: []\npage:", true},
		{"groups", "group_by: s", "group_by: []", true},
		{"statistics", "group_by: s", "group_by: s, fields: []", true},
		{"operations", "page:", "operations: [range]\npage:", true},
		{"the largest page", "max: 10", "max: 11", true},
		{"the default page", "max: 10", "max: 10, default: 5", true},
		{"the key", "page:", "key: [s]\npage:", true},
		{"the query schema", "query_schema: any.schema.json\n", "", true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if !strings.Contains(text, test.old) {
				t.Fatalf("the descriptor has no %q", test.old)
			}
			after := parsed(t, strings.Replace(text, test.old, test.new, 1)).Digest
			if (after != before) != test.changes {
				t.Errorf("the digest changes: %v, want %v", after != before, test.changes)
			}
		})
	}
}

func TestProseTellsDescriptionsApart(t *testing.T) {
	const text = "dataset: d\ntitle: T\nlicense: MIT\nfields:\n  x: {type: number, unit: cm, title: X}\n"
	before := parsed(t, text).Prose
	for _, change := range [][2]string{{"title: T", "title: U"}, {"MIT", "CC0-1.0"}, {"cm", "inch"}, {"title: X", "title: Y"}} {
		if parsed(t, strings.Replace(text, change[0], change[1], 1)).Prose == before {
			t.Errorf("%s and %s are one", change[0], change[1])
		}
	}
	if parsed(t, strings.Replace(text, "number", "integer", 1)).Prose != before {
		t.Error("a type is prose")
	}
}
