package query_test

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"herbarium/datasets"
	"herbarium/engine/fault"
	"herbarium/engine/plan"
	"herbarium/engine/query"
)

// trees is a dataset of which views are made.
func trees(t *testing.T) *datasets.Dataset {
	t.Helper()
	ds, err := datasets.Parse("trees.yaml", []byte(`
dataset: trees
fields: {height: {type: number}, kind: {type: string, enum: [oak, ash]}, owner: {type: string}}
stats: {group_by: kind}
operations:
  range: {}
  stats/mean: {}
  owners: {of: stats/distinct, field: owner}
`), nil, datasets.WithSettler(query.Settle))
	if err != nil {
		t.Fatal(err)
	}
	return ds
}

func restrict(t *testing.T, ds *datasets.Dataset, r datasets.Restriction) *datasets.Dataset {
	t.Helper()
	if r.Secret == nil {
		r.Secret = []byte("secret")
	}
	view, err := query.Restrict(ds, r)
	if err != nil {
		t.Fatal(err)
	}
	return view
}

func TestARestrictionSaysAllThatIsWrongWithIt(t *testing.T) {
	for _, c := range []struct {
		name string
		r    datasets.Restriction
		want []string
	}{
		{"hidden fields", datasets.Restriction{Hide: []string{"ownr", "kind", "kind"}}, []string{
			`unknown_field /hide/0 there is no field "ownr" (did you mean owner?); there are height, kind, owner`,
			`duplicate_value /hide/2 "kind" is repeated`}},
		{"no field left", datasets.Restriction{Hide: []string{"owner", "kind", "height"}}, []string{
			"out_of_range /hide no field would be left; withhold the dataset itself instead"}},
		{"rows", datasets.Restriction{Rows: []byte(`{"kind":"elm","lower":{"hight":1},"any":[{"not":{"owner":null}}],"page":1}`)}, []string{
			`not_in_enum /rows/kind "elm" is not one of oak, ash`,
			`unknown_property /rows/page page is a property of the query, not of a condition; a condition has kind, owner, lower, upper, above, below, missing, present, contains, starts_with, any, not`,
			`unknown_field /rows/lower/hight there is no field "hight" (did you mean height?); fields that take bounds: height`,
			`wrong_type /rows/any/0/not/owner a value belongs here, not nothing; [null] picks rows without a value`}},
		{"a repeated key", datasets.Restriction{Rows: []byte(`{"kind":"oak","kind":"ash"}`)}, []string{
			`duplicate_key /rows/kind the key "kind" is repeated`}},
		{"no condition", datasets.Restriction{Rows: []byte(`null`)}, []string{
			"wrong_type /rows must be a condition, which is an object, not null"}},
		{"an empty text", datasets.Restriction{Rows: []byte{}}, []string{
			"not_json /rows is not one JSON value: "}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.r.Secret = []byte("secret")
			_, err := query.Restrict(trees(t), c.r)
			var wrong *fault.Error
			if !errors.As(err, &wrong) || wrong.Code != fault.InvalidQuery {
				t.Fatalf("the error is %v", err)
			}
			got := map[string]bool{}
			for _, v := range wrong.Violations {
				got[string(v.Code)+" "+v.Pointer+" "+v.Detail] = true
			}
			if len(got) != len(c.want) {
				t.Errorf("%d violations: %v", len(got), got)
			}
			for _, want := range c.want {
				found := false
				for text := range got {
					found = found || strings.HasPrefix(text, want)
				}
				if !found {
					t.Errorf("not found: %s\nin %v", want, got)
				}
			}
		})
	}
}

func TestWhatHidesNeedsASecretAndADatasetThatIsNoView(t *testing.T) {
	if _, err := query.Restrict(trees(t), datasets.Restriction{Hide: []string{"owner"}}); err == nil {
		t.Error("a view is sealed with an empty secret")
	}
	if _, err := query.Restrict(trees(t), datasets.Restriction{}); err != nil {
		t.Errorf("what hides nothing: %v", err)
	}
	if _, err := query.Restrict(restrict(t, trees(t), datasets.Restriction{Hide: []string{"owner"}}), datasets.Restriction{}); err == nil {
		t.Error("there is a view of a view")
	}
}

func TestAViewWithholdsWhatTheCallerMayNotAskFor(t *testing.T) {
	only := func(path string) bool { return path == "range" }
	view := restrict(t, trees(t), datasets.Restriction{Operations: only})
	if diff := cmp.Diff([]string{"range"}, view.OperationNames()); diff != "" {
		t.Error(diff)
	}
	if !view.Withholds("stats/mean") || !view.Withholds("owners") || view.Withholds("range") || view.Withholds("stats") {
		t.Errorf("withheld are %v", view.View.Withheld)
	}
	// To who does not see the owner, there is no operation of it at all.
	view = restrict(t, trees(t), datasets.Restriction{Operations: only, Hide: []string{"owner"}})
	if !view.Withholds("stats/mean") || view.Withholds("owners") {
		t.Errorf("withheld are %v", view.View.Withheld)
	}
}

func TestDigestsTellViewsApartAndShareAnswers(t *testing.T) {
	ds := trees(t)
	only := func(path string) bool { return path == "range" }
	oaks := datasets.Restriction{Rows: []byte(`{"kind":["oak"]}`)}
	views := map[string]*datasets.Dataset{
		"nothing":     restrict(t, ds, datasets.Restriction{}),
		"range":       restrict(t, ds, datasets.Restriction{Operations: only}),
		"oaks":        restrict(t, ds, oaks),
		"oaks again":  restrict(t, ds, datasets.Restriction{Rows: []byte(` { "kind" : "oak" } `)}),
		"oaks, range": restrict(t, ds, datasets.Restriction{Rows: oaks.Rows, Operations: only}),
		"ashes":       restrict(t, ds, datasets.Restriction{Rows: []byte(`{"kind":"ash"}`)}),
		"no owner":    restrict(t, ds, datasets.Restriction{Hide: []string{"owner"}}),
		"no rows":     restrict(t, ds, datasets.Restriction{Rows: oaks.Rows, None: true}),
		"other key":   restrict(t, ds, datasets.Restriction{Rows: oaks.Rows, Secret: []byte("other")}),
		"all rows":    restrict(t, ds, datasets.Restriction{Rows: []byte(`{"any":[{}]}`)}),
	}
	answers := map[string][]string{}
	for name, view := range views {
		answers[view.AnswerDigest()] = append(answers[view.AnswerDigest()], name)
		if view.Digest == ds.Digest {
			t.Errorf("%s has the digest of the dataset", name)
		}
	}
	if len(answers) != 6 || len(answers[ds.AnswerDigest()]) != 3 || len(answers[views["oaks"].AnswerDigest()]) != 3 {
		t.Errorf("answers are shared by %v", answers)
	}
	if views["oaks"].Digest != views["oaks again"].Digest || views["oaks"].Digest == views["oaks, range"].Digest {
		t.Error("equal restrictions have different digests, or different operations equal ones")
	}
	if views["range"].View.Sealed || views["all rows"].View.Sealed || !views["no rows"].View.Sealed {
		t.Error("what hides nothing is sealed, or what hides all rows is not")
	}
}

// version is the form that engine.Hasher gives versions.
const version = "abcdefghijklmnopqrstuvwx2a"

func TestAViewCallsVersionsByNamesOfItsOwn(t *testing.T) {
	ds := trees(t)
	oaks := restrict(t, ds, datasets.Restriction{Rows: []byte(`{"kind":["oak"]}`)})
	ashes := restrict(t, ds, datasets.Restriction{Rows: []byte(`{"kind":["ash"]}`)})
	sealed := query.SealVersion(oaks.View, version)
	if len(sealed) != 26 || sealed == version || sealed == query.SealVersion(ashes.View, version) {
		t.Errorf("the version is %q", sealed)
	}
	again := restrict(t, trees(t), datasets.Restriction{Rows: []byte(`{"kind":["oak"]}`), Operations: func(string) bool { return false }})
	if got := query.OpenVersion(again.View, sealed); got != version {
		t.Errorf("the same view takes it for %q", got)
	}
	if got := query.OpenVersion(ashes.View, sealed); got == version {
		t.Error("another view opens it")
	}
	for _, none := range []string{"", "x", strings.ToUpper(version)} {
		if got := query.SealVersion(oaks.View, none) + query.OpenVersion(oaks.View, none); got != "" {
			t.Errorf("%q, which is no version, becomes %q", none, got)
		}
	}
	open := restrict(t, ds, datasets.Restriction{Operations: func(string) bool { return true }})
	if got := query.SealVersion(open.View, version); got != version {
		t.Errorf("what hides nothing calls the version %q", got)
	}
}

// tokenOf returns the token of a page that ends at the row.
func tokenOf(t *testing.T, ds *datasets.Dataset, body string, row int64) string {
	t.Helper()
	return parsedAs(t, ds, body).Token(query.Mark{Version: version, Last: plan.RowPosition(row)})
}

func parsedAs(t *testing.T, ds *datasets.Dataset, body string) *query.Query {
	t.Helper()
	q, err := query.Parse(ds, datasets.Range, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func TestATokenOfAViewShowsNothingAndIsOfItAlone(t *testing.T) {
	ds := trees(t)
	oaks := restrict(t, ds, datasets.Restriction{Rows: []byte(`{"kind":["oak"]}`)})
	ashes := restrict(t, ds, datasets.Restriction{Rows: []byte(`{"kind":["ash"]}`)})
	token := tokenOf(t, oaks, `{"per_page":2}`, 4711)
	mark := parsedAs(t, oaks, `{"per_page":2,"after":"`+token+`"}`).After
	if row, _ := mark.Last.Row(); row != 4711 || mark.Version != version {
		t.Errorf("the token says %v", mark)
	}
	if token != tokenOf(t, oaks, `{"per_page":2}`, 4711) {
		t.Error("a page has two tokens")
	}
	// Tokens of neighbours have no byte in common but by chance, and are of one length.
	for row := range int64(300) {
		other := tokenOf(t, oaks, `{"per_page":2}`, row<<(row%50))
		if len(other) != len(token) || other[:8] == token[:8] {
			t.Errorf("row %d has the token %s", row<<(row%50), other)
		}
	}
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || strings.Contains(string(raw), version) {
		t.Errorf("%q has the version in it: %v", raw, err)
	}
	refused := map[string]struct {
		ds    *datasets.Dataset
		token string
	}{
		"another view's":        {ashes, token},
		"a view's, of the base": {ds, token},
		"the base's, of a view": {oaks, tokenOf(t, ds, `{"per_page":2}`, 4711)},
		"of another query":      {oaks, tokenOf(t, oaks, `{"kind":"ash","per_page":2}`, 4711)},
		"empty":                 {oaks, ""},
		"short":                 {oaks, "AAAA"},
	}
	for i := range raw {
		changed := []byte(string(raw))
		changed[i] ^= 1
		refused["with another byte "+string(rune('a'+i))] = struct {
			ds    *datasets.Dataset
			token string
		}{oaks, base64.RawURLEncoding.EncodeToString(changed)}
		refused["cut at "+string(rune('a'+i))] = struct {
			ds    *datasets.Dataset
			token string
		}{oaks, base64.RawURLEncoding.EncodeToString(raw[:i])}
	}
	for name, c := range refused {
		_, err := query.Parse(c.ds, datasets.Range, []byte(`{"per_page":2,"after":"`+c.token+`"}`))
		var wrong *fault.Error
		if !errors.As(err, &wrong) || wrong.Violations[0].Code != "bad_token" {
			t.Errorf("%s: %v", name, err)
		}
	}
}
