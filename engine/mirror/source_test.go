package mirror

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/columnar"
	"herbarium/engine/pipeline"
	"herbarium/engine/plan"
	"herbarium/engine/query"
	"herbarium/loaders"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// source is a store whose rows can be read as a whole. Tests say how that goes.
type source struct {
	*columnar.Store
	runs  atomic.Int64 // plans and counts
	reads atomic.Int64 // readings of all rows
	// otherFields says that the rows have other fields than their dataset.
	otherFields atomic.Bool

	mu sync.Mutex
	// hold, if it is set, is called before each batch of a reading.
	hold func(ctx context.Context) error
	// spoil, if it is set, may change a batch of a reading.
	spoil func(*engine.Batch)
}

func newSource() *source {
	return &source{Store: columnar.NewStore(columnar.Options{Keep: time.Hour})}
}

func (s *source) set(hold func(context.Context) error, spoil func(*engine.Batch)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hold, s.spoil = hold, spoil
}

func (s *source) Table(ctx context.Context, ds *datasets.Dataset) (engine.Table, error) {
	t, err := s.Store.Table(ctx, ds)
	return s.readable(ds, t, err)
}

func (s *source) TableAt(ctx context.Context, ds *datasets.Dataset, version string) (engine.Table, error) {
	t, err := s.Store.TableAt(ctx, ds, version)
	return s.readable(ds, t, err)
}

func (s *source) readable(ds *datasets.Dataset, t engine.Table, err error) (engine.Table, error) {
	if err != nil {
		return nil, err
	}
	return readable{t, s, ds}, nil
}

// readable is a table that can be read as a whole.
type readable struct {
	engine.Table
	source *source
	ds     *datasets.Dataset
}

func (t readable) Info() engine.TableInfo {
	info := t.Table.Info()
	info.OtherFields = t.source.otherFields.Load()
	return info
}

func (t readable) Run(ctx context.Context, p *plan.Plan) (engine.Cursor, error) {
	t.source.runs.Add(1)
	return t.Table.Run(ctx, p)
}

func (t readable) Count(ctx context.Context, p *plan.Plan) (int64, error) {
	t.source.runs.Add(1)
	return t.Table.Count(ctx, p)
}

func (t readable) Explain(p *plan.Plan) []pipeline.Pipeline {
	return []pipeline.Pipeline{pipeline.Compile(p)}
}

func (t readable) ReadRows(ctx context.Context, _ int, write func(*engine.Batch) error) error {
	t.source.reads.Add(1)
	q, err := query.Parse(t.ds, datasets.Range, nil)
	if err != nil {
		return err
	}
	p, err := q.Plan()
	if err != nil {
		return err
	}
	cursor, err := t.Table.Run(ctx, p)
	if err != nil {
		return err
	}
	for {
		b, err := cursor.Next(ctx)
		if err == io.EOF {
			return cursor.Close()
		}
		if err == nil {
			t.source.mu.Lock()
			hold, spoil := t.source.hold, t.source.spoil
			t.source.mu.Unlock()
			if hold != nil {
				err = hold(ctx)
			}
			if spoil != nil && err == nil {
				spoil(b)
			}
		}
		if err == nil {
			err = write(b)
		}
		if err != nil {
			return errors.Join(err, cursor.Close())
		}
	}
}

// quick are times that tests can wait for.
func quick() times {
	return times{look: time.Millisecond, follow: 2 * time.Millisecond, retire: 2 * time.Millisecond, idle: time.Hour, recent: time.Hour, scrub: time.Hour, retry: time.Millisecond}
}

// opened is a mirror over a source, with an engine over it.
type opened struct {
	*Store
	source *source
	engine *engine.Engine
	log    *strings.Builder
	logMu  *sync.Mutex
}

type lockedWriter struct {
	mu *sync.Mutex
	to *strings.Builder
}

func (w lockedWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.to.Write(p)
}

func (o *opened) logged() string {
	o.logMu.Lock()
	defer o.logMu.Unlock()
	return o.log.String()
}

// open opens a mirror of what the source has of the datasets; "" for a mirror in memory.
func open(t *testing.T, s *source, dir string, mode Mode, budget int64, q times, served ...*datasets.Dataset) *opened {
	t.Helper()
	o := &opened{source: s, log: &strings.Builder{}, logMu: &sync.Mutex{}}
	o.Store = newStore(shared{s}, Options{Mode: mode, Budget: budget, Copies: columnar.CopyOptions{Dir: dir},
		Logger: slog.New(slog.NewTextHandler(lockedWriter{o.logMu, o.log}, nil))}, q)
	o.engine = engine.New(o.Store, engine.Options{})
	o.Follow(datasets.NewSnapshot(served...))
	t.Cleanup(func() {
		o.engine.Close()
		if err := o.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return o
}

// shared is a source that outlives its mirror.
type shared struct{ *source }

func (shared) Close(context.Context) error { return nil }

// numbers is a dataset of numbers, and texts of them.
func numbers(t testing.TB, name string) *datasets.Dataset {
	t.Helper()
	ds, err := datasets.Parse(name+".yaml", []byte("dataset: "+name+"\nfields: {n: {type: integer}, half: {type: number}, text: {type: string}, kind: {type: string, enum: [even, odd]}}\nstats: {group_by: kind}\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	return ds
}

// load loads the numbers from first on into the source, and returns their version.
func load(t testing.TB, s engine.Target, ds *datasets.Dataset, first, rows int) string {
	t.Helper()
	return loadAs(t, s, ds, "n", first, rows)
}

// loadAs is load with another name of the first column.
func loadAs(t testing.TB, s engine.Target, ds *datasets.Dataset, column string, first, rows int) string {
	t.Helper()
	var csv strings.Builder
	csv.WriteString(column + ",half,text,kind\n")
	for i := first; i < first+rows; i++ {
		fmt.Fprintf(&csv, "%d,%v,number %d,%s\n", i, float64(i)/2, i, [2]string{"even", "odd"}[i%2])
	}
	summary, err := loaders.Load(context.Background(), s, ds, []loaders.Source{{Name: "numbers.csv", Open: func() (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(csv.String())), nil
	}}}, loaders.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return summary.Version
}

// state returns the state of the copy of a version.
func (o *opened) state(ds *datasets.Dataset, version string) engine.CopyStats {
	for _, m := range o.MirrorStats().Datasets {
		for _, c := range m.Copies {
			if m.Dataset == ds.Name && c.Version == version {
				return c
			}
		}
	}
	return engine.CopyStats{}
}

// await waits until the copy of the version is in that state.
func (o *opened) await(t testing.TB, ds *datasets.Dataset, version, state string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); o.state(ds, version).State != state; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("the copy of %s, version %s, is %+v, and not %s; log:\n%s", ds.Name, version, o.state(ds, version), state, o.logged())
		}
	}
}

// ask returns the sum of n of all rows, their number, and the way that the answer took.
func (o *opened) ask(t testing.TB, ds *datasets.Dataset, body string) (sum int64, rows int, way engine.Way) {
	t.Helper()
	q, err := query.Parse(ds, datasets.Range, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	info, err := o.engine.Table(context.Background(), ds)
	if err != nil {
		t.Fatal(err)
	}
	for row, err := range o.engine.Rows(context.Background(), q) {
		if err != nil {
			t.Fatal(err)
		}
		rows++
		sum += row.Value("n").(int64)
	}
	return sum, rows, info.Way
}
