package engine_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"herbarium/datasets"
	"herbarium/engine/fault"
	"herbarium/engine/query"
)

const everyTypeDescriptor = `dataset: every
fields:
  x: {type: number}
  n: {type: integer}
  ok: {type: boolean}
  s: {type: string, ordered: true}
  place.day: {type: date}
  place.at: {type: date-time}
  k: {type: string, enum: [a, b, c]}
  few: {type: integer}
data: none.csv
selectors: {n: n, ok: ok, s: s, day: place.day, k: k}
stats: {fields: [x, few], group_by: [k, ok]}
`

// everyType returns a dataset with a field of every type.
func everyType(t *testing.T) *datasets.Dataset {
	t.Helper()
	ds, err := datasets.Parse("every.yaml", []byte(everyTypeDescriptor), nil)
	if err != nil {
		t.Fatal(err)
	}
	return ds
}

func TestFlatQueriesMeanWhatTheirJSONMeans(t *testing.T) {
	ds := everyType(t)
	tests := []struct{ name, flat, body string }{
		{"nothing", ``, `{}`},
		{"one value", `k=a`, `{"k":"a"}`},
		{"several values", `k=a&page=2&k=c`, `{"k":["a","c"],"page":2}`},
		{"without a value", `k=null`, `{"k":[null]}`},
		{"with and without", `k=null&k=b`, `{"k":[null,"b"]}`},
		{"null as text", `s=%22null%22`, `{"s":"null"}`},
		{"a quote as text", `s=%22%5C%22%22`, `{"s":"\""}`},
		{"an empty text", `s=`, `{"s":""}`},
		{"a space", `s=a+b&s=a%20c`, `{"s":["a b","a c"]}`},
		{"an integer", `n=1e2&n=-7`, `{"n":[100,-7]}`},
		{"a boolean", `ok=true`, `{"ok":true}`},
		{"a boolean in any letters", `ok=True&ok=FALSE`, `{"ok":[true,false]}`},
		{"numbers as files have them", `lower[x]=.5&upper[x]=%2B7.&n=05&n=-007`, `{"lower":{"x":0.5},"upper":{"x":7},"n":[5,-7]}`},
		{"an exponent", `lower[x]=.5e1&n=1E2`, `{"lower":{"x":5},"n":100}`},
		{"names with escapes", `%6Cower%5Bx%5D=5&%6b=a`, `{"lower":{"x":5},"k":"a"}`},
		{"bounds", `lower[x]=5&upper[x]=6.5&lower%5Bn%5D=-1`, `{"lower":{"x":5,"n":-1},"upper":{"x":6.5}}`},
		{"bounds of a nested field", `lower[place.at]=2019-03-23T20:21:09Z`, `{"lower":{"place.at":"2019-03-23T20:21:09Z"}}`},
		{"one field", `fields=x`, `{"fields":["x"]}`},
		{"two fields", `fields=x&fields=n`, `{"fields":["x","n"]}`},
		{"a page", `page=2&per_page=10`, `{"page":2,"per_page":10}`},
		{"null for a page", `page=null`, `{"page":null}`},
		{"JSON", `query=%7B%22k%22%3A%22a%22%7D`, `{"k":"a"}`},
		{"empty pairs", `&&k=a&`, `{"k":"a"}`},
		{"null for bounds, fields and a token", `lower=null&fields=null&after=null`, `{}`},
		{"JSON that says nothing, and more", `query={}&k=a`, `{"k":"a"}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			want, err := query.Parse(ds, datasets.Range, []byte(test.body))
			if err != nil {
				t.Fatal(err)
			}
			got, err := query.ParseFlat(ds, datasets.Range, test.flat)
			if err != nil {
				t.Fatal(err)
			}
			if got.String() != want.String() {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

func TestAnEmptyKeyStandsAlone(t *testing.T) {
	ds := everyType(t)
	if q, err := query.ParseFlat(ds, datasets.Count, "group_by="); err != nil || q.GroupBy == nil || len(q.GroupBy) > 0 {
		t.Errorf("one empty key: %v", err)
	}
	for _, flat := range []string{"group_by=&group_by=k", "group_by=k&group_by=", "group_by=&group_by="} {
		_, err := query.ParseFlat(ds, datasets.Count, flat)
		if err == nil || !strings.Contains(err.Error(), `there is no field ""`) {
			t.Errorf("%s: %v", flat, err)
		}
	}
}

func TestFlatFaultsNameTheParameter(t *testing.T) {
	ds := everyType(t)
	tests := []struct {
		name, flat string
		want       []string // code, pointer, detail
	}{
		{"unknown", `pgae=1`, []string{"unknown_property", "/pgae", `pgae: there is no property "pgae" (did you mean page?); a query has n, ok, s, day, k, lower, upper, above, below, missing, present, contains, starts_with, any, not, sort, fields, page, per_page, after, version`}},
		{"not a number", `lower[x]=five`, []string{"wrong_type", "/lower/x", `lower[x]: must be a number, not "five"`}},
		{"second value", `k=a&k=z`, []string{"not_in_enum", "/k/1", `k: "z" is not one of a, b, c`}},
		{"several in one", `k=a,b`, []string{"not_in_enum", "/k", `k: "a,b" is not one of a, b, c; for several values give the parameter again: k=…&k=…`}},
		{"fields in one", `fields=x,n`, []string{"unknown_field", "/fields/0", `fields: the field "x,n" is not available for this operation; available: x, n, ok, s, place.day, place.at, k, few; for several values give the parameter again: fields=…&fields=…`}},
		{"a field that has a selector by another name", `place.day=2019-03-23`, []string{"unknown_property", "/place.day", `place.day: the field "place.day" is picked by the selector "day"; a query has n, ok, s, day, k, lower, upper, above, below, missing, present, contains, starts_with, any, not, sort, fields, page, per_page, after, version`}},
		{"a field that has none", `few=1`, []string{"unknown_property", "/few", `few: the field "few" has no selector, but it takes bounds: lower, upper, above and below; a query has n, ok, s, day, k, lower, upper, above, below, missing, present, contains, starts_with, any, not, sort, fields, page, per_page, after, version`}},
		{"no number after all", `lower[x]=.`, []string{"wrong_type", "/lower/x", `lower[x]: must be a number, not "."`}},
		{"twice", `page=1&page=2`, []string{"duplicate_key", "/page", `page: the key "page" is repeated`}},
		{"twice a bound", `lower[x]=1&lower[x]=2`, []string{"duplicate_key", "/lower/x", `lower[x]: the key "x" is repeated`}},
		{"null as a bound", `upper[x]=null`, []string{"wrong_type", "/upper/x", "upper[x]: must be a number, not null"}},
		{"no object", `lower=5`, []string{"wrong_type", "/lower", `lower: must be an object of bounds by field, not "5"`}},
		{"a list as PHP writes it", `k[0]=a`, []string{"unknown_property", "/k[0]", `k[0]: there is no property "k[0]"; a query has n, ok, s, day, k, lower, upper, above, below, missing, present, contains, starts_with, any, not, sort, fields, page, per_page, after, version; for several values give the parameter again, without brackets: k=…&k=…`}},
		{"a list as Rails writes it", `fields[]=x`, []string{"unknown_property", "/fields[]", `fields[]: there is no property "fields[]" (did you mean fields?); a query has n, ok, s, day, k, lower, upper, above, below, missing, present, contains, starts_with, any, not, sort, fields, page, per_page, after, version; for several values give the parameter again, without brackets: fields=…&fields=…`}},
		{"a word of other APIs", `limit=5`, []string{"unknown_property", "/limit", `limit: there is no property "limit" (did you mean per_page?); a query has n, ok, s, day, k, lower, upper, above, below, missing, present, contains, starts_with, any, not, sort, fields, page, per_page, after, version`}},
		{"no size of a page", `per_page=abc`, []string{"wrong_type", "/per_page", `per_page: must be an integer from 1 to 9007199254740991, not "abc"`}},
		{"no page", `page=`, []string{"wrong_type", "/page", `page: must be an integer from 1 to 9007199254740991, not ""`}},
		{"a page that is true", `page=true`, []string{"wrong_type", "/page", `page: must be an integer from 1 to 9007199254740991, not "true"`}},
		{"no integer", `n=one`, []string{"wrong_type", "/n", `n: must be an integer or a list of such, not "one"`}},
		{"no integer among others", `n=1&n=one`, []string{"wrong_type", "/n/1", `n: must be an integer or null, not "one"`}},
		{"a fraction", `n=1.5`, []string{"wrong_type", "/n", `n: must be an integer, not the fraction 1.5`}},
		{"no boolean", `ok=yes`, []string{"wrong_type", "/ok", `ok: must be true or false or a list of such, not "yes"`}},
		{"a number as a boolean", `ok=1`, []string{"wrong_type", "/ok", `ok: must be true or false or a list of such, not "1"`}},
		{"an operator", `k[$ne]=a`, []string{"unknown_property", "/k[$ne]", `k[$ne]: there is no property "k[$ne]"; a query has n, ok, s, day, k, lower, upper, above, below, missing, present, contains, starts_with, any, not, sort, fields, page, per_page, after, version`}},
		{"an empty JSON", `query=`, []string{"not_json", "", "query= is empty; write the query as JSON there, such as {}, or leave the parameter out"}},
		{"JSON and more", `query={"k":"a"}&k=a`, []string{"unknown_property", "/query", "beside query=JSON only page, per_page, after and version may stand, each where the JSON does not have it; write all else of the query into it"}},
		{"JSON that is none", `query={`, []string{"not_json", "", "line 1, column 2: the text ends where a key in double quotes was expected"}},
		{"lower above upper", `lower[n]=2&upper[n]=1`, []string{"lower_above_upper", "/lower/n", "lower[n]: the lower bound 2 is above the upper bound 1"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := query.ParseFlat(ds, datasets.Range, test.flat)
			var failure *fault.Error
			if !errors.As(err, &failure) || len(failure.Violations) != 1 {
				t.Fatalf("got %v", err)
			}
			v := failure.Violations[0]
			if diff := cmp.Diff(test.want, []string{string(v.Code), v.Pointer, v.Detail}); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestAURLThatIsNoTextIsMalformed holds that what is no UTF-8 is not taken for
// the text that would stand for it in an answer's key.
func TestAURLThatIsNoTextIsMalformed(t *testing.T) {
	ds := everyType(t)
	for flat, want := range map[string]string{
		`k=%zz`:         `"k=%zz" is not percent-encoded as a URL needs it`,
		`s=%ff`:         `"s=%ff" is not UTF-8 once it is percent-decoded`,
		`lower[s]=a%fe`: `"lower[s]=a%fe" is not UTF-8 once it is percent-decoded`,
		`s%ff=a`:        `"s%ff=a" is not UTF-8 once it is percent-decoded`,
	} {
		_, err := query.ParseFlat(ds, datasets.Range, flat)
		var failure *fault.Error
		if !errors.As(err, &failure) || failure.Code != fault.MalformedQuery || failure.Detail != want {
			t.Errorf("%s: %v", flat, err)
		}
	}
	if _, err := query.ParseFlat(ds, datasets.Range, `s=%ef%bf%bd`); err != nil {
		t.Errorf("U+FFFD itself: %v", err)
	}
}

func TestWhatIsFlattenedReadsBackAsItWas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		made := drawDataset(t)
		ds, err := datasets.Parse(made.name+".yaml", []byte(made.text), nil)
		if err != nil {
			t.Fatal(err)
		}
		body := drawQuery(t, made, "range").body
		want, err := query.Parse(ds, datasets.Range, []byte(body))
		if err != nil {
			t.Skip("not a query")
		}
		flat := query.Flatten([]byte(body))
		got, err := query.ParseFlat(ds, datasets.Range, flat)
		if err != nil {
			t.Fatalf("%s became %s: %v", body, flat, err)
		}
		if got.String() != want.String() {
			t.Fatalf("%s became %s, which is %s, not %s", body, flat, got, want)
		}
	})
}

func FuzzParseFlat(f *testing.F) {
	for _, seed := range []string{"species=setosa&lower[sepal_length]=5", "query={}", "species=null&species=%22x%22", "fields=label&page=1", "field=petal_width&edges=0&edges=1e2&edges=%222%22", "field=petal_width&bins=3", "%zz", "lower[=1&[x]=2"} {
		f.Add(seed)
	}
	snapshot, err := datasets.Embedded()
	if err != nil {
		f.Fatal(err)
	}
	iris, _ := snapshot.Dataset("iris")
	f.Fuzz(func(t *testing.T, rawQuery string) {
		_, err := query.ParseFlat(iris, datasets.Range, rawQuery)
		var failure *fault.Error
		if err != nil && (!errors.As(err, &failure) || failure.Code != fault.MalformedQuery && len(failure.Violations) == 0) {
			t.Fatalf("%q: %v", rawQuery, err)
		}
	})
}
