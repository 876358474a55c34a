package main

import (
	"log/slog"
	"testing"

	"herbarium/engine"
	"herbarium/engine/columnar"
	"herbarium/engine/memory"
)

func TestRowsCountWhateverQueriesHaveTaken(t *testing.T) {
	t.Setenv("GOMEMLIMIT", "off") // the limit of this process stays as it is
	const limit, rows = 1 << 30, 400 << 20
	budget := memory.NewBudget(limit)
	eng := engine.New(columnar.NewStore(columnar.Options{}), engine.Options{Memory: budget})
	for range 2 {
		claim := budget.Claim()
		defer claim.Release()
		if err := claim.Take(150 << 20); err != nil { // more than the heap has
			t.Fatal(err)
		}
	}
	f := memoryFlag{limit: limit}
	f.occupy(eng, rows, slog.New(slog.DiscardHandler))
	if got, most := budget.ForQueries(), int64(memory.QueriesPart*(limit-rows)); got > most {
		t.Errorf("queries may have %d bytes, more than %d", got, most)
	}
}
