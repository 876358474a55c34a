package columnar

import (
	"context"
	"errors"
	"io"
	"math"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/fault"
	"herbarium/engine/plan"
)

// counters is a dataset of one integer field.
func counters() *datasets.Dataset {
	return &datasets.Dataset{Name: "counters", Data: "counters.csv", Operations: datasets.Operations(),
		Fields: []datasets.Field{{Name: "n", Type: datasets.Integer}}}
}

// counting returns n rows of one value each, from value(0) to value(n-1).
func counting(n int, value func(i int) int64) [][]cellValue {
	rows := make([][]cellValue, n)
	for i := range rows {
		rows[i] = []cellValue{{ok: true, v: plan.Value{Int: value(i)}}}
	}
	return rows
}

func upward(i int) int64 { return int64(i) }

func rangeOf(ds *datasets.Dataset, skip, limit int64, filter ...plan.Predicate) *plan.Plan {
	return &plan.Plan{Dataset: ds, Operation: datasets.Range, Fields: []int{0}, Filter: plan.Condition{Where: filter}, Skip: skip, Limit: limit,
		Columns: []plan.Column{{Name: "n", Type: datasets.Integer}}}
}

func meanOf(ds *datasets.Dataset) *plan.Plan {
	return meansBy(ds, []int{0}, nil)
}

// meansBy is the plan of the means of some fields by others.
func meansBy(ds *datasets.Dataset, fields, by []int) *plan.Plan {
	var measures []plan.Measured
	for _, f := range fields {
		measures = append(measures, plan.Measured{Measure: plan.Mean, Field: f})
	}
	var keys []plan.Key
	for _, f := range by {
		keys = append(keys, plan.Key{Field: f})
	}
	return plan.ByGroup(ds, datasets.Mean, keys, measures)
}

func TestADatasetThatWasNotLoadedSaysWhenToTryAgain(t *testing.T) {
	s := newStore(64, 2, maxDense)
	ds, other := counters(), counters()
	loaded(t, s, ds, counting(1, upward), 1)
	other.Name = "others"
	renamed, retyped := counters(), counters()
	renamed.Fields = []datasets.Field{{Name: "m", Type: datasets.Integer}}
	retyped.Fields = []datasets.Field{{Name: "n", Type: datasets.Number}}
	for name, ds := range map[string]*datasets.Dataset{"another name": other, "another field": renamed, "another type": retyped} {
		t.Run(name, func(t *testing.T) {
			_, err := s.Table(context.Background(), ds)
			var failure *fault.Error
			if !errors.As(err, &failure) || failure.Code != fault.NotLoaded || failure.RetryAfter != time.Second {
				t.Errorf("got %v, want not_loaded with a time to wait", err)
			}
		})
	}
}

func TestASecondLoadIsRefusedUntilTheFirstEnds(t *testing.T) {
	ctx, s, ds := context.Background(), newStore(64, 2, maxDense), counters()
	first, err := s.Begin(ctx, ds, engine.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Begin(ctx, ds, engine.LoadOptions{}); fault.CodeOf(err) != fault.LoadRunning {
		t.Errorf("a second load: %v", err)
	}
	if err := first.Abort(ctx); err != nil {
		t.Error(err)
	}
	second, err := s.Begin(ctx, ds, engine.LoadOptions{})
	if err != nil {
		t.Fatalf("after the first was aborted: %v", err)
	}
	info, err := second.Commit(ctx)
	if err != nil || info.Rows != 0 || info.Version == "" {
		t.Errorf("an empty load: %+v, %v", info, err)
	}
	if err := second.Abort(ctx); err != nil {
		t.Error(err)
	}
	if _, err := s.Table(ctx, ds); err != nil {
		t.Errorf("Abort after Commit took the rows away: %v", err)
	}
}

func TestNothingIsPublishedBeforeCommitNorByAFailingOne(t *testing.T) {
	s, ds := newStore(64, 2, maxDense), counters()
	before := loaded(t, s, ds, counting(3, upward), 3).Info()
	ctx, cancel := context.WithCancel(context.Background())
	load, err := s.Begin(ctx, ds, engine.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := load.Write(ctx, batchOf(ds, counting(5, upward))); err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := load.Commit(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled commit: %v", err)
	}
	table, err := s.Table(context.Background(), ds)
	if err != nil || table.Info() != before {
		t.Errorf("now %+v, %v; before %+v", table.Info(), err, before)
	}
}

func TestRowsThatAreNotTheDatasetsAreRefused(t *testing.T) {
	ctx := context.Background()
	ds := &datasets.Dataset{Name: "heights", Fields: []datasets.Field{{Name: "h", Type: datasets.Number}}}
	tests := map[string]*engine.Batch{
		"no column":    {Rows: 1},
		"another type": {Rows: 1, Columns: []engine.Vector{{Type: datasets.Integer, Ints: []int64{1}}}},
		"not a number": {Rows: 1, Columns: []engine.Vector{{Floats: []float64{math.NaN()}}}},
		"infinite":     {Rows: 2, Columns: []engine.Vector{{Floats: []float64{1, math.Inf(-1)}}}},
	}
	for name, batch := range tests {
		t.Run(name, func(t *testing.T) {
			load, err := newStore(64, 1, maxDense).Begin(ctx, ds, engine.LoadOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if err := load.Write(ctx, batch); fault.CodeOf(err) != fault.InvalidData {
				t.Errorf("got %v, want invalid_data", err)
			}
		})
	}
}

func TestAPageIsReadFromWhereItLies(t *testing.T) {
	ds := counters()
	table := loaded(t, newStore(64, 2, maxDense), ds, counting(1000, upward), 77)
	odd := make([]plan.Value, 0, 500)
	for i := range int64(500) {
		odd = append(odd, plan.Value{Int: 2*i + 1})
	}
	tests := []struct {
		name        string
		plan        *plan.Plan
		first, last string
		rows        int
	}{
		{"within a block", rangeOf(ds, 70, 10), "70", "79", 10},
		{"across blocks", rangeOf(ds, 120, 20), "120", "139", 20},
		{"the end", rangeOf(ds, 995, 20), "995", "999", 5},
		{"filtered, far on", rangeOf(ds, 400, 50, plan.Predicate{In: odd}), "801", "899", 50},
		{"filtered, the end", rangeOf(ds, 498, 50, plan.Predicate{In: odd}), "997", "999", 2},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := answerOf(t, table, test.plan)
			if len(got) != test.rows || got[0][0] != test.first || got[len(got)-1][0] != test.last {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestAPagePastTheEndEndsAtOnce(t *testing.T) {
	ds := counters()
	table := loaded(t, newStore(64, 2, maxDense), ds, counting(100, upward), 100)
	for _, skip := range []int64{100, 101, math.MaxInt64 / 4} {
		cursor, err := table.Run(context.Background(), rangeOf(ds, skip, 10))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := cursor.Next(context.Background()); err != io.EOF {
			t.Errorf("skip %d: %v", skip, err)
		}
	}
}

func TestWholeBlocksAreHandedOutWithoutACopy(t *testing.T) {
	ds := counters()
	table := loaded(t, newStore(64, 1, maxDense), ds, counting(128, upward), 128).(*table)
	cursor, err := table.Run(context.Background(), rangeOf(ds, 3, -1))
	if err != nil {
		t.Fatal(err)
	}
	batch, err := cursor.Next(context.Background())
	if err != nil || &batch.Columns[0].Ints[0] != &table.blocks[0].columns[0].ints[3] {
		t.Errorf("a copy, or %v", err)
	}
}

func TestRowsCostNoAllocation(t *testing.T) {
	costsNoAllocation(t, newStore(64, 1, maxDense))
}

// costsNoAllocation reads 32,000 rows of the store, and of each ten of them six.
func costsNoAllocation(t *testing.T, s engine.Target) {
	t.Helper()
	ds := counters()
	table := loaded(t, s, ds, counting(64*500, func(i int) int64 { return int64(i * 7 % 10) }), 4096)
	least := plan.Value{Int: 4}
	for _, test := range []struct {
		plan *plan.Plan
		rows int
	}{{rangeOf(ds, 0, -1), 32_000}, {rangeOf(ds, 0, -1, plan.Predicate{Min: &least}), 19_200}} {
		n := testing.AllocsPerRun(5, func() {
			if rows, err := runAll(table, test.plan); err != nil || rows != test.rows {
				t.Errorf("%d rows, not %d, %v", rows, test.rows, err)
			}
		})
		if n > 20 {
			t.Errorf("%v allocations for %d rows", n, test.rows)
		}
	}
}

func TestACancelledContextEndsEveryRun(t *testing.T) {
	ds := counters()
	table := loaded(t, newStore(64, 3, maxDense), ds, counting(64*40, upward), 4096)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := table.Run(ctx, meanOf(ds)); !errors.Is(err, context.Canceled) {
		t.Errorf("means: %v", err)
	}
	least := plan.Value{Int: 1}
	for name, p := range map[string]*plan.Plan{"rows": rangeOf(ds, 0, -1), "a page far on": rangeOf(ds, 2000, 5, plan.Predicate{Min: &least})} {
		cursor, err := table.Run(context.Background(), p)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := cursor.Next(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAQueryDoesNotWaitBeyondItsContextForGroupsThatAnotherNumbers(t *testing.T) {
	ds := counters()
	table := loaded(t, newStore(64, 2, maxDense), ds, counting(100, upward), 100).(*table)
	if err := table.groups[0].making.lock(t.Context()); err != nil { // as a query does that takes long
		t.Fatal(err)
	}
	defer table.groups[0].making.unlock()
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := table.Run(ctx, meansBy(ds, nil, []int{0})); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestReadersSeeOneVersionWhileLoadsPublish(t *testing.T) {
	s, ds := newStore(64, 3, maxDense), counters()
	const rows = 64*20 + 5
	loaded(t, s, ds, counting(rows, func(int) int64 { return 0 }), 1000)
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
				table, err := s.Table(context.Background(), ds)
				if err != nil {
					t.Errorf("table: %v", err)
					return
				}
				all := answerOf(&errorf{t}, table, rangeOf(ds, 0, -1))
				mean := answerOf(&errorf{t}, table, meanOf(ds))
				if len(all) != rows || !gocmp.Equal(all[0], all[rows-1]) || !gocmp.Equal(all[0], mean[0]) {
					t.Errorf("%d rows from %v to %v with mean %v", len(all), all[0], all[len(all)-1], mean)
					return
				}
			}
		})
	}
	for version := range int64(30) {
		loaded(t, s, ds, counting(rows, func(int) int64 { return version }), 1000)
	}
	close(done)
	readers.Wait()
}

// errorf reports what may not end a test from a goroutine of its own.
type errorf struct{ t *testing.T }

func (e *errorf) Fatalf(format string, args ...any) { e.t.Errorf(format, args...) }

func TestALateCallToAnEndedLoadIsRefused(t *testing.T) {
	ctx, s, ds := context.Background(), newStore(64, 1, maxDense), counters()
	load, err := s.Begin(ctx, ds, engine.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := load.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	if err := load.Write(ctx, batchOf(ds, counting(1, upward))); err == nil {
		t.Error("rows after Commit were taken")
	}
	if _, err := load.Commit(ctx); err == nil {
		t.Error("a second Commit was taken")
	}
}
