package columnar

import (
	"context"
	"slices"
	"sort"
	"sync/atomic"

	"herbarium/engine"
	"herbarium/engine/columnar/internal/bitmap"
	"herbarium/engine/internal/lru"
	"herbarium/engine/memory"
	"herbarium/engine/plan"
)

// selectionIndex is a bitmap of the rows of a table that a filter selects, with ranks:
// for each block, which rows are selected and how many selected rows come before it
// (a rank and select directory as in Jacobson, Space-efficient Static Trees and Graphs,
// FOCS 1989, with blocks of rows as its blocks). It is made block by block as it is
// asked for, and is kept from one page to the next, so that a page deep in a result
// costs as much as the first one. It is safe for concurrent use.
//
// It does not point to the table, so that keeping it keeps no rows in memory.
type selectionIndex struct {
	where  *filter
	blocks []atomic.Pointer[blockSelection]
	// before counts the rows of the blocks before each one, the last entry
	// those of all. The first known+1 entries are final.
	before   []int64
	known    atomic.Int64
	counting mutex // of the counting of ranks
}

// blockSelection is the selected rows of one block. It does not change.
type blockSelection struct {
	rows   int
	bitmap []uint64 // nil where none or all are selected
}

// selectionIndexKey is the key of a selection index in its cache.
type selectionIndexKey struct {
	table     uint64
	condition string
}

// selectionIndexBytes is the memory for selection indexes of all tables.
const selectionIndexBytes = 64 << 20

type selectionIndexes = lru.Cache[selectionIndexKey, *selectionIndex]

func newSelectionIndexes() *selectionIndexes {
	return lru.New(selectionIndexBytes, func(k selectionIndexKey, r *selectionIndex) int64 {
		// As if every block had been asked for: what is kept must not grow.
		return indexBytes(len(r.blocks)) + int64(len(k.condition)) + 256
	})
}

// indexBytes is how much memory the index of so many blocks takes at most. Whoever uses one
// takes as much: it may have to leave the cache meanwhile.
func indexBytes(blocks int) int64 { return int64(blocks) * (blockRows/8 + 64) }

// selectionIndex returns the selection index of the plan's conditions, from the cache
// if it is there.
func (t *table) selectionIndex(ctx context.Context, p *plan.Plan) (*selectionIndex, error) {
	key := selectionIndexKey{t.id, p.Condition()}
	if err := memory.Take(ctx, indexBytes(len(t.blocks))); err != nil {
		return nil, err
	}
	if r, ok := t.selectionIndexes.Get(key); ok {
		return r, nil
	}
	where, err := t.filter(ctx, &p.Filter)
	if err != nil {
		return nil, err
	}
	if len(where.conditions)+len(where.any)+len(where.not) > 1 {
		t.keepAlone(ctx, where, p)
	}
	return t.selectionIndexes.GetOrAdd(key, t.newSelectionIndex(where)), nil
}

func (t *table) newSelectionIndex(where *filter) *selectionIndex {
	return &selectionIndex{where: where, blocks: make([]atomic.Pointer[blockSelection], len(t.blocks)),
		before: make([]int64, len(t.blocks)+1), counting: newMutex()}
}

// selection returns the selected rows of a block.
func (r *selectionIndex) selection(b *block, number int, room *selection) *blockSelection {
	if known := r.blocks[number].Load(); known != nil {
		return known
	}
	r.where.selectRows(b, number, room)
	selected := room.kept()
	r.blocks[number].Store(&selected)
	return &selected
}

// kept returns what the selection is of a block, to be kept.
func (s *selection) kept() blockSelection {
	kept := blockSelection{rows: s.rows}
	if s.rows > 0 && !s.full {
		kept.bitmap = append([]uint64(nil), s.bitmap...)
	}
	return kept
}

// blocksPerRound is how many blocks each core judges before what was found is
// looked at: few enough that little is judged in vain, and enough that starting
// the cores costs little beside.
const blocksPerRound = 64

// walk calls visit for each block from first on, with its selected rows, until
// it returns false. Blocks are judged ahead on all cores, first few and then
// more.
func (r *selectionIndex) walk(ctx context.Context, t *table, first int, visit func(number int, selected *blockSelection) bool) error {
	scratch := make([]*selection, t.workers)
	for i := range scratch {
		scratch[i] = t.newSelection()
	}
	defer func() {
		for _, s := range scratch {
			engine.Scanned(ctx, s.looked)
		}
	}()
	for ahead := 1; first < len(t.blocks); ahead = min(2*ahead, blocksPerRound*t.workers) {
		end := min(first+ahead, len(t.blocks))
		err := t.parallel(ctx, first, end, t.workersFor(end-first), func(worker, number int) { r.selection(&t.blocks[number], number, scratch[worker]) })
		if err != nil {
			return err
		}
		for ; first < end; first++ {
			if !visit(first, r.blocks[first].Load()) {
				return nil
			}
		}
	}
	return nil
}

// count counts ranks (before) from block to block until enough reports true.
func (r *selectionIndex) count(ctx context.Context, t *table, enough func(before int64) bool) error {
	known := func() int { return int(r.known.Load()) }
	if known() == len(r.blocks) || enough(r.before[known()]) {
		return nil
	}
	if err := r.counting.lock(ctx); err != nil {
		return err
	}
	defer r.counting.unlock()
	return r.walk(ctx, t, known(), func(number int, selected *blockSelection) bool {
		if enough(r.before[number]) {
			return false
		}
		r.before[number+1] = r.before[number] + int64(selected.rows)
		r.known.Store(int64(number) + 1)
		return true
	})
}

// total counts all selected rows.
func (r *selectionIndex) total(ctx context.Context, t *table) (int64, error) {
	if err := r.count(ctx, t, func(int64) bool { return false }); err != nil {
		return 0, err
	}
	return r.before[len(r.blocks)], nil
}

// totalKnown returns the total if it has been counted, and a negative number otherwise.
func (r *selectionIndex) totalKnown() int64 {
	if int(r.known.Load()) < len(r.blocks) {
		return -1
	}
	return r.before[len(r.blocks)]
}

// locate returns the block of the selected row that has rank selected rows before it, and
// how many of these are in that block. Past the last selected row, it returns the number
// of blocks.
func (r *selectionIndex) locate(ctx context.Context, t *table, rank int64) (number, within int, err error) {
	if err := r.count(ctx, t, func(before int64) bool { return before > rank }); err != nil {
		return 0, 0, err
	}
	known := int(r.known.Load())
	number = sort.Search(known, func(i int) bool { return r.before[i+1] > rank })
	if number == len(r.blocks) {
		return number, 0, nil
	}
	return number, int(rank - r.before[number]), nil
}

// nth returns the selected row that has n selected rows of the block before it.
func (c *blockSelection) nth(n int) int {
	if c.bitmap == nil {
		return n
	}
	return bitmap.Nth(c.bitmap, n)
}

// rank returns how many selected rows of the block come before row.
func (c *blockSelection) rank(row int) int {
	if c.bitmap == nil {
		return min(row, c.rows)
	}
	return bitmap.Rank(c.bitmap, row)
}

// appendRows appends the selected rows of the block, which has so many rows.
func (c *blockSelection) appendRows(dst []uint16, rows int) []uint16 {
	switch c.rows {
	case 0:
		return dst
	case rows:
		return appendAllRows(dst, rows)
	}
	return bitmap.AppendRows(slices.Grow(dst, c.rows), c.bitmap)
}

// appendAllRows appends the numbers of all rows of a block.
func appendAllRows(dst []uint16, rows int) []uint16 {
	for row := range rows {
		dst = append(dst, uint16(row))
	}
	return dst
}
