package columnar

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/columnar/internal/files"
	"herbarium/engine/plan"
)

// shuffled returns rows of every shape of values that an order can meet: few and many
// different ones, both extremes of integers, and nulls.
func shuffled(n int) (*datasets.Dataset, [][]cellValue) {
	ds := &datasets.Dataset{Name: "shuffled", Operations: datasets.Operations(), Fields: []datasets.Field{
		{Name: "kind", Type: datasets.String}, {Name: "price", Type: datasets.Number}, {Name: "count", Type: datasets.Integer},
		{Name: "wide", Type: datasets.Integer}, {Name: "day", Type: datasets.Date}, {Name: "open", Type: datasets.Boolean}}}
	random := rand.New(rand.NewPCG(3, 4))
	rows := make([][]cellValue, n)
	for i := range rows {
		rows[i] = []cellValue{
			{ok: random.IntN(9) > 0, v: plan.Value{Str: fmt.Sprint(random.IntN(3))}},
			{ok: random.IntN(50) > 0, v: plan.Value{Float: random.NormFloat64() * 1e3}},
			{ok: true, v: plan.Value{Int: int64(random.IntN(20))}},
			{ok: random.IntN(50) > 0, v: plan.Value{Int: int64(random.Uint64())}},
			{ok: true, v: plan.Value{Int: int64(i / 100)}},
			{ok: random.IntN(3) > 0, v: plan.Value{Int: int64(random.IntN(2))}},
		}
		if random.IntN(1000) == 0 {
			rows[i][1].v.Float = math.Copysign(0, float64(random.IntN(2))-1)
			rows[i][3].v.Int = []int64{math.MinInt64, math.MaxInt64}[random.IntN(2)]
		}
	}
	return ds, rows
}

// sortedNumbers returns the numbers of the rows for which keep is true, in order.
func sortedNumbers(ds *datasets.Dataset, rows [][]cellValue, order []plan.SortKey, keep func(row []cellValue) bool) []int64 {
	var numbers []int64
	for i, row := range rows {
		if keep(row) {
			numbers = append(numbers, int64(i))
		}
	}
	slices.SortStableFunc(numbers, func(x, y int64) int {
		for _, k := range order {
			a, b := rows[x][k.By], rows[y][k.By]
			c := 0
			switch {
			case a.ok && b.ok:
				c = compareAs(ds.Fields[k.By].Type, a.v, b.v)
			case a.ok:
				c = 1
			case b.ok:
				c = -1
			}
			if k.Descending {
				c = -c
			}
			if c != 0 {
				return c
			}
		}
		return 0
	})
	return numbers
}

// TestManyRowsAreSorted holds the sort into buckets, and the search for first rows,
// against a sort by comparison.
func TestManyRowsAreSorted(t *testing.T) {
	const n = 40_000
	ds, rows := shuffled(n)
	five := plan.Value{Int: 5}
	tables := map[string]engine.Table{
		"in memory": loaded(t, newStore(1000, 4, maxDense), ds, rows, 4096),
		"in files":  loaded(t, openFiles(t.TempDir(), newResources(1000, 4, maxDense), files.Disk{}), ds, rows, 4096),
	}
	for _, order := range [][]plan.SortKey{
		{{By: 1}}, {{By: 1, Descending: true}}, {{By: 0}, {By: 1, Descending: true}}, {{By: 2}, {By: 0}}, {{By: 3}}, {{By: 3, Descending: true}, {By: 1}},
		{{By: 4}}, {{By: 4, Descending: true}}, {{By: 5}, {By: 2}, {By: 3}}, {{By: 5, Descending: true}},
	} {
		for _, filtered := range []bool{false, true} {
			want := sortedNumbers(ds, rows, order, func(row []cellValue) bool { return !filtered || row[2].v.Int >= 5 })
			p := plan.Rows(ds, nil, nil)
			p.Order = order
			if filtered {
				p.Filter.Where = []plan.Predicate{{Field: 2, Min: &five}}
			}
			for place, of := range tables {
				t.Run(fmt.Sprintf("%v, filtered: %v, %s", order, filtered, place), func(t *testing.T) {
					checkSort(t, of.(*table), p, want)
				})
			}
		}
	}
}

func checkSort(t *testing.T, of *table, p *plan.Plan, want []int64) {
	ctx := t.Context()
	var index *selectionIndex
	where := &filter{}
	if !p.Filter.Always() {
		var err error
		if index, err = of.selectionIndex(ctx, p); err != nil {
			t.Fatal(err)
		}
		where = index.where
	}
	order := of.rowOrder(p.Order)
	check := func(got, want []int64) {
		t.Helper()
		if !slices.Equal(got, want) {
			for i := range min(len(got), len(want)) {
				if got[i] != want[i] {
					t.Fatalf("%d rows, want %d; place %d has row %d, want %d", len(got), len(want), i, got[i], want[i])
				}
			}
			t.Fatalf("%d rows, want %d", len(got), len(want))
		}
	}
	for _, k := range []int{1, 10, 3000} {
		got, err := of.topRows(ctx, where, index, order, nil, k)
		if err != nil {
			t.Fatal(err)
		}
		check(got, want[:k])
	}
	rows, err := of.sortRows(ctx, index, order)
	if err != nil {
		t.Fatal(err)
	}
	var all []int64
	for i := range rows.len() {
		all = append(all, rows.at(i))
	}
	check(all, want)
	// The search knows the selection by now, and goes on after a row.
	last := want[len(want)/3]
	bound := order.bound(order.values(p.Order, last), last)
	got, err := of.topRows(ctx, where, index, order, bound, 100)
	if err != nil {
		t.Fatal(err)
	}
	check(got, want[len(want)/3+1:][:100])
	if n := order.firstAfter(bound, rows); n != len(want)/3+1 {
		t.Errorf("%d rows are not after the row at %d", n, len(want)/3)
	}
}

func TestManyWhoAskForDeepPagesShareAnOrder(t *testing.T) {
	s, ds := newStore(64, 4, maxDense), counters()
	table := loaded(t, s, ds, counting(40_000, func(i int) int64 { return int64(-i / 2) }), 4096)
	var running sync.WaitGroup
	for range 8 {
		running.Go(func() {
			p := rangeOf(ds, 30_000, 3)
			p.Order = []plan.SortKey{{By: 0}}
			got, end := edgeOf(t, table, p)
			if len(got) != 3 || got[0][0] != "-4999" || got[2][0] != "-4998" {
				t.Errorf("got %v", got)
			}
			if row, _ := end.Last.Row(); row != 9996 || !end.More || end.Total != 40_000 || end.LastValues[0].Int != -4998 {
				t.Errorf("the page ends with %v", end)
			}
		})
	}
	running.Wait()
	if n := s.keptOrders.Bytes(); n < 40_000*4 || n > 40_000*4+1000 {
		t.Errorf("%d bytes are kept", n)
	}
	s.Drop(ds.Name)
	if n := s.keptOrders.Bytes(); n != 0 {
		t.Errorf("%d bytes are kept of a table that is gone", n)
	}
}

// TestPagesAfterOneAnotherAreSortedInTheEnd goes through an order by position.
func TestPagesAfterOneAnotherAreSortedInTheEnd(t *testing.T) {
	s, ds := newStore(64, 2, maxDense), counters()
	table := loaded(t, s, ds, counting(1000, func(i int) int64 { return int64(i % 7) }), 4096)
	p := rangeOf(ds, 0, 10)
	p.Order = []plan.SortKey{{By: 0, Descending: true}}
	for page := range maxSearches + 3 {
		_, end := edgeOf(t, table, p)
		p.After, p.AfterValues = end.Last, end.LastValues
		// Each page is asked for twice.
		if kept := s.keptOrders.Bytes() > 4*1000; kept != (2*page+2 > maxSearches) {
			t.Errorf("page %d: all rows are sorted: %v", page, kept)
		}
	}
}

func TestAnEndedContextEndsASort(t *testing.T) {
	s, ds := newStore(1, 2, maxDense), counters()
	table := loaded(t, s, ds, counting(5000, upward), 4096)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, limit := range []int64{-1, 10} {
		p := rangeOf(ds, 0, limit)
		p.Order = []plan.SortKey{{By: 0}}
		if _, err := table.Run(ctx, p); !errors.Is(err, context.Canceled) {
			t.Errorf("limit %d: got %v", limit, err)
		}
	}
	p := rangeOf(ds, 0, -1)
	p.Order = []plan.SortKey{{By: 0, Descending: true}}
	if got := answerOf(t, table, p); len(got) != 5000 || got[0][0] != "4999" {
		t.Errorf("%d rows after that", len(got))
	}
}

func TestATopOfOrderedRowsReadsFewBlocks(t *testing.T) {
	dir, ds := t.TempDir(), counters()
	loaded(t, smallFiles(dir, 0), ds, counting(5000, upward), 4096)
	opened, err := smallFiles(dir, 0).Table(t.Context(), ds)
	if err != nil {
		t.Fatal(err)
	}
	p := rangeOf(ds, 0, 5)
	p.Order = []plan.SortKey{{By: 0, Descending: true}}
	if got := answerOf(t, opened, p); len(got) != 5 || got[0][0] != "4999" {
		t.Errorf("got %v", got)
	}
	if n, all := touched(opened.(*table)), len(opened.(*table).segment.columns); n == 0 || n > all/10 {
		t.Errorf("%d columns of %d were read", n, all)
	}
}
