package engine

import (
	"context"

	"herbarium/datasets"
)

// sizer is a Table that knows how much room its rows take.
type sizer interface {
	// Bytes returns the bytes that the rows take in the store, with what the store keeps
	// beside them to find them.
	Bytes(ctx context.Context) (int64, error)
}

// Bytes returns how many bytes the dataset's rows take in the store: of memory, of files,
// or of the collection with its indexes on MongoDB's disks. It is negative where the store
// does not know, and for a view that hides something. The error is that of Table.
func (e *Engine) Bytes(ctx context.Context, ds *datasets.Dataset) (int64, error) {
	table, err := e.tableOf(ctx, ds)
	if err != nil {
		return -1, failure(err)
	}
	s, ok := table.(sizer)
	if !ok {
		return -1, nil
	}
	n, err := s.Bytes(ctx)
	if err != nil {
		return -1, failure(err)
	}
	return n, nil
}
