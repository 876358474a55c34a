package loaders

import (
	"context"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/fault"
)

// Check reads and checks as Load does, and writes nothing. It asks no store: the
// dataset counts as one that was never loaded. The summary's version is the one
// that a load in the mode Replace would publish.
func Check(ctx context.Context, ds *datasets.Dataset, sources []Source, options Options) (Summary, error) {
	summary, err := DryRun(ctx, emptyStore{}, ds, sources, options)
	if options.Mode != Replace {
		summary.Version = ""
	}
	return summary, err
}

// DryRun does what Load does, and writes nothing: it reads the rows of the store
// that the mode needs. The summary is the one that Load would return now, without
// the place. Other loads may begin meanwhile.
func DryRun(ctx context.Context, store engine.Store, ds *datasets.Dataset, sources []Source, options Options) (Summary, error) {
	return Load(ctx, dryRun{store}, ds, sources, options)
}

// dryRun is a target that keeps nothing.
type dryRun struct{ engine.Store }

// Begin returns a load that finds out what it would publish.
func (dryRun) Begin(_ context.Context, ds *datasets.Dataset, _ engine.LoadOptions) (engine.Load, error) {
	return &dryLoad{hasher: engine.NewHasher(ds)}, nil
}

type dryLoad struct {
	hasher *engine.Hasher
	rows   int64
}

func (l *dryLoad) Write(_ context.Context, b *engine.Batch) error {
	l.rows += int64(b.Rows)
	l.hasher.Write(b)
	return nil
}

func (l *dryLoad) Commit(context.Context) (engine.TableInfo, error) {
	return engine.TableInfo{Rows: l.rows, Version: l.hasher.Version()}, nil
}

func (l *dryLoad) Abort(context.Context) error { return nil }

// emptyStore has rows of no dataset.
type emptyStore struct{ engine.Store }

// Table returns an error with code NotLoaded.
func (emptyStore) Table(context.Context, *datasets.Dataset) (engine.Table, error) {
	return nil, &fault.Error{Code: fault.NotLoaded}
}
