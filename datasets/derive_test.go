package datasets

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"herbarium/schemas"
)

// accepts reports whether the dataset's query schema lets a query pass.
func accepts(t interface{ Fatal(...any) }, ds *Dataset, query string) bool {
	document, err := schemas.Parse([]byte(query))
	if err != nil {
		t.Fatal(query, err)
	}
	return len(ds.QuerySchema().Validate(document)) == 0
}

func TestDerivedSchemaKnowsWhatEachFieldTakes(t *testing.T) {
	ds := parsed(t, `dataset: d
fields:
  n: {type: number}
  i: {type: integer}
  b: {type: boolean}
  s: {type: string}
  e: {type: string, enum: [x, y]}
  ei: {type: integer, enum: [1, 9007199254740993]}
  eb: {type: boolean, enum: [false]}
  ed: {type: date, enum: ["2019-03-23"]}
  o: {type: string, ordered: true}
  d: {type: date}
  t: {type: date-time}
selectors: {i: i, b: b, s: s, kind: e, d: d, ei: ei, eb: eb, ed: ed}
page: {max: 20}
`)
	tests := []struct {
		name          string
		good, refused []string
	}{
		{"the whole", []string{`{}`, `{"s":"a","lower":{"n":1},"page":2,"per_page":3,"fields":["n"]}`},
			[]string{`[]`, `null`, `5`, `"s"`, `{"x":1}`, `{"":1}`, `{"after":5}`, `{"e":"x"}`}},
		{"null is absent", []string{`{"s":null,"i":null,"b":null,"kind":null,"lower":null,"upper":null,"fields":null,"page":null,"per_page":null}`},
			[]string{`{"x":null}`}},
		{"an integer selector", []string{`{"i":5}`, `{"i":5.0}`, `{"i":1e2}`, `{"i":[1,2,null]}`, `{"i":9223372036854775807}`, `{"i":-9223372036854775808}`},
			[]string{`{"i":5.5}`, `{"i":"5"}`, `{"i":[1,1]}`, `{"i":[1,1.0]}`, `{"i":[]}`, `{"i":true}`, `{"i":9223372036854775808}`, `{"i":-9223372036854775809}`, `{"i":1e400}`}},
		{"a boolean selector", []string{`{"b":true}`, `{"b":[true,false,null]}`}, []string{`{"b":1}`, `{"b":"true"}`, `{"b":[true,true]}`}},
		{"a string selector", []string{`{"s":"a"}`, `{"s":""}`, `{"s":["a","A",null]}`}, []string{`{"s":1}`, `{"s":[["a"]]}`, `{"s":{"$ne":""}}`, `{"s":[null,null]}`, `{"s":["a","a"]}`}},
		{"an enum selector", []string{`{"kind":"x"}`, `{"kind":["y","x",null]}`}, []string{`{"kind":"z"}`, `{"kind":["x","z"]}`, `{"kind":["x","x"]}`}},
		{"enum selectors of other types", []string{`{"ei":1}`, `{"ei":[9007199254740993,null]}`, `{"eb":false}`, `{"ed":["2019-03-23",null]}`},
			[]string{`{"ei":2}`, `{"ei":"1"}`, `{"eb":true}`, `{"ed":"2019-03-24"}`, `{"ed":[null,null]}`}},
		{"a date selector", []string{`{"d":"2019-03-23"}`, `{"d":["2019-03-23",null]}`, `{"d":"no date, which is for the query's reader to say"}`}, []string{`{"d":20190323}`}},
		{"bounds of numbers", []string{`{"lower":{"n":1.5,"i":1.5},"upper":{"n":-1e300}}`, `{"lower":{}}`},
			[]string{`{"lower":{"n":"1"}}`, `{"lower":{"n":null}}`, `{"lower":{"n":{"$gt":0}}}`, `{"lower":{"n":true}}`, `{"lower":[]}`, `{"lower":5}`}},
		{"bounds of text and dates", []string{`{"lower":{"o":"a","d":"2019-03-23","t":"2019-03-23 12:00"}}`}, []string{`{"lower":{"o":1}}`, `{"upper":{"d":1}}`, `{"upper":{"t":1}}`}},
		{"the forms of an instant", []string{`{"lower":{"t":"2019-03-23T12:00:00.250+05:30"}}`, `{"lower":{"t":"2019-03-23t12:00:00z"}}`, `{"lower":{"t":"2019-03-23"}}`, `{"lower":{"t":"2019-03-23 12:00:00.123456789+0530"}}`},
			[]string{`{"lower":{"t":"noon"}}`, `{"lower":{"t":"2019-03-23T"}}`, `{"lower":{"t":"2019-03-23T12"}}`, `{"lower":{"t":"2019-03-23T12:00 "}}`}},
		{"bounds of unordered fields", nil, []string{`{"lower":{"s":"a"}}`, `{"lower":{"b":true}}`, `{"upper":{"e":"x"}}`, `{"upper":{"nope":1}}`}},
		{"fields", []string{`{"fields":["n"]}`, `{"fields":["t","n"]}`}, []string{`{"fields":[]}`, `{"fields":["n","n"]}`, `{"fields":["z"]}`, `{"fields":"n"}`, `{"fields":[null]}`, `{"fields":[1]}`}},
		{"pages", []string{`{"page":1}`, `{"page":1e2}`, `{"page":2.0}`, `{"page":9007199254740991}`, `{"per_page":20}`},
			[]string{`{"page":0}`, `{"page":-1}`, `{"page":1.5}`, `{"page":"1"}`, `{"page":1e400}`, `{"page":9007199254740992}`, `{"per_page":21}`, `{"per_page":0}`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, query := range test.good {
				if !accepts(t, ds, query) {
					t.Errorf("%s is refused", query)
				}
			}
			for _, query := range test.refused {
				if accepts(t, ds, query) {
					t.Errorf("%s passes", query)
				}
			}
		})
	}
}

func TestDerivedSchemaReadsAsWritten(t *testing.T) {
	text, err := os.ReadFile("testdata/good/most.yaml")
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("testdata/most.query.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	for range 3 { // maps would change places
		got := parsed(t, string(text)).QuerySchema().JSON()
		if diff := cmp.Diff(strings.TrimSpace(string(want)), string(got)); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	}
}

// TestHandWrittenIrisSchemaAgreesWithTheDerivedOne asks both about queries
// that are nearly right and about any JSON.
func TestHandWrittenIrisSchemaAgreesWithTheDerivedOne(t *testing.T) {
	shipped, err := Embedded()
	if err != nil {
		t.Fatal(err)
	}
	hand, ok := shipped.Dataset("iris")
	if !ok {
		t.Fatal("no iris ships")
	}
	text, err := os.ReadFile("iris.yaml")
	if err != nil {
		t.Fatal(err)
	}
	const key = "query_schema: iris.query.schema.json\n"
	if !strings.Contains(string(text), key) {
		t.Fatal("iris names no schema")
	}
	derived := parsed(t, strings.Replace(string(text), key, "", 1))
	var passed, refused int
	rapid.Check(t, func(t *rapid.T) {
		for range 10 {
			query := drawQuery(t)
			byHand, byFields := accepts(t, hand, query), accepts(t, derived, query)
			if byHand != byFields {
				t.Fatalf("%s passes the hand-written schema: %v; the derived one: %v", query, byHand, byFields)
			}
			if byHand {
				passed++
			} else {
				refused++
			}
		}
	})
	if passed < 50 || refused < 50 {
		t.Errorf("the queries say little: %d passed, %d were refused", passed, refused)
	}
}

// drawQuery draws a query of iris, about half of them good.
func drawQuery(t *rapid.T) string {
	if rapid.IntRange(0, 30).Draw(t, "any") == 0 {
		return drawJSON(t, 3)
	}
	keys := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"species", "lower", "upper", "above", "missing", "contains", "any", "not", "group_by", "measures", "field", "sort", "fields", "page", "per_page"}),
		0, 4, rapid.ID).Draw(t, "keys")
	if rapid.IntRange(0, 20).Draw(t, "odd key") == 0 {
		keys = append(keys, rapid.SampledFrom([]string{"label", "after", "Species", "", "sepal_length"}).Draw(t, "key"))
	}
	var members []string
	for _, key := range keys {
		value := drawProperty(t, key)
		if rapid.IntRange(0, 12).Draw(t, "any value") == 0 {
			value = drawJSON(t, 2)
		}
		members = append(members, `"`+key+`":`+value)
	}
	return "{" + strings.Join(members, ",") + "}"
}

// drawProperty draws a value that may well be one of the property's.
func drawProperty(t *rapid.T, key string) string {
	kinds := []string{`"setosa"`, `"versicolor"`, `"virginica"`, `"setosa"`, `null`}
	names := []string{`"sepal_length"`, `"sepal_width"`, `"petal_length"`, `"petal_width"`, `"label"`}
	switch key {
	case "species":
		if rapid.Bool().Draw(t, "one") {
			return rapid.SampledFrom(kinds).Draw(t, "kind")
		}
		return "[" + strings.Join(rapid.SliceOfN(rapid.SampledFrom(kinds), 0, 3).Draw(t, "kinds"), ",") + "]"
	case "not":
		return drawCondition(t)
	case "any":
		var list []string
		for range rapid.IntRange(0, 2).Draw(t, "alternatives") {
			list = append(list, drawCondition(t))
		}
		return "[" + strings.Join(list, ",") + "]"
	case "contains":
		return rapid.SampledFrom([]string{`{}`, `{"label":"set"}`, `{"label":["a","b"]}`, `{"label":["a","a"]}`, `{"label":[]}`, `{"sepal_length":"5"}`, `{"label":5}`}).Draw(t, "texts")
	case "group_by":
		return "[" + rapid.SampledFrom([]string{``, `"label"`, `"sepal_length:1"`, `5`, `{"field":"sepal_length","width":1,"origin":0}`, `{"field":"label","as":"k"}`, `{"width":1}`, `{"field":"sepal_length","width":0}`, `{"field":"sepal_length","edges":[1]}`}).Draw(t, "keys") + "]"
	case "measures":
		return rapid.SampledFrom([]string{`{}`, `{"*":["count"]}`, `{"*":["mean"]}`, `{"sepal_length":["mean","p95"]}`, `{"sepal_length":[]}`, `{"sepal_length":["mean","mean"]}`, `{"nope":["mean"]}`}).Draw(t, "measures")
	case "field":
		return rapid.SampledFrom(names).Draw(t, "name")
	case "lower", "upper", "above":
		var bounds []string
		for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom(names), 0, 3, rapid.ID).Draw(t, "bounds") {
			bounds = append(bounds, name+":"+drawNumber(t))
		}
		return "{" + strings.Join(bounds, ",") + "}"
	case "fields", "missing", "sort":
		return "[" + strings.Join(rapid.SliceOfN(rapid.SampledFrom(names), 0, 3).Draw(t, "names"), ",") + "]"
	default:
		return drawNumber(t)
	}
}

func drawCondition(t *rapid.T) string {
	return rapid.SampledFrom([]string{`{}`, `{"species":"setosa"}`, `{"species":["setosa",null]}`, `{"below":{"sepal_width":3}}`, `{"not":{"any":[{}]}}`,
		`{"page":1}`, `{"species":"rose"}`, `{"missing":["label"]}`, `null`, `5`, `{"not":{"above":{"label":1}}}`}).Draw(t, "condition")
}

func drawNumber(t *rapid.T) string {
	return rapid.SampledFrom([]string{"1", "2", "5", "5.1", "1e2", "2.0", "0", "-1", "-0", "1000", "1001", "1e-3", "9007199254740991",
		"9007199254740992", "99999999999999999999", "1e308", "1e400", "0.1e1"}).Draw(t, "number")
}

// drawJSON draws any JSON up to a depth.
func drawJSON(t *rapid.T, depth int) string {
	kind := rapid.IntRange(0, 7).Draw(t, "kind")
	if depth == 0 {
		kind %= 5
	}
	var parts []string
	switch kind {
	case 0:
		return "null"
	case 1:
		return rapid.SampledFrom([]string{"true", "false"}).Draw(t, "boolean")
	case 2:
		return drawNumber(t)
	case 3, 4:
		return rapid.SampledFrom([]string{`""`, `"rose"`, `"setosa"`, `"label"`, `"5"`, `"null"`}).Draw(t, "text")
	case 5, 6:
		for range rapid.IntRange(0, 3).Draw(t, "items") {
			parts = append(parts, drawJSON(t, depth-1))
		}
		return "[" + strings.Join(parts, ",") + "]"
	default:
		for _, key := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"species", "lower", "page", "$gt", "label", "sepal_length"}),
			0, 3, rapid.ID).Draw(t, "keys") {
			parts = append(parts, `"`+key+`":`+drawJSON(t, depth-1))
		}
		return "{" + strings.Join(parts, ",") + "}"
	}
}
