package columnar

import (
	"context"
	"errors"
	"testing"
	"time"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/fault"
)

// numbered returns a dataset called counters with a layout of its own.
func numbered(layout string, t datasets.Type) *datasets.Dataset {
	ds := counters()
	ds.Layout, ds.Fields[0].Type = layout, t
	return ds
}

// rowsOf returns how many rows the store has of ds; -1 for none at all.
func rowsOf(t *testing.T, s *Store, ds *datasets.Dataset) int64 {
	t.Helper()
	table, err := s.Table(context.Background(), ds)
	if fault.CodeOf(err) == fault.NotLoaded {
		return -1
	}
	if err != nil {
		t.Fatal(err)
	}
	return table.Info().Rows
}

func TestTheRowsOfTheLayoutBeforeStayBesideTheNewOnes(t *testing.T) {
	s := newStore(64, 2, maxDense)
	first, second, third := numbered("1", datasets.Integer), numbered("2", datasets.Integer), numbered("3", datasets.Integer)
	loaded(t, s, first, counting(1, upward), 1)
	loaded(t, s, second, counting(2, upward), 2)
	if a, b := rowsOf(t, s, first), rowsOf(t, s, second); a != 1 || b != 2 {
		t.Errorf("%d and %d rows, want 1 and 2", a, b)
	}
	loaded(t, s, second, counting(4, upward), 4)
	if a, b := rowsOf(t, s, first), rowsOf(t, s, second); a != 1 || b != 4 {
		t.Errorf("after a load: %d and %d rows, want 1 and 4", a, b)
	}
	loaded(t, s, third, counting(3, upward), 3)
	if a, b, c := rowsOf(t, s, first), rowsOf(t, s, second), rowsOf(t, s, third); a != -1 || b != 4 || c != 3 {
		t.Errorf("after a third layout: %d, %d and %d rows, want none, 4 and 3", a, b, c)
	}
}

func TestATokenThatAChangeOfFieldsEndedSaysSo(t *testing.T) {
	kept := Open(t.TempDir(), FileOptions{Keep: time.Hour})
	memory := NewStore(Options{Keep: time.Hour})
	first, second := numbered("1", datasets.Integer), numbered("2", datasets.Integer)
	second.Fields[0].Name = "renamed"
	for _, s := range []engine.Target{memory, kept} {
		before := loaded(t, s, first, counting(3, upward), 3).Info().Version
		loaded(t, s, second, counting(3, upward), 3)
		for version, want := range map[string]string{
			before:     "the descriptor of dataset counters was changed since, and the version that the token names has the fields from before; start again without after",
			"nonesuch": "the rows or the fields of dataset counters were replaced since, and the version that the token names is no longer kept; start again without after",
		} {
			_, err := s.TableAt(context.Background(), second, version)
			var gone *fault.Error
			if !errors.As(err, &gone) || gone.Code != fault.Gone || gone.Detail != want {
				t.Errorf("%s, %s: %v", s.Describe(), version, err)
			}
		}
	}
}

func TestARollbackFindsTheRowsOfItsLayoutBehindEqualOnesOfAnother(t *testing.T) {
	s := NewStore(Options{Keep: time.Hour})
	first, second := numbered("1", datasets.Integer), numbered("2", datasets.Integer)
	// The descriptor changes, back, and again.
	loaded(t, s, first, counting(3, upward), 3)
	version := loaded(t, s, second, counting(3, upward), 3).Info().Version
	loaded(t, s, first, counting(3, upward), 3)
	loaded(t, s, first, counting(4, upward), 4)
	loaded(t, s, second, counting(4, upward), 4)
	if info, err := s.Rollback(t.Context(), second, version); err != nil || info.Rows != 3 {
		t.Fatalf("%+v, %v", info, err)
	}
	if n := rowsOf(t, s, second); n != 3 {
		t.Errorf("%d rows are current", n)
	}
}

func TestDropLetsGoOfRowsButForThoseThatAreKept(t *testing.T) {
	s := newStore(64, 2, maxDense)
	first, second := numbered("1", datasets.Integer), numbered("2", datasets.Integer)
	loaded(t, s, first, counting(1, upward), 1)
	loaded(t, s, second, counting(2, upward), 2)
	s.Drop("counters", second)
	if a, b := rowsOf(t, s, first), rowsOf(t, s, second); a != -1 || b != 2 {
		t.Errorf("%d and %d rows, want none and 2", a, b)
	}
	table, err := s.Table(context.Background(), second)
	if err != nil {
		t.Fatal(err)
	}
	s.Drop("counters")
	if got := rowsOf(t, s, second); got != -1 || len(*s.versions.Load()) != 0 {
		t.Errorf("%d rows are left", got)
	}
	cursor, err := table.Run(context.Background(), rangeOf(second, 0, -1))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cursor.Close() }()
	if batch, err := cursor.Next(context.Background()); err != nil || batch.Rows != 2 {
		t.Errorf("a table that was dropped has %+v, %v", batch, err)
	}
}
