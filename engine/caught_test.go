package engine

import (
	"context"
	"io"
	"strings"
	"testing"

	"herbarium/datasets"
	"herbarium/engine/fault"
	"herbarium/engine/plan"
)

// panickingEncoder panics at a batch.
type panickingEncoder struct{ fakeEncoder }

func (panickingEncoder) Append([]byte, *Batch) []byte { panic("a code without a text") }

// panickingStore has tables that panic.
type panickingStore struct{ fakeStore }

func (s *panickingStore) Table(context.Context, *datasets.Dataset) (Table, error) {
	return panickingTable{fakeTable{&s.fakeStore}}, nil
}

type panickingTable struct{ fakeTable }

func (panickingTable) Run(context.Context, *plan.Plan) (Cursor, error) {
	panic("a row without a block")
}

func TestAPanicOfARunFailsTheQueryAlone(t *testing.T) {
	broken := Format{Name: "broken", New: func(*plan.Plan) Encoder { return panickingEncoder{1} }}
	for _, test := range []struct {
		name   string
		store  Store
		format Format
		said   string
	}{
		{"of the encoder", &fakeStore{version: "v", batches: 2}, broken, "a code without a text"},
		{"of the store", &panickingStore{fakeStore{version: "v", batches: 2}}, fakeFormat(1), "a row without a block"},
	} {
		for _, cache := range []int64{0, 1 << 20} { // runs of one caller, and runs that are shared
			var o observed
			e := New(test.store, Options{CacheBytes: cache, Observe: o.observe})
			a, err := e.Answer(context.Background(), parseFake(t, `{}`), test.format)
			for err == nil {
				_, err = a.Next(context.Background())
			}
			if a != nil {
				_ = a.Close()
			}
			if err == io.EOF || fault.CodeOf(err) != fault.Internal || !strings.Contains(err.Error(), test.said) {
				t.Errorf("%s, cache of %d: %v", test.name, cache, err)
			}
			if running := e.Stats().Running; running != 0 {
				t.Errorf("%s, cache of %d: %d runs under way", test.name, cache, running)
			}
			e.Close()
			if len(o.runs) != 1 || fault.CodeOf(o.runs[0].Err) != fault.Internal {
				t.Errorf("%s, cache of %d: observed %+v", test.name, cache, o.runs)
			}
			if f, ok := test.store.(*fakeStore); ok && f.open.Load() != 0 {
				t.Errorf("%s, cache of %d: %d cursors are open", test.name, cache, f.open.Load())
			}
		}
	}
}
