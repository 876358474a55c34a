package columnar

import (
	"context"
	"math"
	"slices"

	"herbarium/engine/memory"
)

// Rows are sorted by a sample sort (Frazer and McKellar, Samplesort: A Sampling Approach
// to Minimal Storage Tree Sorting, Journal of the ACM 17(3), 1970; the search for the
// bucket is that of Sanders and Winkel, Super Scalar Sample Sort, ESA 2004). A sample of
// the rows gives splitters, by which a first pass over the blocks counts rows by bucket,
// and a second one writes them to their buckets. Each bucket is small enough for the
// cache of a core, and is sorted by a radix sort. All of it leaves rows with equal keys
// in load order, and cores share blocks first and then buckets.

// sortItem is a row with the first word of its key, or with a later one where those
// before are equal.
type sortItem struct {
	word uint64
	row  int64
}

// rowNumbers are rows of a table. One of the slices is set.
type rowNumbers struct {
	narrow []uint32
	wide   []int64 // of a table with more rows than 32 bits count
}

func newRowNumbers(n int, rows int64) rowNumbers {
	if rows > math.MaxUint32 {
		return rowNumbers{wide: make([]int64, n)}
	}
	return rowNumbers{narrow: make([]uint32, n)}
}

func (r *rowNumbers) len() int { return max(len(r.narrow), len(r.wide)) }

func (r *rowNumbers) bytes() int64 { return int64(4*len(r.narrow) + 8*len(r.wide)) }

// slice returns a copy of some of the rows.
func (r *rowNumbers) slice(first, end int) rowNumbers {
	if r.wide != nil {
		return rowNumbers{wide: slices.Clone(r.wide[first:end])}
	}
	return rowNumbers{narrow: slices.Clone(r.narrow[first:end])}
}

func (r *rowNumbers) at(i int) int64 {
	if r.wide != nil {
		return r.wide[i]
	}
	return int64(r.narrow[i])
}

func (r *rowNumbers) set(i int, row int64) {
	if r.wide != nil {
		r.wide[i] = row
		return
	}
	r.narrow[i] = uint32(row)
}

const (
	maxRadixBuckets = 256 // so that a byte numbers them
	rowsPerBucket   = 8192
	samplesPer      = 16 // for each bucket
)

// rowSort is a sort under way.
type rowSort struct {
	table     *table
	order     *rowOrder
	index     *selectionIndex // nil: of all rows
	splitters []uint64        // ascending; bucket i has the words above splitter i-1, up to splitter i
	bucketOf  []uint8         // by rank among the selected rows
	offsets   []int64         // by block and bucket: where the next row goes
	ends      []int64         // of each bucket
	items     []sortItem
	sorted    rowNumbers
}

// sortRows returns the rows that the index selects, of which nil stands for all, in order.
func (t *table) sortRows(ctx context.Context, index *selectionIndex, order *rowOrder) (rowNumbers, error) {
	s := &rowSort{table: t, order: order, index: index}
	total := t.rows
	if index != nil {
		var err error
		if total, err = index.total(ctx, t); err != nil {
			return rowNumbers{}, err
		}
	}
	if err := memory.Take(ctx, t.sortBytes(total)); err != nil {
		return rowNumbers{}, err
	}
	s.items = make([]sortItem, total)
	s.sorted = newRowNumbers(int(total), t.rows)
	s.sample(int(min(maxRadixBuckets, total/rowsPerBucket)))
	for _, pass := range []func(context.Context) error{s.count, s.scatter, s.finish} {
		if err := pass(ctx); err != nil {
			return rowNumbers{}, err
		}
	}
	return s.sorted, nil
}

// sortBytes is how much memory sorting so many rows takes: an item and a bucket's number
// of each, their order, and the places of each block's rows in all buckets.
func (t *table) sortBytes(rows int64) int64 {
	const itemBytes, placeBytes = 16 + 1, 8
	buckets := max(1, min(maxRadixBuckets, rows/rowsPerBucket))
	return rows*itemBytes + t.numbersBytes(rows) + int64(len(t.blocks))*buckets*placeBytes
}

// numbersBytes is how much memory the numbers of so many rows take.
func (t *table) numbersBytes(rows int64) int64 {
	if t.rows > math.MaxUint32 {
		return 8 * rows
	}
	return 4 * rows
}

// before returns how many selected rows come before a block.
func (s *rowSort) before(block int) int64 {
	if s.index == nil {
		return int64(block) * int64(s.table.blockRows)
	}
	return s.index.before[block]
}

func (s *rowSort) buckets() int { return len(s.splitters) + 1 }

// keyScratch is what a core computes the keys of a block in.
type keyScratch struct {
	selected *selection
	rows     []uint16
	words    []uint64
}

func (t *table) newKeyScratch() *keyScratch {
	return &keyScratch{selected: t.newSelection(), words: make([]uint64, t.largestBlock())}
}

func (t *table) newKeyScratches() []*keyScratch {
	all := make([]*keyScratch, t.workersFor(len(t.blocks)))
	for i := range all {
		all[i] = t.newKeyScratch()
	}
	return all
}

// keys sets rows and words of the scratch to those of the block's selected rows.
func (s *rowSort) keys(block int, k *keyScratch) {
	b := &s.table.blocks[block]
	k.rows = k.rows[:0]
	if s.index == nil {
		k.rows = appendAllRows(k.rows, b.rows)
	} else {
		k.rows = s.index.selection(b, block, k.selected).appendRows(k.rows, b.rows)
	}
	k.words = k.words[:len(k.rows)]
	if len(k.rows) > 0 {
		s.order.touch(b)
		s.order.firstWords(b, k.rows, k.words)
	}
}

// sample chooses splitters that make so many buckets of about the same size.
func (s *rowSort) sample(buckets int) {
	if buckets < 2 {
		return
	}
	blocks := len(s.table.blocks)
	sampled := min(blocks, buckets)
	each := samplesPer * buckets / sampled
	var words []uint64
	k := s.table.newKeyScratch()
	for i := range sampled {
		s.keys(i*blocks/sampled, k)
		for j := range min(each, len(k.words)) {
			words = append(words, k.words[j*len(k.words)/min(each, len(k.words))])
		}
	}
	if len(words) == 0 {
		return
	}
	slices.Sort(words)
	for i := 1; i < buckets; i++ {
		s.splitters = append(s.splitters, words[i*len(words)/buckets])
	}
	s.splitters = slices.Compact(s.splitters)
}

// count finds the bucket of each row, and where the rows of each block go.
func (s *rowSort) count(ctx context.Context) error {
	t, buckets := s.table, s.buckets()
	s.offsets = make([]int64, len(t.blocks)*buckets)
	if buckets == 1 {
		for b := range t.blocks {
			s.offsets[b] = s.before(b)
		}
		s.ends = []int64{int64(len(s.items))}
		return nil
	}
	s.bucketOf = make([]uint8, len(s.items))
	scratch := t.newKeyScratches()
	tree := newSplitterTree(s.splitters)
	err := t.parallel(ctx, 0, len(t.blocks), len(scratch), func(worker, b int) {
		k := scratch[worker]
		s.keys(b, k)
		counts, of := s.offsets[b*buckets:][:buckets], s.bucketOf[s.before(b):][:len(k.words)]
		for i, word := range k.words {
			bucket := tree.find(word)
			of[i] = bucket
			counts[bucket]++
		}
	})
	if err != nil {
		return err
	}
	at := int64(0)
	s.ends = make([]int64, buckets)
	for bucket := range buckets {
		for b := range t.blocks {
			n := &s.offsets[b*buckets+bucket]
			*n, at = at, at+*n
		}
		s.ends[bucket] = at
	}
	return nil
}

// scatter writes the rows to their buckets.
func (s *rowSort) scatter(ctx context.Context) error {
	t, buckets := s.table, s.buckets()
	scratch := t.newKeyScratches()
	return t.parallel(ctx, 0, len(t.blocks), len(scratch), func(worker, b int) {
		k := scratch[worker]
		s.keys(b, k)
		first, offsets := int64(b)*int64(t.blockRows), s.offsets[b*buckets:][:buckets]
		if buckets == 1 {
			for i, word := range k.words {
				s.items[offsets[0]+int64(i)] = sortItem{word, first + int64(k.rows[i])}
			}
			return
		}
		of := s.bucketOf[s.before(b):][:len(k.words)]
		for i, word := range k.words {
			at := &offsets[of[i]]
			s.items[*at] = sortItem{word, first + int64(k.rows[i])}
			*at++
		}
	})
}

// finish sorts the buckets.
func (s *rowSort) finish(ctx context.Context) error {
	scratch := make([]itemSorter, max(1, min(s.table.workers, s.buckets())))
	return s.table.parallel(ctx, 0, s.buckets(), len(scratch), func(worker, bucket int) {
		first := int64(0)
		if bucket > 0 {
			first = s.ends[bucket-1]
		}
		items := s.items[first:s.ends[bucket]]
		sorter := &scratch[worker]
		sorter.words, sorter.word = len(s.order.words), s.order.word
		sorter.sort(ctx, items, 0)
		for i := range items {
			s.sorted.set(int(first)+i, items[i].row)
		}
	})
}

// splitterTree is splitters as a binary tree in an array, the children of i at 2i and
// 2i+1, so that going down takes no branch.
type splitterTree struct {
	nodes [maxRadixBuckets]uint64
}

func newSplitterTree(splitters []uint64) *splitterTree {
	t := new(splitterTree)
	var fill func(node, first, end int)
	fill = func(node, first, end int) {
		if node >= maxRadixBuckets {
			return
		}
		middle := (first + end) / 2
		t.nodes[node] = math.MaxUint64 // beyond the last
		if middle < len(splitters) {
			t.nodes[node] = splitters[middle]
		}
		fill(2*node, first, middle)
		fill(2*node+1, middle+1, end)
	}
	fill(1, 0, maxRadixBuckets-1)
	return t
}

// find returns how many splitters are below the word.
func (t *splitterTree) find(word uint64) uint8 {
	node := 1
	for range 8 { // maxRadixBuckets is 1<<8
		next := node << 1
		if t.nodes[node&(maxRadixBuckets-1)] < word {
			next++
		}
		node = next
	}
	return uint8(node)
}
