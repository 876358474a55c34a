package columnar

import (
	"context"
	"testing"

	"herbarium/datasets"
	"herbarium/engine"
)

func TestAStoreSaysHowManyBytesItsRowsTake(t *testing.T) {
	ds, err := datasets.Parse("sized.yaml", []byte("dataset: sized\nfields:\n  x: {type: number}\n  n: {type: integer}\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	const rows = 10_000
	for _, store := range []engine.Target{NewStore(Options{}), Open(t.TempDir(), FileOptions{})} {
		fill(t, store, ds, rows)
		eng := engine.New(store, engine.Options{})
		n, err := eng.Bytes(context.Background(), ds)
		// Two words a row; codes and what files have besides are less than as much again.
		if least := int64(16 * rows); err != nil || n < least || n > 2*least {
			t.Errorf("%s: %d bytes, %v", store.Describe(), n, err)
		}
		eng.Close()
	}
}

func TestAStoreInMemorySaysWhatAllOfItsRowsTake(t *testing.T) {
	store := NewStore(Options{})
	defer func() { _ = store.Close(context.Background()) }()
	if n := store.RowBytes(); n != 0 {
		t.Errorf("an empty store has %d bytes", n)
	}
	const rows = 10_000
	least := int64(0)
	for _, name := range []string{"one", "two"} {
		ds, err := datasets.Parse(name+".yaml", []byte("dataset: "+name+"\nfields:\n  x: {type: number}\n  n: {type: integer}\n"), nil)
		if err != nil {
			t.Fatal(err)
		}
		fill(t, store, ds, rows)
		least += 16 * rows
		if n := store.RowBytes(); n < least || n > 2*least {
			t.Errorf("%d bytes, of which the values take %d", n, least)
		}
	}
	store.Drop("one")
	if n := store.RowBytes(); n >= least {
		t.Errorf("%d bytes after the rows of one dataset are gone", n)
	}
}

// fill loads so many different rows of two numbers.
func fill(t *testing.T, store engine.Target, ds *datasets.Dataset, rows int) {
	t.Helper()
	load, err := store.Begin(t.Context(), ds, engine.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	batch := &engine.Batch{Rows: rows, Columns: []engine.Vector{{Type: datasets.Number}, {Type: datasets.Integer}}}
	for i := range rows {
		batch.Columns[0].Floats = append(batch.Columns[0].Floats, 1/float64(i+1))
		batch.Columns[1].Ints = append(batch.Columns[1].Ints, int64(i)*int64(i))
	}
	if err := load.Write(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	if _, err := load.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
}
