package openapi

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"herbarium/schemas"
)

func TestAQuerySchemaMovesIntoTheDocument(t *testing.T) {
	for name, c := range map[string]struct{ draft7, want string }{
		"references and definitions": {
			`{"properties":{"a":{"$ref":"#/definitions/x"},"b":{"$ref":"#"}},"definitions":{"x":{"type":"string"}}}`,
			`{"properties":{"a":{"$ref":"#/components/schemas/d.query/$defs/x"},"b":{"$ref":"#/components/schemas/d.query"}},"$defs":{"x":{"type":"string"}}}`},
		"tuples": {
			`{"items":[{"$ref":"#/definitions/x"},true],"additionalItems":false}`,
			`{"prefixItems":[{"$ref":"#/components/schemas/d.query/$defs/x"},true],"items":false}`},
		"schemas within schemas": {
			`{"items":{"anyOf":[{"not":{"$ref":"#/definitions/x"}},{"type":"null"}]}}`,
			`{"items":{"anyOf":[{"not":{"$ref":"#/components/schemas/d.query/$defs/x"}},{"type":"null"}]}}`},
		"properties that are called like keywords": {
			`{"properties":{"definitions":{"type":"null"},"items":{"type":"integer"}}}`,
			`{"properties":{"definitions":{"type":"null"},"items":{"type":"integer"}}}`},
		"values that look like schemas": {
			`{"const":{"$ref":"#/definitions/x"},"examples":[{"definitions":1.50}],"enum":[null,true,9007199254740993]}`,
			`{"const":{"$ref":"#/definitions/x"},"examples":[{"definitions":1.50}],"enum":[null,true,9007199254740993]}`},
	} {
		t.Run(name, func(t *testing.T) {
			root, err := schemas.Parse([]byte(c.draft7))
			if err != nil {
				t.Fatal(err)
			}
			got, err := schemas.AppendJSON(nil, component{"#/components/schemas/d.query"}.schema(root))
			if diff := cmp.Diff(c.want, string(got)); diff != "" || err != nil {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
}
