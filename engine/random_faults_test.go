package engine_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"herbarium/datasets"
	"herbarium/engine/columnar"
)

// wrong is something wrong with a query, written as JSON and in a URL.
type wrong struct {
	property string // of the query
	key      string // within an object such as lower; "" elsewhere
	value    string // JSON
	inURL    []string
	code     string
	item     string // the place in a list that is wrong
}

// TestEveryMethodFindsTheSameFaultsAtRandom draws queries of which several
// things are wrong, and expects each of them, at its place and in the order of
// the query, from every method.
func TestEveryMethodFindsTheSameFaultsAtRandom(t *testing.T) {
	s := serveStore(t, columnar.NewStore(columnar.Options{}))
	rapid.Check(t, func(t *rapid.T) {
		made := drawDataset(t)
		ds, err := datasets.Parse(made.name+".yaml", []byte(made.text), nil)
		if err != nil {
			t.Fatalf("%v\n%s", err, made.text)
		}
		s.load(t, ds, nil)
		faults := drawWrong(t, made)
		var members, parameters []string
		want := ""
		for _, f := range faults {
			member := asJSON(f.property) + ":" + f.value
			name, pointer := f.property, "/"+escaped(f.property)
			if f.key != "" {
				member = asJSON(f.property) + ":{" + asJSON(f.key) + ":" + f.value + "}"
				name, pointer = f.property+"["+f.key+"]", pointer+"/"+escaped(f.key)
			}
			members = append(members, member)
			for _, value := range f.inURL {
				parameters = append(parameters, url.QueryEscape(name)+"="+url.QueryEscape(value))
			}
			want += f.code + " " + pointer + f.item + "\n"
		}
		body := "{" + strings.Join(members, ",") + "}"
		path := "/" + made.name + "/range"
		for _, request := range []struct{ method, target, body string }{
			{http.MethodPost, path, body},
			{"QUERY", path, body},
			{http.MethodGet, path + "?" + strings.Join(parameters, "&"), ""},
			{http.MethodGet, path + "?query=" + url.QueryEscape(body), ""},
		} {
			got := s.ask(t, request.method, request.target, request.body)
			if got.status != http.StatusUnprocessableEntity || got.body != want {
				t.Fatalf("%s %s %s\n got %s\nwant %s\nof\n%s", request.method, request.target, request.body, got, want, made.text)
			}
		}
	})
}

// escaped is a key as JSON pointers have it (RFC 6901).
func escaped(key string) string {
	return strings.ReplaceAll(strings.ReplaceAll(key, "~", "~0"), "/", "~1")
}

// drawWrong draws one or more of what can be wrong with a query of the dataset,
// at most one for a property.
func drawWrong(t *rapid.T, d *madeDataset) []wrong {
	first := asJSON(d.fields[0].name)
	candidates := []wrong{
		{property: "no such", value: `"x"`, inURL: []string{"x"}, code: "unknown_property"},
		{property: "lower", key: "no such", value: `1`, inURL: []string{"1"}, code: "unknown_field"},
		{property: "upper", key: "$where", value: `"1"`, inURL: []string{"1"}, code: "unknown_field"},
		{property: "fields", value: `["no such"]`, inURL: []string{"no such"}, code: "unknown_field", item: "/0"},
		{property: "fields", value: "[" + first + "," + first + "]", inURL: []string{inURL(d.fields[0].name), inURL(d.fields[0].name)}, code: "duplicate_value", item: "/1"},
		{property: "sort", value: `["no such"]`, inURL: []string{"no such"}, code: "unknown_field", item: "/0"},
		{property: "sort", value: "[" + first + "," + asJSON("-"+d.fields[0].name) + "]", inURL: []string{inURL(d.fields[0].name), "-" + d.fields[0].name}, code: "duplicate_value", item: "/1"},
		{property: "missing", value: `["no such"]`, inURL: []string{"no such"}, code: "unknown_field", item: "/0"},
		{property: "present", value: "[" + first + "," + first + "]", inURL: []string{inURL(d.fields[0].name), inURL(d.fields[0].name)}, code: "duplicate_value", item: "/1"},
		{property: "contains", key: "$regex", value: `".*"`, inURL: []string{".*"}, code: "unknown_field"},
		{property: "starts_with", key: "no such", value: `["x"]`, inURL: []string{"x"}, code: "unknown_field"},
		{property: "not", key: "$where", value: `"1"`, inURL: []string{"1"}, code: "unknown_property"},
		{property: "group_by", value: "[" + first + "]", inURL: []string{inURL(d.fields[0].name)}, code: "unknown_property"},
		{property: "page", value: `0`, inURL: []string{"0"}, code: "out_of_range"},
		{property: "page", value: `1.5`, inURL: []string{"1.5"}, code: "wrong_type"},
		{property: "page", value: `"first"`, inURL: []string{"first"}, code: "wrong_type"},
		{property: "per_page", value: `9007199254740992`, inURL: []string{"9007199254740992"}, code: "out_of_range"},
		{property: "after", value: `"no token"`, inURL: []string{"no token"}, code: "bad_token"},
	}
	for _, s := range d.selectors {
		candidates = append(candidates, wrongSelections(s, &d.fields[s.field])...)
	}
	for _, f := range d.fields {
		if f.kind != datasets.String {
			candidates = append(candidates, wrong{property: "contains", key: f.name, value: `"x"`, inURL: []string{"x"}, code: "unknown_field"})
			continue
		}
		candidates = append(candidates, wrong{property: "starts_with", key: f.name, value: `["x",null]`, inURL: []string{"x", "null"}, code: "wrong_type", item: "/1"},
			wrong{property: "contains", key: f.name, value: `["x","y","x"]`, inURL: []string{"x", "y", "x"}, code: "duplicate_value", item: "/2"})
	}
	for _, bounds := range boundProperties {
		for _, i := range d.bounds {
			candidates = append(candidates, wrongBounds(bounds, &d.fields[i])...)
		}
	}
	var faults []wrong
	for _, i := range rapid.SliceOfNDistinct(rapid.IntRange(0, len(candidates)-1), 1, 6, rapid.ID).Draw(t, "faults") {
		f := candidates[i]
		if !slices.ContainsFunc(faults, func(other wrong) bool { return other.property == f.property }) {
			faults = append(faults, f)
		}
	}
	// A token is of one query: whose it is is only asked of a query that is right.
	if len(faults) > 1 {
		faults = slices.DeleteFunc(faults, func(f wrong) bool { return f.property == "after" })
	}
	return faults
}

func wrongSelections(s madeSelector, f *madeField) []wrong {
	right := f.values[0]
	text := f.json(right)
	faults := []wrong{{property: s.name, value: "[" + text + ",null," + text + "]",
		inURL: []string{inURL(f.flat(right)), "null", inURL(f.flat(right))}, code: "duplicate_value", item: "/2"}}
	add := func(value, code string) {
		flat := strings.Trim(value, `"`)
		faults = append(faults, wrong{property: s.name, value: "[null," + value + "]", inURL: []string{"null", flat}, code: code, item: "/1"})
	}
	switch f.kind {
	case datasets.Integer:
		add(`"x"`, "wrong_type")
		add("5.5", "wrong_type")
		add("9223372036854775808", "out_of_range")
	case datasets.Boolean:
		add(`"x"`, "wrong_type")
	case datasets.Date:
		add(`"2019-02-29"`, "bad_date")
	}
	if f.enum != nil && f.kind != datasets.Boolean {
		add(map[datasets.Type]string{datasets.Integer: "1000", datasets.Date: `"1000-01-01"`, datasets.String: `"none of them"`}[f.kind], "not_in_enum")
	}
	return faults
}

func wrongBounds(bounds string, f *madeField) []wrong {
	switch {
	case f.numeric():
		return []wrong{
			{property: bounds, key: f.name, value: `"five"`, inURL: []string{"five"}, code: "wrong_type"},
			{property: bounds, key: f.name, value: `null`, inURL: []string{"null"}, code: "wrong_type"},
			{property: bounds, key: f.name, value: `-1e309`, inURL: []string{"-1e309"}, code: "not_finite"},
		}
	case f.kind == datasets.String:
		return []wrong{{property: bounds, key: f.name, value: `null`, inURL: []string{"null"}, code: "wrong_type"}}
	default:
		return []wrong{{property: bounds, key: f.name, value: `"2019-13-01"`, inURL: []string{"2019-13-01"}, code: "bad_date"}}
	}
}
