package columnar

import (
	"context"
	"slices"
	"sync"
	"testing"

	"herbarium/engine"
)

// TestManyWhoSumUpWholeBlocksFindTheSame asks for means of all rows, and of
// those above a bound that leaves a block in part, from several sides at once.
func TestManyWhoSumUpWholeBlocksFindTheSame(t *testing.T) {
	s, ds := newStore(64, 4, mostDense), counters()
	table := loaded(t, s, ds, counting(20_000, upward), 4096)
	low := engine.Value{Int: 100}
	for _, test := range []struct {
		filter []engine.Predicate
		want   string
	}{
		{nil, "9999.5"},
		{[]engine.Predicate{{Field: 0, Min: &low}}, "10049.5"},
	} {
		var running sync.WaitGroup
		for range 8 {
			running.Go(func() {
				for range 5 {
					plan := meanOf(ds)
					plan.Filter = test.filter
					if got := answerOf(t, table, plan); !slices.Equal(got[0], []string{test.want}) {
						t.Errorf("got %v, want %s", got, test.want)
					}
				}
			})
		}
		running.Wait()
	}
}

// TestFewWholesAreKept holds that a table that is asked in many ways stays
// small.
func TestFewWholesAreKept(t *testing.T) {
	ds := everyType()
	rows := make([][]cellValue, 200)
	for i := range rows {
		rows[i] = make([]cellValue, len(ds.Fields))
	}
	got := loaded(t, newStore(64, 2, mostDense), ds, rows, 200).(*table)
	for by := range ds.Fields {
		g, err := got.groupCodes(context.Background(), by)
		if err != nil {
			t.Fatal(err)
		}
		got.wholesOf(&meanPlan{table: got, fields: []int{0}, by: []*groupCodes{g}})
	}
	if n := len(got.wholes.of); n != mostWholes {
		t.Errorf("%d are kept, want %d of %d", n, mostWholes, len(ds.Fields))
	}
}
