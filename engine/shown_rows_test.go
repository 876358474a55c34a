package engine

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"herbarium/datasets"
	"herbarium/engine/plan"
	"herbarium/engine/query"
)

// countingStore counts the counts of rows, of which each waits for its gate.
type countingStore struct {
	*fakeStore
	counts atomic.Int64
	gate   chan error
	filter atomic.Pointer[plan.Plan]
}

func (s *countingStore) Table(context.Context, *datasets.Dataset) (Table, error) {
	return countingTable{fakeTable{s.fakeStore}, s}, nil
}

type countingTable struct {
	fakeTable
	store *countingStore
}

func (t countingTable) Count(_ context.Context, p *plan.Plan) (int64, error) {
	t.store.counts.Add(1)
	t.store.filter.Store(p)
	return 12, <-t.store.gate
}

// fakeVersion has the form of versions.
const fakeVersion = "abcdefghijklmnopqrstuvwx2a"

func viewOfFake(t *testing.T, r datasets.Restriction) *datasets.Dataset {
	t.Helper()
	r.Secret = []byte("secret")
	view, err := query.Restrict(fakeDataset(t), r)
	if err != nil {
		t.Fatal(err)
	}
	return view
}

func TestTheRowsOfAViewAreCountedOnceForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &countingStore{fakeStore: &fakeStore{version: fakeVersion, rows: 150}, gate: make(chan error)}
		e := New(store, Options{})
		defer e.Close()
		view := viewOfFake(t, datasets.Restriction{Rows: []byte(`{"species":"setosa"}`)})
		left, leave := context.WithCancel(context.Background())
		var all sync.WaitGroup
		for i := range 10 {
			ctx := context.Background()
			if i == 0 {
				ctx = left
			}
			all.Go(func() {
				info, err := e.Table(ctx, view)
				if i == 0 && !errors.Is(err, context.Canceled) || i > 0 && (err != nil || info.Rows != 12) {
					t.Errorf("%d rows, %v", info.Rows, err)
				}
			})
			synctest.Wait()
		}
		leave()
		synctest.Wait()
		store.gate <- nil
		all.Wait()
		if info, err := e.Table(context.Background(), view); err != nil || info.Rows != 12 || info.Version == fakeVersion || info.Version == "" {
			t.Errorf("%+v, %v", info, err)
		}
		if n := store.counts.Load(); n != 1 {
			t.Errorf("the rows were counted %d times", n)
		}
		if p := store.filter.Load(); p.Dataset != view.View.Base || p.Condition() != "4 in \"setosa\";" {
			t.Errorf("counted was %s of %s", p.Condition(), p.Dataset.Name)
		}
	})
}

func TestACountThatFailsIsNotKept(t *testing.T) {
	store := &countingStore{fakeStore: &fakeStore{version: fakeVersion, rows: 150}, gate: make(chan error, 2)}
	e := New(store, Options{})
	defer e.Close()
	view := viewOfFake(t, datasets.Restriction{Rows: []byte(`{"species":"setosa"}`)})
	store.gate <- errors.New("the disk is full")
	if _, err := e.Table(context.Background(), view); err == nil {
		t.Error("the failure is not told")
	}
	store.gate <- nil
	if info, err := e.Table(context.Background(), view); err != nil || info.Rows != 12 {
		t.Errorf("%d rows, %v", info.Rows, err)
	}
}

func TestWhatHidesNoRowCountsNone(t *testing.T) {
	store := &countingStore{fakeStore: &fakeStore{version: fakeVersion, rows: 150}}
	e := New(store, Options{})
	defer e.Close()
	for _, r := range []datasets.Restriction{{}, {Hide: []string{"label"}}, {Operations: func(string) bool { return false }}} {
		if info, err := e.Table(context.Background(), viewOfFake(t, r)); err != nil || info.Rows != 150 {
			t.Errorf("%d rows, %v", info.Rows, err)
		}
	}
	if n := store.counts.Load(); n != 0 {
		t.Errorf("rows were counted %d times", n)
	}
}

func TestWhoSeesTheSameSharesAnswers(t *testing.T) {
	store := &fakeStore{version: fakeVersion, batches: 3, rows: 150}
	e := New(store, Options{CacheBytes: 1 << 20})
	defer e.Close()
	only := func(path string) bool { return path == "range" }
	setosa := datasets.Restriction{Rows: []byte(`{"species":"setosa"}`)}
	for _, c := range []struct {
		name string
		ds   *datasets.Dataset
		runs int64 // so far
	}{
		{"everybody", fakeDataset(t), 1},
		{"a key of one operation", viewOfFake(t, datasets.Restriction{Operations: only}), 1},
		{"a policy", viewOfFake(t, setosa), 2},
		{"the same policy", viewOfFake(t, setosa), 2},
		{"the same policy, of one operation", viewOfFake(t, datasets.Restriction{Rows: setosa.Rows, Operations: only}), 2},
		{"another policy", viewOfFake(t, datasets.Restriction{Rows: []byte(`{"species":"virginica"}`)}), 3},
	} {
		q, err := e.Parse(c.ds, datasets.Range, []byte(`{}`))
		if err != nil {
			t.Fatal(err)
		}
		a, err := e.Answer(context.Background(), q, fakeFormat(1))
		if err != nil {
			t.Fatal(err)
		}
		readAll(t, a)
		if n := store.runs.Load(); n != c.runs {
			t.Errorf("after %s there were %d runs, want %d", c.name, n, c.runs)
		}
	}
}
