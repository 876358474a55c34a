package loaders

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"herbarium/datasets"
	"herbarium/engine"
)

// Options are what a load may be told. The zero value is fine.
type Options struct {
	// MaxFaults is how many faults a DataError lists; 0 means 20.
	MaxFaults int
}

// Summary says what a load did, or what it would have done.
type Summary struct {
	Dataset string        `json:"dataset"`
	Rows    int64         `json:"rows"`
	Bytes   int64         `json:"bytes"` // read, as they stand in the files
	Version string        `json:"version"`
	Place   string        `json:"place,omitempty"` // where the rows are; "" after Check
	Time    time.Duration `json:"-"`
}

// abortTime bounds the cleaning up after a load that failed or was canceled.
const abortTime = 10 * time.Second

// Load replaces the dataset's rows by those of the sources, in their order; no
// source means the dataset's own data. Where any row breaks the descriptor it
// returns a *DataError, and where nothing can be read ErrNoData or the
// system's error; either way nothing is published.
func Load(ctx context.Context, target engine.Target, ds *datasets.Dataset, sources []Source, options Options) (Summary, error) {
	start := time.Now()
	sources, err := orOwn(ds, sources)
	if err != nil {
		return Summary{}, err
	}
	load, err := target.Begin(ctx, ds)
	if err != nil {
		return Summary{}, fmt.Errorf("load %s: %w", ds.Name, err)
	}
	summary, info, err := fill(ctx, load, ds, sources, options)
	if err != nil {
		// Cleaning up must work also where the caller has left.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), abortTime)
		defer cancel()
		return Summary{}, errors.Join(err, wrap(ds, "clean up", load.Abort(ctx)))
	}
	summary.Version, summary.Place, summary.Time = info.Version, info.Place, time.Since(start)
	return summary, nil
}

func fill(ctx context.Context, load engine.Load, ds *datasets.Dataset, sources []Source, options Options) (Summary, engine.TableInfo, error) {
	summary, err := read(ctx, ds, sources, options, load.Write)
	if err != nil {
		return summary, engine.TableInfo{}, err
	}
	info, err := load.Commit(ctx)
	return summary, info, wrap(ds, "publish", err)
}

// Check reads and checks as Load does, and writes nothing. The summary's
// version is the one that a load would publish.
func Check(ctx context.Context, ds *datasets.Dataset, sources []Source, options Options) (Summary, error) {
	start := time.Now()
	sources, err := orOwn(ds, sources)
	if err != nil {
		return Summary{}, err
	}
	hasher := engine.NewHasher(ds)
	summary, err := read(ctx, ds, sources, options, func(_ context.Context, b *engine.Batch) error {
		hasher.Write(b)
		return nil
	})
	if err != nil {
		return Summary{}, err
	}
	summary.Version, summary.Time = hasher.Version(), time.Since(start)
	return summary, nil
}

func orOwn(ds *datasets.Dataset, sources []Source) ([]Source, error) {
	if len(sources) > 0 {
		return sources, nil
	}
	own, err := Own(ds)
	return []Source{own}, err
}

// read hands the rows of all sources to write, batch by batch.
func read(ctx context.Context, ds *datasets.Dataset, sources []Source, options Options, write func(context.Context, *engine.Batch) error) (Summary, error) {
	if options.MaxFaults == 0 {
		options.MaxFaults = 20
	}
	rows := newRows(ds, options.MaxFaults, write)
	summary := Summary{Dataset: ds.Name}
	for _, s := range sources {
		n, err := readSource(ctx, s, rows)
		if err != nil {
			return summary, wrap(ds, "load", err)
		}
		summary.Bytes += n
	}
	if err := rows.flush(ctx); err != nil {
		return summary, wrap(ds, "load", err)
	}
	if f := rows.faults; f.total > 0 {
		return summary, &DataError{Dataset: ds.Name, Faults: f.first, Total: f.total}
	}
	summary.Rows = rows.total
	return summary, nil
}

// readSource reads one source and returns how many bytes it had.
func readSource(ctx context.Context, source Source, rows *rows) (n int64, err error) {
	rows.source(source.Name)
	file, err := source.Open()
	if err != nil {
		return 0, fmt.Errorf("open %s: %w", source.Name, err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	counted := &counter{in: file}
	text, err := plain(counted)
	if damaged(err) {
		rows.fault(1, 1, "", "the compressed data is damaged: "+err.Error())
		return counted.n, nil
	}
	if err == nil {
		err = readCSV(ctx, text, rows)
	}
	if err != nil {
		return counted.n, fmt.Errorf("read %s: %w", source.Name, err)
	}
	return counted.n, nil
}

// counter counts the bytes that are read through it.
type counter struct {
	in io.Reader
	n  int64
}

// Read reads from the reader behind it.
func (c *counter) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	c.n += int64(n)
	return n, err
}

func wrap(ds *datasets.Dataset, doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s %s: %w", doing, ds.Name, err)
}
