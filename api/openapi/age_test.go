package openapi_test

import (
	"strings"
	"testing"

	"herbarium/api/openapi"
	"herbarium/datasets"
)

// TestDatesInConditionsAreDescribedWhereTheyCount is about datasets whose collections are copied
// again and again.
func TestDatesInConditionsAreDescribedWhereTheyCount(t *testing.T) {
	for refresh, want := range map[string]int{"": 0, "refresh: 60s\n": 2} { // of range, by GET and HEAD
		ds, err := datasets.Parse("walks.yaml", []byte("dataset: walks\nfields: {steps: {type: integer}}\noperations: [range]\n"+refresh), nil)
		if err != nil {
			t.Fatal(err)
		}
		text, err := openapi.DatasetDocument(ds, openapi.Options{Version: openapi.V31})
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(text), `"name":"If-Modified-Since"`); n != want {
			t.Errorf("%q has the parameter %d times, want %d", refresh, n, want)
		}
	}
}
