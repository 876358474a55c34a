package columnar

import (
	"cmp"
	"context"
	"math"
	"slices"
	"sync/atomic"

	"herbarium/engine"
	"herbarium/engine/columnar/internal/bitmap"
)

// The first rows of an order are found without sorting the others. Each core keeps the
// best rows that it has met, and once these are as many as are asked for, the last of them
// is a threshold for all others. The threshold is a condition on the first field of the
// order, and is treated as one: zone maps skip blocks by it, and kernels clear the bits of
// rows beyond it, before the plan's own conditions read their columns. Blocks are
// looked at in the order of their best values, so that most of them are skipped where
// values go with the load order.

// topRows is a search under way.
type topRows struct {
	table  *table
	where  *filter
	index  *selectionIndex // what is known of where; nil for all rows
	order  *rowOrder
	bound  *orderBound // rows have to come after it; nil: all do
	wanted int
	// threshold is the least of all cores' thresholds: the first word of a row that has
	// at least as many rows before it as are wanted, or is the last of these.
	threshold atomic.Uint64
}

// topRows returns the first rows of the order that satisfy the filter and come after the
// bound, as many as are wanted.
func (t *table) topRows(ctx context.Context, where *filter, index *selectionIndex, order *rowOrder, bound *orderBound, wanted int) ([]int64, error) {
	s := &topRows{table: t, where: where, index: index, order: order, bound: bound, wanted: wanted}
	s.threshold.Store(math.MaxUint64)
	blocks := s.blocks()
	workers := make([]*topWorker, t.workersFor(len(blocks)))
	for i := range workers {
		workers[i] = s.newWorker()
	}
	err := t.parallel(ctx, 0, len(blocks), len(workers), func(worker, at int) { workers[worker].add(blocks[at].number, blocks[at].best) })
	if err != nil {
		return nil, err
	}
	var found []sortItem
	for _, w := range workers {
		found = append(found, w.items...)
		engine.Scanned(ctx, w.selected.looked)
	}
	workers[0].items = found
	workers[0].shrink()
	rows := make([]int64, len(workers[0].items))
	for i, item := range workers[0].items {
		rows[i] = item.row
	}
	return rows, nil
}

// topBlock is a block with the least first code that its rows can have.
type topBlock struct {
	number int
	best   uint64
}

// blocks returns the blocks that zone maps do not exclude, the best first.
func (s *topRows) blocks() []topBlock {
	t := s.table
	var blocks []topBlock
	after := s.order.firstCodes(s.lowest(), math.MaxUint64)
	rowGroups := t.rowGroups()
	for i := range rowGroups {
		if s.where.prune(&rowGroups[i]) == noRow || after.prune(&rowGroups[i]) == noRow {
			continue
		}
		first, end := t.rowGroup(i)
		for b := first; b < end; b++ {
			if s.where.prune(&t.blocks[b]) != noRow && after.prune(&t.blocks[b]) != noRow {
				blocks = append(blocks, topBlock{b, s.order.best(&t.blocks[b])})
			}
		}
	}
	slices.SortStableFunc(blocks, func(a, b topBlock) int { return cmp.Compare(a.best, b.best) })
	return blocks
}

// lowest returns the least first code of rows after the bound.
func (s *topRows) lowest() uint64 {
	if s.bound == nil {
		return 0
	}
	return s.bound.codes[0]
}

// topWorker is one core's share of a search.
type topWorker struct {
	*topRows
	*keyScratch
	items  []sortItem // in no order; the first wanted ones in order after shrink
	last   sortItem   // of the wanted ones; words are at most this one's
	full   bool       // last is set
	high   uint64     // the first code for which within was made
	within *filter    // on the first codes
}

func (s *topRows) newWorker() *topWorker {
	w := &topWorker{topRows: s, keyScratch: s.table.newKeyScratch(), high: math.MaxUint64}
	w.within = s.order.firstCodes(s.lowest(), w.high)
	return w
}

// add adds the rows of a block, of which the best has that first code.
func (w *topWorker) add(number int, best uint64) {
	b := &w.table.blocks[number]
	threshold := w.threshold.Load()
	high := w.order.firstCode(threshold)
	if best > high {
		return
	}
	first := int64(number) * int64(w.table.blockRows)
	if w.full && len(w.order.words) == 1 && len(w.order.parts) == 1 && best == w.order.firstCode(w.last.word) && first > w.last.row {
		return // all rows have equals that come before them
	}
	if high < w.high {
		w.high, w.within = high, w.order.firstCodes(w.lowest(), high)
	}
	if !w.selectRows(number) {
		return
	}
	w.words = w.words[:len(w.rows)]
	w.order.touch(b)
	w.order.firstWords(b, w.rows, w.words)
	for i, word := range w.words {
		if word > threshold {
			continue
		}
		item := sortItem{word, first + int64(w.rows[i])}
		if w.full && word == w.last.word && w.compare(item, w.last) > 0 || w.bound != nil && !w.order.after(w.bound, item.row) {
			continue
		}
		w.items = append(w.items, item)
		if len(w.items) >= 2*w.wanted+minTopItems {
			w.shrink()
			threshold = min(threshold, w.threshold.Load())
		}
	}
	if !w.full && len(w.items) >= w.wanted {
		w.shrink()
	}
}

// minTopItems is how many rows are gathered, beside twice those wanted, before they are
// sorted.
const minTopItems = 256

// selectRows sets rows to the block's rows that satisfy the conditions and can be among
// the wanted ones, and reports whether there are any.
func (w *topWorker) selectRows(number int) bool {
	b, s := &w.table.blocks[number], w.selected
	s.bitmap = s.bitmap[:bitmap.Words(b.rows)]
	verdict := w.within.prune(b)
	if verdict == noRow {
		return false
	}
	bitmap.SetFirst(s.bitmap, b.rows)
	var known *blockSelection
	if w.index != nil {
		known = w.index.blocks[number].Load()
	}
	if known != nil {
		if known.rows == 0 {
			return false
		}
		copy(s.bitmap, known.bitmap) // nil where all rows are selected
	}
	if verdict == someRows {
		w.within.refine(b, number, s.bitmap, s, 0)
	}
	if known == nil {
		switch w.where.prune(b) {
		case noRow:
			return false
		case someRows:
			if bitmap.Count(s.bitmap) == 0 {
				return false
			}
			w.where.refine(b, number, s.bitmap, s, 0)
		}
	}
	s.looked += int64(b.rows)
	w.rows = bitmap.AppendRows(slices.Grow(w.rows[:0], b.rows), s.bitmap)
	return len(w.rows) > 0
}

// compare compares two rows by the whole order.
func (w *topWorker) compare(a, b sortItem) int {
	if a.word != b.word {
		return cmp.Compare(a.word, b.word)
	}
	return w.order.compare(a.row, b.row)
}

// shrink drops all but the wanted rows, and sorts these.
func (w *topWorker) shrink() {
	slices.SortFunc(w.items, w.compare)
	if len(w.items) < w.wanted {
		return
	}
	w.items = w.items[:w.wanted]
	w.last, w.full = w.items[w.wanted-1], true
	for {
		known := w.threshold.Load()
		if w.last.word >= known || w.threshold.CompareAndSwap(known, w.last.word) {
			return
		}
	}
}
