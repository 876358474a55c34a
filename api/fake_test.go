package api

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/fault"
	"herbarium/engine/plan"
)

// rocks is a dataset with a field of each kind that the tests need.
func rocks(t testing.TB, name string) *datasets.Dataset {
	t.Helper()
	ds, err := datasets.Parse(name+".yaml", []byte(`
dataset: `+name+`
title: Rocks we found
description: Found on walks.
license: CC0-1.0
source: https://example.org/rocks
data: rocks.csv
operations: [range, stats/mean]
fields:
  kind: {type: string, enum: [basalt, slate], title: Kind of rock}
  mass: {type: number, unit: kg}
  pieces: {type: integer}
stats: {fields: [mass], group_by: kind}
`), nil)
	if err != nil {
		t.Fatal(err)
	}
	return ds
}

// fakeStore answers every plan with the batches that next returns, by their
// number; nil means one batch of two rows. It knows the columns of range alone.
type fakeStore struct {
	version string
	newer   string // the version that is seen by who looks anew, and thereafter
	rows    int64
	read    time.Time // when they were read; zero for a version
	since   time.Time // since when they answer; zero for a version
	table   error     // of Table
	ping    error
	next    func(ctx context.Context, n int) (*engine.Batch, error)
	edge    *engine.PageEnd // where answers end; nil: nothing is known
	closed  chan struct{}   // gets a value for each cursor closed, where it is not nil
}

func (s *fakeStore) Describe() string            { return "fake store" }
func (s *fakeStore) Ping(context.Context) error  { return s.ping }
func (s *fakeStore) Close(context.Context) error { return nil }
func (s *fakeStore) Table(ctx context.Context, _ *datasets.Dataset) (engine.Table, error) {
	if s.table != nil {
		return nil, s.table
	}
	if s.newer != "" && engine.WantsAnew(ctx) {
		s.version = s.newer
	}
	return fakeTable{s}, nil
}

func (s *fakeStore) TableAt(ctx context.Context, ds *datasets.Dataset, version string) (engine.Table, error) {
	if version != s.version {
		return nil, fault.GoneError(ds)
	}
	return s.Table(ctx, ds)
}

func (s *fakeStore) Versions(context.Context, *datasets.Dataset) (engine.Versions, error) {
	return engine.Versions{Kept: []engine.VersionInfo{{Version: s.version, Rows: s.rows, Current: true}}}, nil
}

type fakeTable struct{ store *fakeStore }

func (t fakeTable) Info() engine.TableInfo {
	return engine.TableInfo{Version: t.store.version, Rows: t.store.rows, Read: t.store.read, Modified: t.store.since, Place: "fake table"}
}

func (t fakeTable) Run(context.Context, *plan.Plan) (engine.Cursor, error) {
	return &fakeCursor{store: t.store}, nil
}

func (t fakeTable) Count(context.Context, *plan.Plan) (int64, error) { return 2, nil }

type fakeCursor struct {
	store *fakeStore
	n     int
}

func (c *fakeCursor) Next(ctx context.Context) (*engine.Batch, error) {
	n := c.n
	c.n++
	if c.store.next != nil {
		return c.store.next(ctx, n)
	}
	if n > 0 {
		return nil, io.EOF
	}
	return twoRows(), nil
}

func (c *fakeCursor) PageEnd(context.Context) (engine.PageEnd, error) {
	if c.store.edge != nil {
		return *c.store.edge, nil
	}
	return engine.PageEnd{Total: -1}, nil
}

func (c *fakeCursor) Close() error {
	if c.store.closed != nil {
		c.store.closed <- struct{}{}
	}
	return nil
}

// twoRows is what fakeStore answers; twoRowsJSON is how it reads.
func twoRows() *engine.Batch {
	return &engine.Batch{Rows: 2, Columns: []engine.Vector{
		{Type: datasets.String, Codes: []uint32{1, 0}, Dict: []string{"basalt", "slate"}},
		{Type: datasets.Number, Floats: []float64{1.5, 0}, Valid: []uint64{0b01}},
		{Type: datasets.Integer, Ints: []int64{3, -9007199254740993}},
	}}
}

const twoRowsJSON = `[{"kind":"slate","mass":1.5,"pieces":3},{"kind":"basalt","mass":null,"pieces":-9007199254740993}]`

// manyRows is a batch of rows that are about 40 bytes each.
func manyRows(n int) *engine.Batch {
	b := &engine.Batch{Rows: n, Columns: []engine.Vector{
		{Type: datasets.String, Codes: make([]uint32, n), Dict: []string{"basalt", "slate"}},
		{Type: datasets.Number, Floats: make([]float64, n)},
		{Type: datasets.Integer, Ints: make([]int64, n)},
	}}
	for i := range n {
		b.Columns[0].Codes[i] = uint32(i % 2)
		b.Columns[1].Floats[i] = float64(i%97) / 10
		b.Columns[2].Ints[i] = int64(i)
	}
	return b
}

// newServer returns a server of the dataset rocks over the store.
func newServer(t testing.TB, store *fakeStore, options Options) *Server {
	t.Helper()
	return serverOf(t, store, options, datasets.NewSnapshot(rocks(t, "rocks")), engine.Options{})
}

func serverOf(t testing.TB, store engine.Store, options Options, snapshot *datasets.Snapshot, limits engine.Options) *Server {
	t.Helper()
	eng := engine.New(store, limits)
	t.Cleanup(eng.Close)
	return New(datasets.NewRegistry(snapshot), eng, options)
}

// call sends a request to the handler itself; header is "Name: value" lines.
func call(s http.Handler, method, target, body string, header ...string) *http.Response {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	for _, line := range header {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Add(name, value)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w.Result()
}

// post sends a query as it should be sent.
func post(s http.Handler, target, body string) *http.Response {
	return call(s, http.MethodPost, target, body, "Content-Type: application/json", "X-Request-Id: test")
}

func bodyOf(t testing.TB, r *http.Response) string {
	t.Helper()
	defer func() { _ = r.Body.Close() }()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// noRows is a store's answer without a row.
func noRows(context.Context, int) (*engine.Batch, error) { return nil, io.EOF }
