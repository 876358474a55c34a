package columnar

import "sync/atomic"

// resources are what all tables of a store share.
type resources struct {
	blockRows int // at most 1<<16
	workers   int // cores that share one query
	mostDense int // see the constant

	rankings *rankings
	lastID   atomic.Uint64 // of a table
}

func newResources(blockRows, workers, mostDense int) *resources {
	return &resources{blockRows: blockRows, workers: workers, mostDense: mostDense, rankings: newRankings()}
}
