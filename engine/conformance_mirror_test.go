package engine_test

import (
	"context"
	"io"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/columnar"
	"herbarium/engine/mirror"
	"herbarium/engine/plan"
)

func TestConformanceOfMirrored(t *testing.T) { conformMirrored(t, "") }

func TestConformanceOfMirroredFiles(t *testing.T) { conformMirrored(t, t.TempDir()) }

// conformMirrored asks a mirror in the folder, "" for one in memory, whose copies are whole.
func conformMirrored(t *testing.T, dir string) {
	source := openMongoDB(t)
	store := openMirror(t, source, dir, 1<<30)
	conform(t, mirroredTarget{store, source, true}, equalBytes, skipped(t)...)
	for _, m := range store.MirrorStats().Datasets {
		if m.Filled == 0 || m.Failed+m.Damaged > 0 {
			t.Errorf("%+v", m)
		}
	}
}

// TestConformanceOfFillingMirror lets a copy become whole after a few questions.
func TestConformanceOfFillingMirror(t *testing.T) {
	source := openMongoDB(t)
	slow := &slowSource{Target: source}
	store := openMirror(t, slow, "", 1<<30)
	conform(t, mirroredTarget{store, source, false}, equalBytes, skipped(t)...)
	filled := int64(0)
	for _, m := range store.MirrorStats().Datasets {
		filled += m.Filled
		if m.Failed+m.Damaged > 0 {
			t.Errorf("%+v", m)
		}
	}
	if filled < 10 || slow.runs.Load() < 3*filled {
		t.Errorf("%d copies were made while %d plans ran on the source", filled, slow.runs.Load())
	}
}

// openMirror opens a mirror in the folder, "" for one in memory, with so many bytes.
func openMirror(t *testing.T, source engine.Store, dir string, budget int64) *mirror.Store {
	t.Helper()
	store := mirror.New(source, mirror.Options{Mode: mirror.Auto, Budget: budget, Copies: columnar.CopyOptions{Dir: dir},
		Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	t.Cleanup(func() { _ = store.Close(context.Background()) })
	return store
}

// mirroredTarget is a mirror with what loads its source.
type mirroredTarget struct {
	*mirror.Store
	target engine.Target
	wait   bool // for the copy of what was loaded
}

func (m mirroredTarget) Begin(ctx context.Context, ds *datasets.Dataset, options engine.LoadOptions) (engine.Load, error) {
	load, err := m.target.Begin(ctx, ds, options)
	if err != nil || !m.wait {
		return load, err
	}
	return copiedLoad{load, m.Store, ds}, nil
}

func (m mirroredTarget) Rollback(ctx context.Context, ds *datasets.Dataset, version string) (engine.VersionInfo, error) {
	return m.target.Rollback(ctx, ds, version)
}

// copiedLoad is a load after which a copy is made.
type copiedLoad struct {
	engine.Load
	store *mirror.Store
	ds    *datasets.Dataset
}

func (l copiedLoad) Commit(ctx context.Context) (engine.TableInfo, error) {
	info, err := l.Load.Commit(ctx)
	if err == nil {
		err = l.store.Copy(ctx, l.ds)
	}
	return info, err
}

// slowSource is a source whose rows are copied only when some plans of a table have run.
type slowSource struct {
	engine.Target
	runs atomic.Int64
}

func (s *slowSource) Table(ctx context.Context, ds *datasets.Dataset) (engine.Table, error) {
	return s.slow(s.Target.Table(ctx, ds))
}

func (s *slowSource) TableAt(ctx context.Context, ds *datasets.Dataset, version string) (engine.Table, error) {
	return s.slow(s.Target.TableAt(ctx, ds, version))
}

func (s *slowSource) slow(t engine.Table, err error) (engine.Table, error) {
	if err != nil {
		return nil, err
	}
	return slowTable{t.(mirror.Rows), s}, nil
}

type slowTable struct {
	mirror.Rows
	source *slowSource
}

func (t slowTable) Run(ctx context.Context, p *plan.Plan) (engine.Cursor, error) {
	t.source.runs.Add(1)
	return t.Rows.Run(ctx, p)
}

func (t slowTable) ReadRows(ctx context.Context, readers int, write func(*engine.Batch) error) error {
	for until := t.source.runs.Load() + 2; t.source.runs.Load() < until; {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Millisecond):
		}
	}
	return t.Rows.ReadRows(ctx, readers, write)
}
