package datasets_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"herbarium/datasets"
	"herbarium/engine/query"
)

// staff has something to say of the field salary, and of others, in every key.
const staff = `
dataset: staff
data: staff.csv
query_schema: staff.query.schema.json
fields:
  name: {type: string}
  team: {type: string, enum: [red, blue]}
  salary: {type: integer, title: Pay, unit: EUR}
  age: {type: integer}
selectors: {team: team, paid: salary, aged: age}
bounds: [salary, age]
stats: {fields: [age, salary], group_by: [team, salary]}
key: [name, salary]
index: [age, [team, salary], salary]
shard_key: [team, salary]
operations:
  range: {}
  stats/mean: {}
  stats/correlation: {}
  by-team: {of: stats/mean, group_by: [team]}
  rich: {of: range, where: {lower: {salary: 100000}}}
  paid-alike: {of: range, where: {not: {paid: 1}}}
  best: {of: range, sort: [-salary]}
  sums: {of: stats, measures: {salary: [sum]}}
  pairs: {of: stats/correlation}
  pay: {of: stats/histogram, field: salary}
  ages: {of: stats/histogram, field: age}
  by-pay: {of: range, takes: [paid, team]}
  by-age: {of: range, takes: [aged, upper]}
`

// staffSchema stands for a schema that somebody wrote.
const staffSchema = `{"type":"object","properties":{"paid":{"type":"integer"}}}`

func parseStaff(t *testing.T, text string) *datasets.Dataset {
	t.Helper()
	ds, err := datasets.Parse("staff.yaml", []byte(text), func(string) ([]byte, error) { return []byte(staffSchema), nil }, datasets.WithSettler(query.Settle))
	if err != nil {
		t.Fatal(err)
	}
	return ds
}

func TestWithoutAFieldEveryKeyIsAsIfItWereNeverDeclared(t *testing.T) {
	ds := parseStaff(t, staff)
	got, err := ds.Without([]string{"salary"}, datasets.WithSettler(query.Settle))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"fields":     []string{"name", "team", "age"},
		"selectors":  []datasets.Selector{{Name: "team", Field: 1}, {Name: "aged", Field: 2}},
		"bounds":     []int{2},
		"stats":      []int{2},
		"group_by":   []int{1},
		"key":        []int(nil),
		"index":      [][]int{{2}},
		"shard_key":  []int(nil),
		"operations": []string{"range", "stats/mean", "by-team", "ages", "by-age"},
	}
	all := make([]int, len(got.Fields))
	for i := range all {
		all[i] = i
	}
	if diff := cmp.Diff(want, map[string]any{
		"fields": got.FieldNames(all), "selectors": got.Selectors, "bounds": got.Bounds, "stats": got.StatsFields,
		"group_by": got.GroupBy, "key": got.Key, "index": got.Indexes, "shard_key": got.ShardKey, "operations": got.OperationNames(),
	}); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if got.BoundsByDefault || got.SelectorsByDefault {
		t.Error("what the descriptor says has become a default")
	}
	for _, hidden := range []string{"salary", "paid", "Pay", "EUR"} {
		if strings.Contains(string(got.QuerySchema().JSON()), hidden) {
			t.Errorf("the query schema says %q", hidden)
		}
		for _, op := range got.Operations {
			if strings.Contains(string(got.QuerySchemaOf(op).JSON()), hidden) {
				t.Errorf("the query schema of %s says %q", op, hidden)
			}
		}
	}
	if _, ok := got.Field("salary"); ok {
		t.Error("the field is found")
	}
	if ds.OperationNames()[4] != "rich" || len(ds.Fields) != 4 || string(ds.QuerySchema().JSON()) != staffSchema {
		t.Error("the dataset itself changed")
	}
}

func TestWithoutFieldsADatasetEqualsTheShorterDescriptor(t *testing.T) {
	for _, c := range []struct {
		name, text, without, shorter string
	}{
		{"defaults", "dataset: a\nfields: {x: {type: number}, s: {type: string}, n: {type: integer}}\n", "n",
			"dataset: a\nfields: {x: {type: number}, s: {type: string}}\n"},
		{"a group by name", "dataset: a\nfields: {x: {type: number}, s: {type: string}}\nstats: {group_by: s}\n", "s",
			"dataset: a\nfields: {x: {type: number}}\nstats: {}\n"},
		{"a list of selectors", "dataset: a\nfields: {x: {type: integer}, s: {type: string}}\nselectors: [s, x]\n", "s",
			"dataset: a\nfields: {x: {type: integer}}\nselectors: [x]\n"},
		{"the only selector", "dataset: a\nfields: {x: {type: integer}, s: {type: string}}\nselectors: {by: s}\n", "s",
			"dataset: a\nfields: {x: {type: integer}}\nselectors: {}\n"},
		{"a group that left out an operation", "dataset: a\nfields: {x: {type: integer}, count: {type: string}}\nstats: {group_by: count}\n", "count",
			"dataset: a\nfields: {x: {type: integer}}\n"},
		{"operations that need other fields", "dataset: a\nfields: {x: {type: number}, s: {type: string}}\noperations: [range, stats/histogram]\n", "x",
			"dataset: a\nfields: {s: {type: string}}\noperations: [range]\n"},
		{"a name with quotes", "dataset: a\nfields: {\"0\": {type: number}, s: {type: string}}\nbounds: [\"0\"]\n", "0",
			"dataset: a\nfields: {s: {type: string}}\nbounds: []\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := parseStaff(t, c.text).Without([]string{c.without})
			if err != nil {
				t.Fatal(err)
			}
			want := parseStaff(t, c.shorter)
			// The digest is of all that shapes queries and answers.
			if got.Digest != want.Digest || got.Prose != want.Prose {
				t.Errorf("it differs from\n%s", c.shorter)
			}
			if got.SelectorsByDefault != want.SelectorsByDefault || got.BoundsByDefault != want.BoundsByDefault || !slices.Equal(got.LeftOut, want.LeftOut) {
				t.Errorf("other defaults than\n%s", c.shorter)
			}
		})
	}
}

func TestWithoutTheirOnlyFieldsNoOperationIsLeft(t *testing.T) {
	ds, err := parseStaff(t, "dataset: a\nfields: {x: {type: number}, s: {type: string}}\noperations: [stats/histogram]\n").Without([]string{"x"})
	if err != nil || len(ds.Operations) != 0 {
		t.Errorf("%v, %v", ds.Operations, err)
	}
}

func TestWhatIsWithoutFieldsCannotBeReadAnew(t *testing.T) {
	ds, err := parseStaff(t, "dataset: a\nfields: {x: {type: number}, s: {type: string}}\n").Without([]string{"x"})
	if err != nil {
		t.Fatal(err)
	}
	if again, err := ds.Without(nil); err == nil {
		t.Errorf("it has the fields %v again", again.Fields)
	}
}
