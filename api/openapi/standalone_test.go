package openapi_test

import (
	"bytes"
	"strings"
	"testing"

	"herbarium/api/openapi"
	"herbarium/datasets"
	"herbarium/schemas"
)

// What refers to the whole schema from within, as a condition does, has to be
// found in $defs; so no reference may lead out of the schema.
func TestStandaloneSchemasReferToThemselves(t *testing.T) {
	snapshot := shipped(t)
	for _, name := range snapshot.Names() {
		ds, _ := snapshot.Dataset(name)
		for _, op := range ds.Operations {
			query, answers, err := openapi.Standalone(ds, op, func(rows schemas.Ordered) schemas.Ordered {
				return schemas.Ordered{{Key: "type", Value: "object"}, {Key: "properties", Value: schemas.Ordered{{Key: "rows", Value: rows}}}}
			})
			if err != nil {
				t.Fatal(err)
			}
			for _, text := range [][]byte{query, answers} {
				root, err := schemas.Parse(text)
				if err != nil {
					t.Fatal(err)
				}
				for _, part := range strings.Split(string(text), `"$ref":"`)[1:] {
					ref, _, _ := strings.Cut(part, `"`)
					key, ok := strings.CutPrefix(ref, "#/$defs/")
					if !ok || !bytes.Contains(text, []byte(`"`+key+`":{`)) {
						t.Errorf("%s/%s: %s leads nowhere", name, op, ref)
					}
				}
				if root.Kind != schemas.Object || !bytes.Contains(text, []byte(`"type":"object"`)) {
					t.Errorf("%s/%s: no schema of an object: %s", name, op, text)
				}
			}
		}
	}
}

func shipped(t *testing.T) *datasets.Snapshot {
	t.Helper()
	snapshot, err := datasets.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	return snapshot
}
