package engine_test

import (
	"strings"
	"testing"

	"herbarium/datasets"
	"herbarium/engine/query"
)

func TestADefaultPageIsOfJSONAlone(t *testing.T) {
	ds, err := datasets.Parse("paged.yaml", []byte("dataset: paged\nfields: {x: {type: number}}\ndata: none.csv\npage: {default: 7, max: 9}\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		body                 string
		limit, ofAFile, skip int64
	}{
		{`{}`, 7, -1, 0},
		{`{"lower":{"x":1}}`, 7, -1, 0},
		{`{"page":2}`, 7, 7, 7},
		{`{"per_page":3}`, 3, 3, 0},
		{`{"page":2,"per_page":9}`, 9, 9, 9},
	} {
		q, err := query.Parse(ds, datasets.Range, []byte(test.body))
		if err != nil {
			t.Fatal(err)
		}
		if skip, limit := q.Window(); skip != test.skip || limit != test.limit {
			t.Errorf("%s is the window %d, %d", test.body, skip, limit)
		}
		whole := q.Whole()
		if skip, limit := whole.Window(); skip != test.skip || limit != test.ofAFile {
			t.Errorf("%s of a file is the window %d, %d", test.body, skip, limit)
		}
		// Answers of other sizes must not share a place in the cache.
		if same := whole.String() == q.String(); same != (test.limit == test.ofAFile) {
			t.Errorf("%s: %q and %q", test.body, q, whole)
		}
		if _, _, paged := whole.Paged(); paged != (test.ofAFile >= 0) {
			t.Errorf("%s of a file is paged: %v", test.body, paged)
		}
	}
	if _, err := query.Parse(ds, datasets.Range, []byte(`{"per_page":10}`)); err == nil || !strings.Contains(err.Error(), "9") {
		t.Errorf("a page that is too large is %v", err)
	}
}
