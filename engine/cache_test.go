package engine_test

import (
	"runtime"
	"testing"
	"time"
	"weak"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/columnar"
)

func parseTides(t *testing.T) *datasets.Dataset {
	t.Helper()
	ds, err := datasets.Parse("tides.yaml", []byte("dataset: tides\nfields: {height: {type: number}}\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	return ds
}

func TestRememberedBodiesHoldNoDataset(t *testing.T) {
	e := engine.New(columnar.NewStore(columnar.Options{}), engine.Options{})
	defer e.Close()
	const body = `{"lower":{"height":1}}`
	gone := func() weak.Pointer[datasets.Dataset] {
		ds := parseTides(t)
		q, err := e.Parse(ds, datasets.Range, []byte(body))
		if err != nil || q.Dataset != ds {
			t.Fatal(q, err)
		}
		return weak.Make(ds)
	}()
	for end := time.Now().Add(time.Minute); gone.Value() != nil; runtime.GC() {
		if time.Now().After(end) {
			t.Fatal("the dataset is still referenced")
		}
	}
	again := parseTides(t)
	q, err := e.Parse(again, datasets.Range, []byte(body))
	if err != nil || q.Dataset != again || len(q.Filter.Where) != 1 {
		t.Errorf("the query is %v of %v, %v", q, q.Dataset, err)
	}
}
