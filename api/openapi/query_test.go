package openapi

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"herbarium/schemas"
)

func TestAQuerySchemaMovesIntoTheDocument(t *testing.T) {
	for name, c := range map[string]struct{ draft7, want, components string }{
		"plain definitions stand in place": {
			`{"properties":{"a":{"$ref":"#/definitions/x","title":"ignored"},"b":{"$ref":"#"}},"definitions":{"x":{"type":"string"}}}`,
			`{"properties":{"a":{"type":"string"},"b":{"$ref":"#/components/schemas/DRangeQuery"}}}`, `{}`},
		"objects become components, once": {
			`{"items":{"$ref":"#/definitions/a~1b"},"contains":{"$ref":"#/definitions/a~1b"},"definitions":{"a/b":{"type":"object","properties":{"x":{"type":"integer"}}}}}`,
			`{"items":{"$ref":"#/components/schemas/DA1bDefinition"},"contains":{"$ref":"#/components/schemas/DA1bDefinition"}}`,
			`{"DA1bDefinition":{"type":"object","properties":{"x":{"type":"integer","format":"int64"}}}}`},
		"a definition that contains itself": {
			`{"items":{"$ref":"#/definitions/tree"},"definitions":{"tree":{"type":"array","items":{"$ref":"#/definitions/tree"}}}}`,
			`{"items":{"type":"array","items":{"$ref":"#/components/schemas/DTreeDefinition"}}}`,
			`{"DTreeDefinition":{"type":"array","items":{"$ref":"#/components/schemas/DTreeDefinition"}}}`},
		"tuples": {
			`{"items":[{"$ref":"#/definitions/x"},true],"additionalItems":false,"definitions":{"x":{"type":"string"}}}`,
			`{"prefixItems":[{"type":"string"},true],"items":false}`, `{}`},
		"properties that are called like keywords": {
			`{"properties":{"definitions":{"type":"null"},"items":{"type":"boolean"}}}`,
			`{"properties":{"definitions":{"type":"null"},"items":{"type":"boolean"}}}`, `{}`},
		"values that look like schemas": {
			`{"const":{"$ref":"#/definitions/x"},"examples":[{"definitions":1.50}],"enum":[null,true,9007199254740993]}`,
			`{"const":{"$ref":"#/definitions/x"},"examples":[{"definitions":1.50}],"enum":[null,true,9007199254740993]}`, `{}`},
	} {
		t.Run(name, func(t *testing.T) {
			root, err := schemas.Parse([]byte(c.draft7))
			if err != nil {
				t.Fatal(err)
			}
			d := &described{prefix: "D", query: root, names: names{}, known: map[string]string{}}
			var s object
			for i := range root.Members {
				if m := &root.Members[i]; m.Key != "definitions" {
					s = append(s, rewriter{d, "DRangeQuery", nil}.keyword(m.Key, &m.Value))
				}
			}
			got, err := schemas.AppendJSON(nil, s)
			if diff := cmp.Diff(c.want, string(got)); diff != "" || err != nil {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
			components, err := schemas.AppendJSON(nil, d.schemas)
			if diff := cmp.Diff(c.components, string(components)); diff != "" || err != nil {
				t.Errorf("components: %v (-want +got):\n%s", err, diff)
			}
		})
	}
}

func TestNamesAreIdentifiersAndDistinct(t *testing.T) {
	taken := names{}
	var got []string
	for _, name := range []string{"iris", "stats/mean", "every_type", "every-type", "a_1", "a1", `say "when"`, "größe 価格", "sepalLength"} {
		got = append(got, taken.take(typeName(name)))
	}
	want := []string{"Iris", "StatsMean", "EveryType", "EveryType2", "A1", "A12", "SayWhen", "GrE", "SepalLength"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestNullIsTakenOutOfASchemaAndPutBack(t *testing.T) {
	text := func(name string) object { return object{{"type", name}} }
	null := text("null")
	for i, c := range []struct {
		schema object
		rest   string
	}{
		{object{{"type", []any{"string", "null"}}, {"enum", []any{"a", nil}}}, `{"type":"string","enum":["a"]}`},
		{object{{"anyOf", []any{text("string"), null}}}, `{"type":"string"}`},
		{object{{"oneOf", []any{null, reference("schemas", "X")}}}, `{"$ref":"#/components/schemas/X"}`},
		{object{{"anyOf", []any{text("string"), text("integer"), null}}}, `{"anyOf":[{"type":"string"},{"type":"integer"}]}`},
	} {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			rest, had := withoutNull(c.schema)
			got, err := schemas.AppendJSON(nil, rest)
			if string(got) != c.rest || !had || err != nil {
				t.Errorf("%s, %t, %v; want %s", got, had, err, c.rest)
			}
		})
	}
	got, err := schemas.AppendJSON(nil, []any{nullable(text("string")), nullable(reference("schemas", "X"))})
	if want := `[{"type":["string","null"]},{"anyOf":[{"$ref":"#/components/schemas/X"},{"type":"null"}]}]`; string(got) != want || err != nil {
		t.Errorf("%s, %v", got, err)
	}
}
