package columnar

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"herbarium/datasets"
	"herbarium/engine"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// constant is a dataset of rows that all hold v.
func constant(v int64, rows int) *reference {
	ds := &datasets.Dataset{Name: "constant", Operations: datasets.Operations(), StatsFields: []int{0},
		Fields: []datasets.Field{{Name: "v", Type: datasets.Integer}}}
	r := &reference{ds: ds}
	for range rows {
		r.rows = append(r.rows, []*engine.Value{{Int: v}})
	}
	return r
}

func plan(t *testing.T, q *engine.Query, op datasets.Operation) *engine.Plan {
	t.Helper()
	p, err := engine.NewPlan(q, op)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestATableThatWasNeverLoadedSaysWhatToDo(t *testing.T) {
	_, err := NewStore().Table(context.Background(), constant(1, 0).ds)
	var failure *engine.Error
	if !errors.As(err, &failure) || failure.Code != engine.NotLoaded || failure.RetryAfter <= 0 {
		t.Errorf("got %v", err)
	}
}

func TestASecondLoadAtOnceIsToldSo(t *testing.T) {
	ctx, s, ds := context.Background(), NewStore(), constant(1, 0).ds
	first, err := s.Begin(ctx, ds)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Begin(ctx, ds); engine.CodeOf(err) != engine.LoadRunning {
		t.Errorf("got %v", err)
	}
	if err := first.Abort(ctx); err != nil {
		t.Fatal(err)
	}
	second, err := s.Begin(ctx, ds)
	if err != nil {
		t.Fatalf("after the first was aborted: %v", err)
	}
	if _, err := second.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	if err := second.Abort(ctx); err != nil {
		t.Errorf("Abort after Commit: %v", err)
	}
	if _, err := s.Table(ctx, ds); err != nil {
		t.Errorf("Abort after Commit took the table away: %v", err)
	}
}

func TestAnAbortedLoadLeavesTheOldRows(t *testing.T) {
	ctx, s, r := context.Background(), NewStore(), constant(1, 3)
	before := fill(t, s, r, 10).Info()
	load, err := s.Begin(ctx, r.ds)
	if err != nil {
		t.Fatal(err)
	}
	if err := load.Write(ctx, batchOf(r.ds, r.rows)); err != nil {
		t.Fatal(err)
	}
	if err := load.Abort(ctx); err != nil {
		t.Fatal(err)
	}
	after, err := s.Table(ctx, r.ds)
	if err != nil || after.Info() != before {
		t.Errorf("got %+v, %v, want %+v", after, err, before)
	}
}

func TestRowsLoadedUnderOtherFieldsAreNotServed(t *testing.T) {
	s, r := NewStore(), constant(1, 3)
	fill(t, s, r, 10)
	changed := *r.ds
	changed.Fields = []datasets.Field{{Name: "v", Type: datasets.Number}}
	if _, err := s.Table(context.Background(), &changed); engine.CodeOf(err) != engine.NotLoaded {
		t.Errorf("got %v", err)
	}
	changed = *r.ds
	changed.GroupBy = []int{0}
	if _, err := s.Table(context.Background(), &changed); engine.CodeOf(err) != engine.NotLoaded {
		t.Errorf("with a new group: got %v", err)
	}
}

func TestReadersSeeOneVersionWhileLoadsPublish(t *testing.T) {
	ctx, s := context.Background(), NewStore()
	const rows = blockRows + 100
	fill(t, s, constant(0, rows), 1000)
	ds := constant(0, 0).ds
	p := plan(t, &engine.Query{Dataset: ds}, datasets.Range)
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				table, err := s.Table(ctx, ds)
				if err != nil {
					t.Error(err)
					return
				}
				all := lines(t, table, p)
				for _, line := range all {
					if len(all) != rows || line != all[0] {
						t.Errorf("%d rows, %s among %s", len(all), line, all[0])
						return
					}
				}
			}
		})
	}
	for v := range int64(20) {
		fill(t, s, constant(v, rows), 1000)
	}
	close(done)
	readers.Wait()
}

func TestACancelledRunStops(t *testing.T) {
	s, r := NewStore(), constant(1, 3*blockRows)
	table := fill(t, s, r, 4096)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := table.Run(ctx, plan(t, &engine.Query{Dataset: r.ds}, datasets.Mean)); !errors.Is(err, context.Canceled) {
		t.Errorf("mean: %v", err)
	}
	cursor, err := table.Run(context.Background(), plan(t, &engine.Query{Dataset: r.ds}, datasets.Range))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cursor.Next(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("range: %v", err)
	}
}

func TestAPageCostsThePageWhereverItLies(t *testing.T) {
	r := constant(7, 50*blockRows)
	table := fill(t, NewStore(), r, 4096)
	for _, page := range []int64{1, 2000, 4095} {
		p := plan(t, &engine.Query{Dataset: r.ds, Page: page, PerPage: 100}, datasets.Range)
		allocated := testing.AllocsPerRun(20, func() {
			if n := len(lines(t, table, p)); n != 100 {
				t.Fatalf("page %d has %d rows", page, n)
			}
		})
		if allocated > 1000 {
			t.Errorf("page %d: %v allocations", page, allocated)
		}
		cursor, err := table.Run(context.Background(), p)
		if err != nil {
			t.Fatal(err)
		}
		if at := cursor.(*scan).block; at != int(page-1)*100/blockRows {
			t.Errorf("page %d begins to look at block %d", page, at)
		}
	}
}

func TestAShortLastBlockForgetsTheRowsOfTheBlockBefore(t *testing.T) {
	r := constant(1, blockRows+3)
	for i := range r.rows {
		r.rows[i] = []*engine.Value{{Int: int64(i % 2)}}
	}
	table := fill(t, NewStore(), r, 4096)
	p := plan(t, &engine.Query{Dataset: r.ds, Filter: []engine.Predicate{{Field: 0, Min: &engine.Value{Int: 1}}}}, datasets.Range)
	if n := len(lines(t, table, p)); n != blockRows/2+1 {
		t.Errorf("%d rows, want %d", n, blockRows/2+1)
	}
}

func TestManyGroupsOfSeveralFields(t *testing.T) {
	ds := everyType([]int{1, 3})
	r := &reference{ds: ds}
	for i := range 40000 {
		row := make([]*engine.Value, len(ds.Fields))
		row[0] = &engine.Value{Float: float64(i)}
		row[1] = &engine.Value{Int: int64(i % 300)}
		row[3] = &engine.Value{Str: fmt.Sprint(i % 299)}
		r.rows = append(r.rows, row)
	}
	table := fill(t, NewStore(), r, 4096)
	p := plan(t, &engine.Query{Dataset: ds}, datasets.Mean)
	got, want := lines(t, table, p), r.answer(p)
	if len(got) != len(want) || difference(got, want) != "none" {
		t.Errorf("%d groups, want %d: %s", len(got), len(want), difference(got, want))
	}
}
