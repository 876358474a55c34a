package engine

import (
	"context"
	"time"
)

// Changes watches the rows of a table that something other than a load fills. It is used by
// one goroutine at a time.
type Changes interface {
	// Began returns when the watching began: ReadRows finds every change before that, and
	// Next tells of every later one.
	Began() time.Time
	// ReadRows reads all rows, of no earlier state than that of which the watching began, and
	// hands them to write in batches, which need not be kept.
	ReadRows(ctx context.Context, readers int, write func(*Batch) error) error
	// Next waits for a change, for about a second. It reports whether there was one since the
	// watching began, and if not, until when there was none. After a change, or an error,
	// nothing more is known.
	Next(ctx context.Context) (until time.Time, changed bool, err error)
	// Close ends the watching.
	Close()
}
