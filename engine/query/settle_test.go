package query

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"herbarium/datasets"
	"herbarium/engine/plan"
)

// named are the lines before a named operation's.
const named = `dataset: d
fields:
  at: {type: date-time}
  color: {type: string, enum: [red, green]}
  kind: {type: string}
  x: {type: number}
  n: {type: integer}
selectors: {colour: color, kind: kind}
bounds: [x, at]
stats: {fields: [x]}
operations:
`

func TestSettleNamesEveryFaultWithItsPlace(t *testing.T) {
	tests := []struct{ name, operation, want string }{
		{"a value that the enum does not have", "  a: {of: range, where: {colour: [red, gren]}}",
			`d.yaml:12:40: operations.a.where.colour[1]: "gren" is not one of red, green (did you mean green?)`},
		{"an unknown property, and a field that a selector has another name for", "  a:\n    of: range\n    where:\n      color: red\n      lowr: {x: 1}",
			`d.yaml:15:7: operations.a.where.color: the field "color" is picked by the selector "colour"; a condition has colour, kind, lower, upper, above, below, missing, present, contains, starts_with, any, not
d.yaml:16:7: operations.a.where.lowr: there is no property "lowr" (did you mean lower?); a condition has colour, kind, lower, upper, above, below, missing, present, contains, starts_with, any, not`},
		{"a bound of a field without bounds, and one that is no date", "  a:\n    of: range\n    where: {lower: {n: 1, at: 2019-13-01}}",
			`d.yaml:14:21: operations.a.where.lower.n: the field "n" takes no bounds; these do: at, x
d.yaml:14:31: operations.a.where.lower.at: "2019-13-01" is not a date: there is no such day`},
		{"bounds that contradict each other", "  a: {of: range, where: {lower: {x: 2}, upper: {x: 1}}}",
			`d.yaml:12:37: operations.a.where.lower.x: the lower bound 2 is above the upper bound 1`},
		{"values that were forgotten", "  a:\n    of: range\n    where: {kind: , lower: {x: 1}, not: {colour: null}}",
			`d.yaml:14:19: operations.a.where.kind: a value belongs here, not nothing; [null] picks rows without a value
d.yaml:14:50: operations.a.where.not.colour: a value belongs here, not nothing; [null] picks rows without a value`},
		{"deep in alternatives", "  a:\n    of: range\n    where:\n      any:\n      - {kind: oak}\n      - not: {contains: {x: '1'}}",
			`d.yaml:17:26: operations.a.where.any[1].not.contains.x: the field "x" has no text; these do: color, kind`},
		{"no condition", "  a: {of: range, where: [red]}",
			`d.yaml:12:25: operations.a.where: must be a condition, which is an object, not an array`},
		{"a page in a condition", "  a: {of: range, where: {page: 1}}",
			`d.yaml:12:26: operations.a.where.page: page is a property of the query, not of a condition; a condition has colour, kind, lower, upper, above, below, missing, present, contains, starts_with, any, not`},
		{"fields", "  a: {of: range, fields: [x, y, x]}",
			`d.yaml:12:30: operations.a.fields[1]: the field "y" is not available for this operation; available: at, color, kind, x, n
d.yaml:12:33: operations.a.fields[2]: "x" is repeated`},
		{"keys", "  a: {of: stats, group_by: ['at:mnth', {field: kind, as: 'a.b'}]}",
			`d.yaml:12:29: operations.a.group_by[0]: "mnth" is no unit of time (did you mean month?); there are year, quarter, month, week, day, hour, minute
d.yaml:12:58: operations.a.group_by[1].as: "a.b" cannot be a column's name: letters, digits, _ and - can, at most 100`},
		{"measures", "  a: {of: stats, measures: {x: [men], kind: [mean], '*': [count]}}",
			`d.yaml:12:33: operations.a.measures.x[0]: there is no measure "men" (did you mean mean?); the field x has count, missing, sum, mean, min, max, stddev, stddev_pop, variance, variance_pop, median, distinct, mode, and percentiles from p0 to p100, such as p95 or p99.9
d.yaml:12:46: operations.a.measures.kind[0]: the field kind is a string, which has no mean; it has count, missing, min, max, distinct, mode`},
		{"a sort by no column", "  a: {of: stats, group_by: [kind], sort: [-cont]}",
			`d.yaml:12:43: operations.a.sort[0]: "-cont" is none of the answer's columns (did you mean count?); there are count, kind`},
		{"columns that clash", "  a:\n    of: stats\n    group_by: [{field: kind, as: count}]",
			`d.yaml:14:34: operations.a.group_by[0].as: an answer cannot have the columns "count" and "count" together; name a key with as`},
		{"a field that nobody names", "  a: {of: stats/distinct, takes: [kind]}",
			`d.yaml:12:3: operations.a: stats/distinct needs a field: write field: one of at, color, kind, x, n, or let queries name it: takes: [field]`},
		{"an unknown field", "  a: {of: stats/distinct, field: knd}",
			`d.yaml:12:34: operations.a.field: there is no field "knd" (did you mean kind?); there are at, color, kind, x, n`},
		{"numbers as YAML writes them, and one that YAML takes for a string", "  a: {of: range, where: {lower: {x: 0x10}, upper: {x: 1_5.5}, above: {x: 1e999}}}",
			`d.yaml:12:37: operations.a.where.lower.x: the lower bound 16 is above the upper bound 15.5
d.yaml:12:74: operations.a.where.above.x: must be a number, not a string`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := datasets.Parse("d.yaml", []byte(named+test.operation+"\n"), nil, datasets.WithSettler(Settle))
			if err == nil {
				t.Fatal("nothing is wrong")
			}
			if diff := cmp.Diff(test.want, err.Error()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestANamedOperationWithoutASettlerIsRefused(t *testing.T) {
	_, err := datasets.Parse("d.yaml", []byte(named+"  range: {}\n  a: {of: range}\n"), nil)
	want := "d.yaml:13:3: operations.a: whoever reads this descriptor did not say how to check operations of its own: pass datasets.WithSettler(query.Settle)"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// parsedNamed returns the dataset with these operations.
func parsedNamed(t *testing.T, operations string) *datasets.Dataset {
	t.Helper()
	ds, err := datasets.Parse("d.yaml", []byte(named+operations), nil, datasets.WithSettler(Settle))
	if err != nil {
		t.Fatal(err)
	}
	return ds
}

func TestADefinitionIsPartOfTheDigest(t *testing.T) {
	digests := map[string]string{}
	for _, operations := range []string{
		"  range: {}\n", "  range: {}\n  a: {of: range}\n", "  range: {}\n  b: {of: range}\n", "  range: {}\n  a: {of: range, where: {kind: oak}}\n",
		"  range: {}\n  a: {of: range, where: {kind: elm}}\n", "  range: {}\n  a: {of: range, takes: []}\n", "  range: {}\n  a: {of: range, page: {max: 5}}\n",
		"  range: {}\n  a: {of: range, sort: [x]}\n", "  range: {}\n  a: {of: stats/count}\n",
	} {
		digest := parsedNamed(t, operations).Digest
		if other, ok := digests[digest]; ok {
			t.Errorf("%q has the digest of %q", operations, other)
		}
		digests[digest] = operations
	}
	if a, b := parsedNamed(t, "  range: {}\n").Digest, mustParse(t, strings.Replace(named, "operations:\n", "operations: [range]\n", 1)).Digest; a != b {
		t.Errorf("a mapping of built-in operations has the digest %s, the list %s", a, b)
	}
}

func mustParse(t *testing.T, text string) *datasets.Dataset {
	t.Helper()
	ds, err := datasets.Parse("d.yaml", []byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	return ds
}

func TestATokenIsOfOneNamedOperation(t *testing.T) {
	ds := parsedNamed(t, "  range: {}\n  oaks: {of: range, where: {kind: oak}, sort: [x]}\n  elms: {of: range, where: {kind: elm}, sort: [x]}\n")
	at := func(path, body string) (*Query, error) {
		op, ok := ds.Operation(path)
		if !ok {
			t.Fatal(path)
		}
		return Parse(ds, op, []byte(body))
	}
	q, err := at("oaks", `{"per_page":2}`)
	if err != nil {
		t.Fatal(err)
	}
	token := q.Token(Mark{Version: "abc", Last: plan.RowPosition(3), Values: []plan.Nullable{{Value: plan.Value{Float: 2}}}})
	if token == "" {
		t.Fatal("no token")
	}
	if _, err := at("oaks", `{"after":"`+token+`"}`); err != nil {
		t.Errorf("its own token: %v", err)
	}
	for _, other := range []string{"elms", "range"} {
		if _, err := at(other, `{"after":"`+token+`"}`); err == nil || !strings.Contains(err.Error(), "token") {
			t.Errorf("%s: %v", other, err)
		}
	}
}
