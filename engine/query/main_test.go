package query

import (
	"testing"

	"herbarium/datasets"
)

// fakeDataset is a dataset that ships.
func fakeDataset(t testing.TB) *datasets.Dataset {
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

// parseFake returns a query of its rows.
func parseFake(t testing.TB, body string) *Query {
	t.Helper()
	q, err := Parse(fakeDataset(t), datasets.Range, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return q
}
