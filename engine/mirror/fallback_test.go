package mirror

import (
	"context"
	"testing"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/columnar"
	"herbarium/engine/fault"
	"herbarium/engine/query"
)

// grouped asks for the counts of rows by text.
func grouped(t *testing.T, eng *engine.Engine, ds *datasets.Dataset) (groups int, err error) {
	t.Helper()
	q, err := query.Parse(ds, datasets.Stats, []byte(`{"group_by":["text"],"measures":{"n":["sum"]}}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range eng.Rows(t.Context(), q) {
		if err != nil {
			return groups, err
		}
		groups++
	}
	return groups, nil
}

func TestWhatIsTooMuchForACopyIsAskedOfTheSource(t *testing.T) {
	s, ds := newSource(), numbers(t, "numbers")
	load(t, s, ds, 0, 500)
	ways := map[engine.Way]int{}
	few := New(shared{s}, Options{Mode: Auto, Budget: 64 * mib, Copies: columnar.CopyOptions{MaxGroups: 100}})
	eng := engine.New(few, engine.Options{Observe: func(r engine.Run) { ways[r.Way]++ }})
	t.Cleanup(func() {
		eng.Close()
		_ = few.Close(context.Background())
	})
	if err := few.Copy(t.Context(), ds); err != nil {
		t.Fatal(err)
	}
	if n, err := grouped(t, eng, ds); n != 500 || err != nil {
		t.Errorf("%d groups, %v", n, err)
	}
	if ways[engine.ByPipeline] != 1 || len(ways) != 1 {
		t.Errorf("the ways are %v", ways)
	}
}

func TestAFaultOfBothIsTheSources(t *testing.T) {
	s, ds := &source{Store: columnar.NewStore(columnar.Options{MaxGroups: 200})}, numbers(t, "numbers")
	load(t, s, ds, 0, 500)
	few := New(shared{s}, Options{Mode: Auto, Budget: 64 * mib, Copies: columnar.CopyOptions{MaxGroups: 100}})
	eng := engine.New(few, engine.Options{})
	t.Cleanup(func() {
		eng.Close()
		_ = few.Close(context.Background())
	})
	if err := few.Copy(t.Context(), ds); err != nil {
		t.Fatal(err)
	}
	if _, err := grouped(t, eng, ds); fault.CodeOf(err) != fault.TooManyGroups || err.Error() != fault.TooManyGroupsError(200).Error() {
		t.Errorf("the fault is %v", err)
	}
}

func TestACallersEndIsNoReasonToAskTheSource(t *testing.T) {
	s, ds := newSource(), numbers(t, "numbers")
	version := load(t, s, ds, 0, 100)
	o := open(t, s, "", All, 64*mib, quick(), ds)
	o.await(t, ds, version, engine.CopyWhole)
	gone, cancel := context.WithCancel(t.Context())
	table, err := o.Table(gone, ds)
	if err != nil {
		t.Fatal(err)
	}
	q, err := query.Parse(ds, datasets.Range, []byte(`{"sort":["text"]}`))
	if err != nil {
		t.Fatal(err)
	}
	p, err := q.Plan()
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	before := s.runs.Load()
	if cursor, err := table.Run(gone, p); err == nil {
		_, err = cursor.Next(gone)
		if err == nil {
			t.Error("a caller who has left is answered")
		}
	}
	if s.runs.Load() != before {
		t.Error("the source was asked")
	}
}

func TestAViewIsMirroredWithItsBase(t *testing.T) {
	s, ds := newSource(), numbers(t, "numbers")
	version := load(t, s, ds, 0, 9_000)
	view, err := query.Restrict(ds, datasets.Restriction{Hide: []string{"half"}, Rows: []byte(`{"kind":"odd"}`), Secret: []byte("secret")})
	if err != nil {
		t.Fatal(err)
	}
	o := open(t, s, "", Auto, 64*mib, quick(), ds)
	want := o.bytesOf(t, view, `{"upper":{"n":4000}}`)
	for range 2 {
		o.ask(t, view, `{"per_page":1}`)
	}
	o.await(t, ds, version, engine.CopyWhole)
	if got := o.bytesOf(t, view, `{"upper":{"n":4000}}`); got != want {
		t.Errorf("%d bytes, want %d", len(got), len(want))
	}
	if sum, rows, way := o.ask(t, view, `{}`); sum != 4500*4500 || rows != 4500 || way != engine.ByMirror {
		t.Errorf("%d rows with the sum %d, by %s", rows, sum, way)
	}
}
