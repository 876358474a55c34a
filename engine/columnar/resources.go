package columnar

import (
	"sync"
	"sync/atomic"

	"herbarium/engine/columnar/internal/kernels"
	"herbarium/engine/memory"
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
	groupCodesCache  *groupCodesCache // nil: tables keep theirs
	maxAggregates    atomic.Int64     // bytes of block aggregates of a table
	lastID           atomic.Uint64    // of a table
	damages          sync.Map         // of *atomic.Uint64, by dataset: how often some was found
	scratches        sync.Pool        // of *scratch
}

func newResources(blockRows, workers, maxDense int) *resources {
	return &resources{
		blockRows:        blockRows,
		workers:          workers,
		maxDense:         maxDense,
		bigGroup:         bigGroup,
		maxRuns:          maxRuns,
		maxGroups:        defaultMaxGroups,
		selectionIndexes: newSelectionIndexes(),
		textMatches:      newTextMatches(),
		keptOrders:       newKeptOrders(),
		bucketCodesCache: newBucketCodesCache(),
	}
}

// The parts of the memory's budget that are kept from one query to the next, at most.
const (
	keptOrdersPart       = 1. / 16
	bucketCodesPart      = 1. / 16
	groupCodesPart       = 1. / 16
	selectionIndexesPart = 1. / 32
	textMatchesPart      = 1. / 64
	aggregatesPart       = 1. / 64 // of each table
)

// limitMemory keeps the caches within the budget's shares.
func (r *resources) limitMemory(b *memory.Budget) {
	if b == nil {
		return
	}
	r.groupCodesCache = newGroupCodesCache()
	b.Share(keptOrdersPart, func(n int64) { r.keptOrders.SetLimit(min(keptOrderBytes, n)) })
	b.Share(bucketCodesPart, func(n int64) { r.bucketCodesCache.SetLimit(min(bucketCodesBytes, n)) })
	b.Share(groupCodesPart, func(n int64) { r.groupCodesCache.SetLimit(n) })
	b.Share(selectionIndexesPart, func(n int64) { r.selectionIndexes.SetLimit(min(selectionIndexBytes, n)) })
	b.Share(textMatchesPart, func(n int64) { r.textMatches.SetLimit(min(textMatchBytes, n)) })
	b.Share(aggregatesPart, r.maxAggregates.Store)
}

// defaultMaxGroups is how many groups a query may make where nothing else is said.
const defaultMaxGroups = 1_000_000

// limitGroups sets how many groups a query may make; 0 leaves it as it is.
func (r *resources) limitGroups(most int) {
	if most > 0 {
		r.maxGroups = most
	}
}

// Damages counts how often rows of the dataset were found to be other ones than when they were
// read before.
func (r *resources) Damages(dataset string) uint64 {
	if n, ok := r.damages.Load(dataset); ok {
		return n.(*atomic.Uint64).Load()
	}
	return 0
}

// damaged counts a damage.
func (r *resources) damaged(dataset string) {
	n, _ := r.damages.LoadOrStore(dataset, new(atomic.Uint64))
	n.(*atomic.Uint64).Add(1)
}

// forget drops what is kept of the tables that are gone.
func (r *resources) forget(gone func(table uint64) bool) {
	r.selectionIndexes.RemoveIf(func(k selectionIndexKey) bool { return gone(k.table) })
	r.textMatches.RemoveIf(func(k textMatchKey) bool { return gone(k.table) })
	r.keptOrders.RemoveIf(func(k keptOrderKey) bool { return gone(k.table) })
	r.bucketCodesCache.RemoveIf(func(k bucketCodesKey) bool { return gone(k.table) })
	if r.groupCodesCache != nil {
		r.groupCodesCache.RemoveIf(func(k groupCodesKey) bool { return gone(k.table) })
	}
}
