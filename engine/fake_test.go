package engine

import (
	"context"
	"io"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"herbarium/datasets"
	"herbarium/engine/fault"
	"herbarium/engine/plan"
	"herbarium/engine/query"
)

// embedded reads the datasets that ship once for all tests: it takes most of their time.
var embedded = sync.OnceValues(func() (*datasets.Snapshot, error) { return datasets.Embedded() })

// fakeDataset is iris, whose rows no fakeStore has.
func fakeDataset(t testing.TB) *datasets.Dataset {
	t.Helper()
	snapshot, err := embedded()
	if err != nil {
		t.Fatal(err)
	}
	ds, ok := snapshot.Dataset("iris")
	if !ok {
		t.Fatal("iris does not ship")
	}
	return ds
}

// fakeStore answers every plan with batches of one row, each when gate lets
// it; a nil gate lets all pass.
type fakeStore struct {
	version string
	batches int
	rows    int64 // what is known of their number; 0: nothing
	gate    chan struct{}
	failAt  int   // the batch that fails, from 1; 0: none
	err     error // what it fails with
	runs    atomic.Int64
	open    atomic.Int64 // cursors that are not closed yet
}

func (s *fakeStore) Describe() string            { return "fake" }
func (s *fakeStore) Ping(context.Context) error  { return nil }
func (s *fakeStore) Close(context.Context) error { return nil }
func (s *fakeStore) Table(context.Context, *datasets.Dataset) (Table, error) {
	return fakeTable{s}, nil
}

func (s *fakeStore) TableAt(ctx context.Context, ds *datasets.Dataset, version string) (Table, error) {
	if version != s.version {
		return nil, &fault.Error{Code: fault.Gone}
	}
	return s.Table(ctx, ds)
}

func (s *fakeStore) Versions(context.Context, *datasets.Dataset) (Versions, error) {
	return Versions{Kept: []VersionInfo{{Version: s.version, Rows: s.rows, Current: true}}}, nil
}

type fakeTable struct{ store *fakeStore }

func (t fakeTable) Info() TableInfo {
	info := TableInfo{Version: t.store.version, Rows: t.store.rows, Place: "fake table"}
	if info.Rows == 0 {
		info.Rows = -1
	}
	return info
}

func (t fakeTable) Run(ctx context.Context, _ *plan.Plan) (Cursor, error) {
	t.store.runs.Add(1)
	t.store.open.Add(1)
	return &fakeCursor{store: t.store}, nil
}

func (t fakeTable) Count(context.Context, *plan.Plan) (int64, error) {
	return int64(t.store.batches), nil
}

type fakeCursor struct {
	store *fakeStore
	at    int
	once  sync.Once
}

func (c *fakeCursor) Next(ctx context.Context) (*Batch, error) {
	if c.store.gate != nil {
		select {
		case <-c.store.gate:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	c.at++
	if c.at == c.store.failAt {
		return nil, c.store.err
	}
	if c.at > c.store.batches {
		return nil, io.EOF
	}
	return &Batch{Rows: c.at}, nil
}

// Edge says that a page has as many rows as it may, and more follow.
func (c *fakeCursor) PageEnd(context.Context) (PageEnd, error) {
	return PageEnd{More: true, Last: plan.RowPosition(41), Total: -1}, nil
}

func (c *fakeCursor) Close() error {
	c.once.Do(func() { c.store.open.Add(-1) })
	return nil
}

// fakeFormat writes the number of each batch's rows, padded to width bytes.
func fakeFormat(width int) Format {
	return Format{Name: "fake" + strconv.Itoa(width), New: func(*plan.Plan) Encoder { return fakeEncoder(width) }}
}

type fakeEncoder int

func (fakeEncoder) Begin(dst []byte) []byte { return append(dst, '<') }
func (fakeEncoder) End(dst []byte) []byte   { return append(dst, '>') }
func (fakeEncoder) Err() error              { return nil }
func (e fakeEncoder) Append(dst []byte, b *Batch) []byte {
	text := strconv.Itoa(b.Rows)
	for n := len(text); n < int(e); n++ {
		dst = append(dst, '.')
	}
	return append(dst, text...)
}

func parseFake(t testing.TB, body string) *query.Query {
	t.Helper()
	q, err := query.Parse(fakeDataset(t), datasets.Range, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// readAll returns the whole answer and closes it.
func readAll(t testing.TB, a *Answer) string {
	t.Helper()
	var all []byte
	for {
		chunk, err := a.Next(context.Background())
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, chunk...)
	}
	if err := a.Close(); err != nil {
		t.Error(err)
	}
	return string(all)
}
