package loaders

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/loaders/source"
)

// Options change how a load is done. The zero value is ready to use.
type Options struct {
	// MaxFaults is how many faults a DataError lists; 0 means 20.
	MaxFaults int
	// Skip leaves out rows that have faults, and loads the others. A fault of a
	// source as a whole, such as its header, still ends the load.
	Skip bool
	// Rejects, if not nil, receives each row that Skip leaves out as a line of
	// JSON: {"file", "row", "faults": [Fault …], "values"}.
	Rejects io.Writer
	// Mode says what happens to the rows that the dataset already has.
	Mode Mode
	// Format is the sources' format; "" means the one that their first bytes
	// show.
	Format Format
	// Delimiter separates the values of a CSV; "" means the descriptor's, or the
	// one that its header shows.
	Delimiter string
	// Rows is the JSON pointer to the rows of a JSON document; "" means the
	// descriptor's.
	Rows string
	// Sheet is the name of the sheet of a workbook, or its place from 1; "" means the
	// descriptor's, or the first.
	Sheet string
	// Progress, if not nil, counts what is read.
	Progress *Progress
	// Version is what the load says of the version that it publishes.
	Version engine.LoadOptions

	limits source.Limits
}

// defaultFaults is how many faults a DataError lists by default.
const defaultFaults = 20

// withDefaults returns the options with the defaults in place of zero values.
func (o Options) withDefaults(ds *datasets.Dataset) *Options {
	if o.MaxFaults == 0 {
		o.MaxFaults = defaultFaults
	}
	if o.Rows == "" {
		o.Rows = ds.Rows
	}
	if o.limits == (source.Limits{}) {
		o.limits = source.DefaultLimits()
	}
	return &o
}

// Summary says what a load did, or what it would have done.
type Summary struct {
	Dataset string `json:"dataset"`
	// Rows counts the rows that the dataset has after the load. After Check,
	// which uses no store, it counts only those of the sources.
	Rows int64 `json:"rows"`
	// Read counts the rows of the sources, and Rejected those of them that were
	// left out because of their faults.
	Read     int64 `json:"read"`
	Rejected int64 `json:"rejected"`
	// Replaced counts the stored rows that an upsert replaced, and Repeated the
	// rows of the sources that a later one with the same key replaced.
	Replaced int64  `json:"replaced"`
	Repeated int64  `json:"repeated"`
	Bytes    int64  `json:"bytes"` // read, as they stand in the files
	Version  string `json:"version"`
	Place    string `json:"place,omitempty"` // where the rows are; "" after Check and DryRun
	// Unread names the columns of JSON sources that no field reads, and
	// Absent the columns that no row of a JSON source has.
	Unread []string `json:"unread,omitempty"`
	Absent []string `json:"absent,omitempty"`
	// Loose counts the rows of CSV sources whose quotes RFC 4180 does not allow,
	// and which were read nevertheless; LooseAt is the file and line of the first.
	Loose   int64         `json:"loosely_quoted,omitempty"`
	LooseAt string        `json:"loosely_quoted_at,omitempty"`
	Time    time.Duration `json:"-"`
}

// abortTime limits the cleanup after a load that failed or was canceled.
const abortTime = 10 * time.Second

// Target is a store that Load can fill; every engine.Target is one.
type Target interface {
	engine.Store
	Begin(ctx context.Context, ds *datasets.Dataset, options engine.LoadOptions) (engine.Load, error)
}

// Load fills the dataset with the rows of the sources, in their order; no
// source means the dataset's own data. If a row breaks the descriptor it returns
// a *DataError; if nothing can be read, ErrNoData or the system's error. In both
// cases nothing is published, and the summary counts what was read.
func Load(ctx context.Context, target Target, ds *datasets.Dataset, sources []Source, options Options) (Summary, error) {
	start := time.Now()
	sources, err := sourcesOrOwn(ds, sources)
	if err != nil {
		return Summary{}, err
	}
	load, err := target.Begin(ctx, ds, options.Version)
	if err != nil {
		return Summary{}, fmt.Errorf("load %s: %w", ds.Name, err)
	}
	summary, info, err := fill(ctx, target, load, ds, sources, options.withDefaults(ds))
	summary.Time = time.Since(start)
	if err != nil {
		// The cleanup must also work after the caller has canceled.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), abortTime)
		defer cancel()
		return summary, errors.Join(err, wrap(ds, "clean up", load.Abort(ctx)))
	}
	summary.Rows, summary.Version, summary.Place = info.Rows, info.Version, info.Place
	return summary, nil
}

func fill(ctx context.Context, store engine.Store, load engine.Load, ds *datasets.Dataset, sources []Source, options *Options) (Summary, engine.TableInfo, error) {
	in := newIngest(ds, options)
	end, err := in.begin(ctx, store, load)
	if err == nil {
		err = in.read(ctx, sources)
	}
	if err == nil {
		err = wrap(ds, "load", end(ctx))
	}
	if err != nil {
		return in.summary, engine.TableInfo{}, err
	}
	info, err := load.Commit(ctx)
	return in.summary, info, wrap(ds, "publish", err)
}

func sourcesOrOwn(ds *datasets.Dataset, sources []Source) ([]Source, error) {
	if len(sources) > 0 {
		return sources, nil
	}
	return Own(ds)
}

func wrap(ds *datasets.Dataset, doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s %s: %w", doing, ds.Name, err)
}
