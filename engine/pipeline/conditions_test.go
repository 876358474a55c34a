package pipeline_test

import (
	"strings"
	"testing"
	"unicode"

	"herbarium/datasets"
	"herbarium/engine/pipeline"
	"herbarium/engine/plan"
)

// kinds has a field of every type, of which one is nested.
const kinds = `
dataset: kinds
fields:
  n: {type: number}
  i: {type: integer}
  b: {type: boolean}
  s.t: {type: string}
  d: {type: date}
  at: {type: date-time}
`

func parsed(t testing.TB, text string) *datasets.Dataset {
	t.Helper()
	ds, err := datasets.Parse("test.yaml", []byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	return ds
}

func number(f float64) *plan.Value { return &plan.Value{Float: f} }

func text(s string) *plan.Value { return &plan.Value{Str: s} }

func TestConditionsAreWrittenAsMatches(t *testing.T) {
	ds := parsed(t, kinds)
	atLeast := func(f float64) plan.Condition {
		return plan.Condition{Where: []plan.Predicate{{Field: 0, Min: number(f)}}}
	}
	for _, test := range []struct {
		name  string
		where plan.Condition
		want  string
	}{
		{"a value", plan.Condition{Where: []plan.Predicate{plan.Present(3)}}, `{"s.t":{"$ne":null}}`},
		{"no value", plan.Condition{Where: []plan.Predicate{{Field: 3, Null: true}}}, `{"s.t":{"$eq":null}}`},
		{"text between exclusive bounds", plan.Condition{Where: []plan.Predicate{{Field: 3, Min: text("a"), MinOpen: true, Max: text("b"), MaxOpen: true}}},
			`{"s.t":{"$gt":"a","$lt":"b"}}`},
		{"two memberships of a field", plan.Condition{Where: []plan.Predicate{{Field: 3, In: []plan.Value{*text("a")}}, {Field: 3, In: []plan.Value{*text("b")}}}},
			`{"s.t":{"$eq":"a"},"$and":[{"s.t":{"$eq":"b"}}]}`},
		{"text that contains, starts with and lies in a range", plan.Condition{Where: []plan.Predicate{
			{Field: 3, Max: text("z")}, {Field: 3, Text: &plan.TextMatch{Any: []string{"."}}}, {Field: 3, Text: &plan.TextMatch{Any: []string{"X"}, Prefix: true}}}},
			`{"s.t":{"$lte":"z","$regex":"\\."},"$and":[{"s.t":{"$regex":"^(?:X|x)"}}]}`},
		{"any", plan.Condition{Any: [][]plan.Condition{{atLeast(1), {}}}}, `{"$or":[{"n":{"$gte":1.0}},{}]}`},
		{"two lists of any", plan.Condition{Any: [][]plan.Condition{{atLeast(1)}, {atLeast(2)}}},
			`{"$or":[{"n":{"$gte":1.0}}],"$and":[{"$or":[{"n":{"$gte":2.0}}]}]}`},
		{"not", plan.Condition{Where: []plan.Predicate{{Field: 0, Max: number(9)}}, Not: []plan.Condition{atLeast(1), {Not: []plan.Condition{atLeast(2)}}}},
			`{"n":{"$lte":9.0},"$nor":[{"n":{"$gte":1.0}},{"$nor":[{"n":{"$gte":2.0}}]}]}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := plan.Rows(ds, nil, []int{0})
			p.Filter = test.where
			want := `[{"$match":` + test.want + `},
 {"$sort":{"_id":1}},
 {"$project":{"_id":0,"n":1}}]`
			if got := pipeline.Compile(p).String(); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

func TestTextIsMatchedByEscapedCodePoints(t *testing.T) {
	ds := parsed(t, kinds)
	for _, test := range []struct {
		name  string
		match plan.TextMatch
		want  string
	}{
		{"letters without a case", plan.TextMatch{Any: []string{"1é ¿"}}, `{"$regex":"1(?:É|é) ¿"}`},
		{"the Kelvin sign and the long s", plan.TextMatch{Any: []string{"KS"}}, `{"$regex":"(?:K|k|\u212a)(?:S|s|ſ)"}`},
		{"what has a meaning in patterns", plan.TextMatch{Any: []string{`\^$.[]|()?*+{}`}}, `{"$regex":"\\\\\\^\\$\\.\\[\\]\\|\\(\\)\\?\\*\\+\\{\\}"}`},
		{"what begins as a PCRE verb does", plan.TextMatch{Any: []string{"(*0)"}}, `{"$regex":"\\(\\*0\\)"}`},
		{"a zero byte and control characters", plan.TextMatch{Any: []string{"\x00\n\x7f"}}, `{"$regex":"\\x00\\x0a\\x7f"}`},
		{"a code point beyond the basic plane", plan.TextMatch{Any: []string{"\U00010400\U0001f600"}, Prefix: true}, `{"$regex":"^(?:` + "\U00010400|\U00010428)\U0001f600" + `"}`},
		{"one of several", plan.TextMatch{Any: []string{"1", "2"}, Prefix: true}, `{"$in":[{"$regularExpression":{"pattern":"^1","options":""}},{"$regularExpression":{"pattern":"^2","options":""}}]}`},
		{"the empty text", plan.TextMatch{Any: []string{"", "1"}}, `{"$ne":null}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := plan.Rows(ds, nil, []int{0})
			p.Filter.Where = []plan.Predicate{{Field: 3, Text: &test.match}}
			got, _, _ := strings.Cut(pipeline.Compile(p).String(), ",\n")
			want := strings.ReplaceAll(`[{"$match":{"s.t":`+test.want+`}}`, `\u212a`, "\u212a")
			if got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

// TestPatternsSpellOutSimpleCaseFolding holds that a pattern has every form that
// plan.Fold makes one, and no other.
func TestPatternsSpellOutSimpleCaseFolding(t *testing.T) {
	ds := parsed(t, kinds)
	forms := map[rune]int{}
	for r := range unicode.MaxRune + 1 {
		forms[plan.FoldRune(r)]++
	}
	for r, n := range forms {
		if n < 2 {
			continue
		}
		p := plan.Rows(ds, nil, []int{0})
		p.Filter.Where = []plan.Predicate{{Field: 3, Text: &plan.TextMatch{Any: []string{string(r)}}}}
		pattern := pipeline.Compile(p)[0][0].Value
		if got := strings.Count(pipeline.Pipeline{pipeline.Compile(p)[0]}.String(), "|") + 1; got != n {
			t.Fatalf("%U has %d forms, the pattern %v has %d", r, n, pattern, got)
		}
	}
}

func TestOrdersAreSortedAndGoneOnWith(t *testing.T) {
	ds := parsed(t, kinds)
	for _, test := range []struct {
		name  string
		order []plan.SortKey
		after []plan.Nullable
		match string
		sort  string
	}{
		{"ascending", []plan.SortKey{{By: 0}}, []plan.Nullable{{Value: *number(2)}},
			`{"n":{"$gte":2.0},"$or":[{"n":{"$gt":2.0}},{"n":{"$eq":2.0},"_id":{"$gt":7}}]}`, `{"n":1,"_id":1}`},
		{"ascending after a null", []plan.SortKey{{By: 0}}, []plan.Nullable{{Null: true}},
			`{"$or":[{"n":{"$ne":null}},{"n":{"$eq":null},"_id":{"$gt":7}}]}`, `{"n":1,"_id":1}`},
		{"descending", []plan.SortKey{{By: 3, Descending: true}}, []plan.Nullable{{Value: *text("a")}},
			`{"$or":[{"s.t":{"$lt":"a"}},{"s.t":{"$eq":null}},{"s.t":{"$eq":"a"},"_id":{"$gt":7}}]}`, `{"s.t":-1,"_id":1}`},
		{"descending after a null", []plan.SortKey{{By: 3, Descending: true}}, []plan.Nullable{{Null: true}},
			`{"$or":[{"s.t":{"$eq":null},"_id":{"$gt":7}}]}`, `{"s.t":-1,"_id":1}`},
		{"several fields", []plan.SortKey{{By: 2, Descending: true}, {By: 1}}, []plan.Nullable{{Value: plan.Value{Int: 1}}, {Value: plan.Value{Int: 5}}},
			`{"$or":[{"b":{"$lt":true}},{"b":{"$eq":null}},{"b":{"$eq":true},"i":{"$gt":5}},{"b":{"$eq":true},"i":{"$eq":5},"_id":{"$gt":7}}]}`, `{"b":-1,"i":1,"_id":1}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := plan.Rows(ds, nil, []int{0})
			p.Order, p.After, p.AfterValues = test.order, plan.RowPosition(7), test.after
			want := `[{"$match":` + test.match + `},
 {"$sort":` + test.sort + `},
 {"$project":{"_id":0,"n":1}}]`
			if got := pipeline.Compile(p).String(); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}
