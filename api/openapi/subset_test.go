package openapi_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"herbarium/api"
)

// TestDocumentsKeepToWhatGeneratorsShare holds every schema of a document to the
// part of JSON Schema that generators of clients can read.
func TestDocumentsKeepToWhatGeneratorsShare(t *testing.T) {
	s := loadedServer(t, api.Options{}, shippedAndWells(t)...)
	for _, target := range []string{"/openapi.json", "/openapi.json?version=3.2"} {
		var doc map[string]any
		if err := json.Unmarshal([]byte(get(t, s, target)), &doc); err != nil {
			t.Fatal(err)
		}
		components, _ := doc["components"].(map[string]any)
		named, _ := components["schemas"].(map[string]any)
		for name, schema := range named {
			if object, _ := schema.(map[string]any); object["title"] != nil {
				t.Errorf("%s has a title, by which some name its type", name)
			}
			subset(t, name, schema, true)
		}
		subset(t, "paths", doc["paths"], false)
		if ids := operationIDs(doc["paths"]); len(ids) == 0 || len(slices.Compact(slices.Sorted(slices.Values(ids)))) != len(ids) {
			t.Errorf("operation ids: %q", ids)
		}
	}
}

// subset looks at a value within a document; only components
// have properties.
func subset(t *testing.T, at string, value any, component bool) {
	t.Helper()
	switch v := value.(type) {
	case []any:
		for _, item := range v {
			subset(t, at, item, false)
		}
	case map[string]any:
		if ref, ok := v["$ref"].(string); ok && (!strings.HasPrefix(ref, "#/components/") || strings.Count(ref, "/") != 3) {
			t.Errorf("%s refers to %s", at, ref)
		}
		for _, keyword := range []string{"allOf", "oneOf", "const", "$defs", "definitions"} {
			if _, ok := v[keyword]; ok {
				t.Errorf("%s has %s", at, keyword)
			}
		}
		if v["type"] == "array" && v["items"] == nil {
			t.Errorf("%s is an array of nobody knows what", at)
		}
		if !component && v["properties"] != nil {
			t.Errorf("%s is an object without a name", at)
		}
		for key, inner := range v {
			if key != "example" && key != "examples" && key != "enum" {
				subset(t, at+"/"+key, inner, false)
			}
		}
	}
}

func operationIDs(paths any) []string {
	var ids []string
	all, _ := paths.(map[string]any)
	for _, path := range all {
		methods, _ := path.(map[string]any)
		for _, method := range methods {
			operation, _ := method.(map[string]any)
			id, _ := operation["operationId"].(string)
			ids = append(ids, id)
		}
	}
	return ids
}
