package columnar

import (
	"context"
	"strconv"
	"sync/atomic"

	"herbarium/engine/internal/lru"
	"herbarium/engine/plan"
)

// keptOrder is the rows that a condition selects, in an order: a permutation of them. It
// is made when a page deep in the order is asked for, or all of it, and is kept, so that
// the next such page costs as much as the first one. It is safe for concurrent use, and
// does not point to the table.
type keptOrder struct {
	rows     atomic.Pointer[rowNumbers] // nil: not sorted so far
	bytes    int64
	searches atomic.Int64 // for first pages; see maxSearches
	sorting  mutex
}

// keptOrderKey is the key of a kept order in its cache.
type keptOrderKey struct {
	table     uint64
	condition string
	order     string
}

// keptOrderBytes is the memory for kept orders of all tables: a row takes four bytes.
// An order that is larger is sorted again for each page.
const keptOrderBytes = 256 << 20

// maxSearches is after how many searches for first pages, or for pages after a row, all
// rows are sorted: so many take about as long as sorting does.
const maxSearches = 16

type keptOrders = lru.Cache[keptOrderKey, *keptOrder]

func newKeptOrders() *keptOrders {
	return lru.New(keptOrderBytes, func(k keptOrderKey, o *keptOrder) int64 {
		return o.bytes + int64(len(k.condition)+len(k.order)) + 256
	})
}

func orderKey(t *table, p *plan.Plan) keptOrderKey {
	key := keptOrderKey{table: t.id, condition: p.Condition()}
	for _, k := range p.Order {
		sign := "+"
		if k.Descending {
			sign = "-"
		}
		key.order += sign + strconv.Itoa(k.By)
	}
	return key
}

// keptOrder returns what is kept of the plan's order, which may be nothing so far.
func (t *table) keptOrder(key keptOrderKey) *keptOrder {
	if known, ok := t.keptOrders.Get(key); ok {
		return known
	}
	return t.keptOrders.GetOrAdd(key, &keptOrder{sorting: newMutex()})
}

// sorted returns the rows that the index selects, or all where it is nil, in order. The
// first caller sorts them; others wait for it.
func (k *keptOrder) sorted(ctx context.Context, t *table, key keptOrderKey, index *selectionIndex, order *rowOrder) (*rowNumbers, error) {
	if rows := k.rows.Load(); rows != nil {
		return rows, nil
	}
	if err := k.sorting.lock(ctx); err != nil {
		return nil, err
	}
	defer k.sorting.unlock()
	if rows := k.rows.Load(); rows != nil {
		return rows, nil
	}
	rows, err := t.sortRows(ctx, index, order)
	if err != nil {
		return nil, err
	}
	kept := &keptOrder{bytes: rows.bytes()}
	kept.rows.Store(&rows)
	t.keptOrders.Add(key, kept)
	if now, ok := t.keptOrders.Get(key); ok && now == kept {
		k.rows.Store(&rows) // for those who wait
	}
	return &rows, nil
}
