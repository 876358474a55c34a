package pipeline_test

import (
	"testing"

	"herbarium/datasets"
	"herbarium/engine/plan"
	"herbarium/engine/query"
)

// iris returns the dataset that ships.
func iris(t testing.TB) *datasets.Dataset {
	t.Helper()
	snapshot, err := datasets.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	ds, ok := snapshot.Dataset("iris")
	if !ok {
		t.Fatal("iris does not ship")
	}
	return ds
}

// planOf returns the plan of a query.
func planOf(t testing.TB, ds *datasets.Dataset, op *datasets.Operation, body string) *plan.Plan {
	t.Helper()
	q, err := query.Parse(ds, op, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	p, err := q.Plan()
	if err != nil {
		t.Fatal(err)
	}
	return p
}
