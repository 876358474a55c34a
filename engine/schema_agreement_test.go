package engine_test

import (
	"bytes"
	"cmp"
	"testing"

	"pgregory.net/rapid"

	"herbarium/datasets"
	"herbarium/engine/query"
	"herbarium/schemas"
)

// A schema that is derived from the fields is published, and not asked when a query is read. The
// tests that draw queries and the fuzz target hold that it allows every query which is taken.

// refusedBySchema returns what the operation's schema says against a query.
func refusedBySchema(t interface{ Fatal(...any) }, ds *datasets.Dataset, op *datasets.Operation, body string) []schemas.Violation {
	n, err := schemas.Parse([]byte(cmp.Or(body, "{}")))
	if err != nil {
		t.Fatal(err)
	}
	return ds.QuerySchemaOf(op).Validate(n)
}

// allowed fails if the schema of the dataset that is served refuses a query.
func (s *served) allowed(t *rapid.T, name, path, body string) {
	ds, ok := s.registry.Current().Dataset(name)
	if !ok {
		t.Fatal(name)
	}
	op, ok := ds.Operation(path)
	if !ok {
		t.Fatal(path)
	}
	if wrong := refusedBySchema(t, ds, op, body); wrong != nil {
		t.Fatalf("the schema of %s refuses %s: %v", path, body, wrong)
	}
}

// saysNullOfKeys reports whether a key of groups may have parts that are null, which are
// absent, and which schemas do not allow.
func saysNullOfKeys(body []byte) bool {
	return bytes.Contains(body, []byte("null")) && bytes.Contains(body, []byte("group_by"))
}

func TestALongListIsNotReadTwice(t *testing.T) {
	ds, err := datasets.Parse("words.yaml", []byte("dataset: words\nfields: {word: {type: string}}\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	const items = 10_000
	body := []byte(`{"word":[null`)
	for i := range items {
		body = schemas.AppendString(append(body, ','), string(rune('一'+i)))
	}
	body = append(body, "]}"...)
	allocations := testing.AllocsPerRun(3, func() {
		if _, err := query.Parse(ds, datasets.Range, body); err != nil {
			t.Fatal(err)
		}
	})
	// The pointer and the canonical form of each; gojsonschema would make some 20 more.
	if allocations > 4*items {
		t.Errorf("%.0f allocations for %d items", allocations, items)
	}
}
