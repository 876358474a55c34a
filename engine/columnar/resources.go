package columnar

import (
	"sync/atomic"

	"herbarium/engine/columnar/internal/kernels"
)

// Kernels names the kernels that work on columns here: avx512, avx2 or
// portable, by what the CPU has.
func Kernels() string { return kernels.Active().Name }

// resources are what all tables of a store share.
type resources struct {
	blockRows int // at most 1<<16
	workers   int // cores that share one query
	maxDense  int // see the constant
	maxRuns   int // see the constant
	maxGroups int // of a query
	bigGroup  int // see the constant

	selectionIndexes *selectionIndexes
	textMatches      *textMatches
	keptOrders       *keptOrders
	bucketCodesCache *bucketCodesCache
	lastID           atomic.Uint64 // of a table
}

func newResources(blockRows, workers, maxDense int) *resources {
	return &resources{
		blockRows:        blockRows,
		workers:          workers,
		maxDense:         maxDense,
		maxRuns:          maxRuns,
		maxGroups:        defaultMaxGroups,
		selectionIndexes: newSelectionIndexes(),
		textMatches:      newTextMatches(),
		keptOrders:       newKeptOrders(),
		bucketCodesCache: newBucketCodesCache(),
	}
}

// defaultMaxGroups is how many groups a query may make where nothing else is said.
const defaultMaxGroups = 1_000_000

// limitGroups sets how many groups a query may make; 0 leaves it as it is.
func (r *resources) limitGroups(most int) {
	if most > 0 {
		r.maxGroups = most
	}
}

// forget drops what is kept of the tables that are gone.
func (r *resources) forget(gone func(table uint64) bool) {
	r.selectionIndexes.RemoveIf(func(k selectionIndexKey) bool { return gone(k.table) })
	r.textMatches.RemoveIf(func(k textMatchKey) bool { return gone(k.table) })
	r.keptOrders.RemoveIf(func(k keptOrderKey) bool { return gone(k.table) })
	r.bucketCodesCache.RemoveIf(func(k bucketCodesKey) bool { return gone(k.table) })
}
