package engine

import (
	"context"
	"time"

	"herbarium/datasets"
	"herbarium/engine/plan"
)

// Store holds rows and runs plans. Every store gives the same answer to the
// same plan over the same rows. A store is safe for concurrent use.
type Store interface {
	// Describe names the store for people: its kind and place, never a
	// credential.
	Describe() string
	// Ping reports why the store cannot be reached, or nil.
	Ping(ctx context.Context) error
	// Table returns the current content of the dataset, within a time of the
	// store's own. Its errors are *fault.Error with code NotLoaded or
	// StoreUnavailable, or the context's.
	Table(ctx context.Context, ds *datasets.Dataset) (Table, error)
	// TableAt returns the content of the dataset of that version, which may
	// have been replaced: "" is content that has none. Where it is no longer
	// kept, the error is a *fault.Error with code Gone; else as Table's.
	TableAt(ctx context.Context, ds *datasets.Dataset, version string) (Table, error)
	// Versions returns the versions of the dataset that TableAt finds, as of half a second
	// ago at most, and those that it no longer does. Content that has no version is not
	// among them. Its errors are those of Table.
	Versions(ctx context.Context, ds *datasets.Dataset) (Versions, error)
	// Close lets go of what the store holds open. No call may follow it.
	Close(ctx context.Context) error
}

// Table is one version of one dataset's rows. It does not change: a load that
// publishes a new version makes a new Table.
type Table interface {
	Info() TableInfo
	// Run starts the plan. The context bounds this call alone; each call of
	// the cursor's Next has its own.
	Run(ctx context.Context, p *plan.Plan) (Cursor, error)
	// Count returns how many rows or groups the plan matches, on all pages.
	Count(ctx context.Context, p *plan.Plan) (int64, error)
}

// TableInfo is what is known of a table without reading it.
type TableInfo struct {
	// Version names the content (see Hasher); "" where it is unknown because
	// something other than a load filled the table. What has no version is
	// never cached.
	Version string
	// Rows counts them; negative where the count is not known.
	Rows int64
	// Published is when the version became current; zero where that is not kept.
	Published time.Time
	// Read is when the rows were last known to be current of which the table is a copy, where
	// something other than a load may have changed them since: when their reading began, or
	// until when nothing has changed since; else zero.
	Read time.Time
	// Modified is since when answers of the store have these rows under this descriptor, at the
	// latest; zero where Read is.
	Modified time.Time
	// Place is where plans run, for people: "columnar, in memory" or a
	// collection's name.
	Place string
	// Collection is the MongoDB collection that has the rows, also where plans run on a copy
	// of them; "" where there is none.
	Collection string
	// Unmanaged marks a table that something other than a load filled, so that
	// its values may be of any type (see pipeline.CompileUnmanaged).
	Unmanaged bool
	// OtherFields says that the rows were loaded with other fields than the dataset has, and
	// the store reads of them what it can.
	OtherFields bool
	// OtherTypes says that one of these fields had another type, so that its values are read
	// as those of an Unmanaged table.
	OtherTypes bool
	// Way is how plans are run, where the store has more ways than one; else "". The rows
	// of an answer are the same either way; how they are cut into batches is not.
	Way Way
	// Fault is what was wrong with the rows when some of them were read, as an
	// *fault.Error whose cause is ErrUnreadable; nil while nothing was.
	Fault error
}

// HasAnyTypes reports whether values may be of other types than their fields, so that they
// are read by pipelines for unmanaged tables.
func (i *TableInfo) HasAnyTypes() bool { return i.Unmanaged || i.OtherTypes }

// Cursor streams an answer. It is used by one goroutine at a time.
type Cursor interface {
	// Next returns the next rows, at least one, or io.EOF after the last. The
	// batch is valid until the next call of Next or Close.
	Next(ctx context.Context) (*Batch, error)
	// PageEnd returns where the page ends. It is called after the first Next, for
	// plans with a Limit.
	PageEnd(ctx context.Context) (PageEnd, error)
	Close() error
}

// Scrubbed is a store that reads again, from time to time, the rows that it has read.
type Scrubbed interface {
	Store
	// Damages counts how often rows of the dataset were found to be other ones than before. What
	// was made of its rows before the last time may be wrong.
	Damages(dataset string) uint64
}

// Target is a store that loads can fill.
//
// What becomes current replaces a version, which stays readable as long as its Keep says,
// but not less than the store's own time for replaced versions. Content that is published
// again stays what it is: it has the label of the newest publication that gave one, and is
// kept as long as any of its publications said.
type Target interface {
	Store
	// Begin starts a load that replaces the dataset's rows. Nothing of it is
	// seen by readers before Commit. It fails with code LoadRunning where
	// another load of the dataset, or a rollback, is under way.
	Begin(ctx context.Context, ds *datasets.Dataset, options LoadOptions) (Load, error)
	// Rollback makes a kept version the current one, with its label and its Keep, as a
	// load would that published it again. After an error nothing has changed. Its codes are
	// LoadRunning; Gone where the version is not kept, or has other fields than the
	// dataset; AlreadyCurrent.
	Rollback(ctx context.Context, ds *datasets.Dataset, version string) (VersionInfo, error)
}

// Load is one load under way. It is used by one goroutine at a time.
type Load interface {
	// Write adds rows, in load order. The batch's columns are the dataset's
	// fields, in descriptor order. The batch is the caller's again on return.
	Write(ctx context.Context, batch *Batch) error
	// Commit publishes what was written, whole, and returns what is now
	// current. After an error nothing is published.
	Commit(ctx context.Context) (TableInfo, error)
	// Abort lets go of everything that was written. It does nothing after
	// Commit, so that it can be deferred.
	Abort(ctx context.Context) error
}
