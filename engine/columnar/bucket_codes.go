package columnar

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"sync/atomic"

	"herbarium/datasets"
	"herbarium/engine/internal/lru"
	"herbarium/engine/plan"
)

// bucketCodes make the group codes of a field whose values are grouped by
// plan.Buckets. The runs of values that the buckets have between the field's least
// and greatest value are listed once; a value is then placed by comparing it with
// where runs start. A block's codes are made when a query first needs them, and
// are kept.
type bucketCodes struct {
	ints   *runTable[int64] // of the field's type; nil where it has no value
	floats *runTable[float64]
	blocks []atomic.Pointer[[]uint32]
}

// bucketCodesKey is the key of group codes in their cache.
type bucketCodesKey struct {
	table   uint64
	field   int
	buckets string
}

// bucketCodesBytes is the memory for group codes by buckets, of all tables.
const bucketCodesBytes = 256 << 20

type bucketCodesCache = lru.Cache[bucketCodesKey, *groupCodes]

func newBucketCodesCache() *bucketCodesCache {
	return lru.New(bucketCodesBytes, func(_ bucketCodesKey, g *groupCodes) int64 {
		// As if every block had been asked for: what is kept must not grow.
		return 4*g.rows + 128*int64(g.count()) + int64(len(g.buckets.blocks))*64 + 256
	})
}

// maxRuns is up to how many runs of a field are listed as they follow each other. Where
// there are more, or more than rows, those are listed in which some value lies.
const maxRuns = 1 << 16

// minRuns is how many runs are listed even where there are fewer rows.
const minRuns = 1 << 10

// bucketCodes returns the group codes of the field by the buckets, from the cache
// if they are there.
func (t *table) bucketCodes(ctx context.Context, field int, buckets plan.Buckets) (*groupCodes, error) {
	key := bucketCodesKey{t.id, field, buckets.String()}
	if g, ok := t.bucketCodesCache.Get(key); ok {
		return g, nil
	}
	g := &groupCodes{field: field, name: groupName(field, key.buckets), rows: t.rows,
		buckets: &bucketCodes{blocks: make([]atomic.Pointer[[]uint32], len(t.blocks))}}
	labels := newBucketLabels(buckets.Type())
	var err error
	switch t.fields[field].Type {
	case datasets.Number:
		err = floatBuckets.make(ctx, t, field, buckets, labels, &g.buckets.floats)
	case datasets.String:
		err = fmt.Errorf("text has no buckets")
	default:
		err = intBuckets.make(ctx, t, field, buckets, labels, &g.buckets.ints)
	}
	if err != nil {
		return nil, fmt.Errorf("field %s by %s: %w", t.fields[field].Name, key.buckets, err)
	}
	g.floats, g.ints, g.texts = labels.floats, labels.ints, labels.texts
	return t.bucketCodesCache.GetOrAdd(key, g), nil
}

// of returns the codes of a block's rows.
func (b *bucketCodes) of(t *table, field, number int) []uint32 {
	if known := b.blocks[number].Load(); known != nil {
		return *known
	}
	c := &t.blocks[number].columns[field]
	c.touch()
	codes := make([]uint32, c.rows)
	switch {
	case c.nulls == c.rows:
	case b.floats != nil:
		b.floats.place(codes, c.floats, c.floatSpan)
	case b.ints != nil:
		b.ints.place(codes, c.ints, c.intSpan)
	}
	if c.nulls > 0 {
		for i := range codes {
			if c.null(i) {
				codes[i] = 0
			}
		}
	}
	// Two goroutines that do so at once make the same codes.
	b.blocks[number].Store(&codes)
	return codes
}

// bucketLabels number the labels of buckets in the order of their first runs. Code 0 is
// that of null.
type bucketLabels struct {
	kind   datasets.Type
	codes  map[plan.Value]uint32
	floats []float64
	ints   []int64
	texts  []string
}

func newBucketLabels(kind datasets.Type) *bucketLabels {
	l := &bucketLabels{kind: kind, codes: map[plan.Value]uint32{}}
	l.append(plan.Value{})
	return l
}

func (l *bucketLabels) append(v plan.Value) {
	switch l.kind {
	case datasets.Number:
		l.floats = append(l.floats, v.Float)
	case datasets.String:
		l.texts = append(l.texts, v.Str)
	default:
		l.ints = append(l.ints, v.Int)
	}
}

// code returns the code of a label.
func (l *bucketLabels) code(label plan.Nullable) uint32 {
	if label.Null {
		return 0
	}
	code, ok := l.codes[label.Value]
	if !ok {
		code = uint32(len(l.codes)) + 1
		l.codes[label.Value] = code
		l.append(label.Value)
	}
	return code
}

// runTable lists runs of values in ascending order, the first of which begins
// below all values. To place a value, the range of values is cut into cells of equal
// width; a cell knows the last run that starts before it (a direct index, as in
// interpolation search with one step).
type runTable[T float64 | int64] struct {
	starts []T // where runs begin; those after the first
	codes  []uint32
	cells  []uint32 // of each cell, how many runs start in the cells before
	cellOf func(T) int
}

// bucketed is what it takes to list the runs of a type.
type bucketed[T float64 | int64] struct {
	numericColumn[T]
	of    func(plan.Value) T
	value func(T) plan.Value
	next  func(T) T // the next value
	cells func(s span[T], cells int) func(T) int
}

var (
	floatBuckets = bucketed[float64]{
		numericColumn: floatColumn,
		of:            func(v plan.Value) float64 { return v.Float },
		value:         func(f float64) plan.Value { return plan.Value{Float: f + 0} },
		next:          func(f float64) float64 { return math.Nextafter(f, math.Inf(1)) },
		cells: func(s span[float64], cells int) func(float64) int {
			// Rounding moves no value past a greater one.
			scale := float64(cells-1) / (s.max/2 - s.min/2)
			if math.IsInf(scale, 0) || math.IsNaN(scale) {
				return func(float64) int { return 0 }
			}
			return func(f float64) int { return min(max(0, int((f/2-s.min/2)*scale)), cells-1) }
		},
	}
	intBuckets = bucketed[int64]{
		numericColumn: intColumn,
		of:            func(v plan.Value) int64 { return v.Int },
		value:         func(i int64) plan.Value { return plan.Value{Int: i} },
		next: func(i int64) int64 {
			if i == math.MaxInt64 {
				return i
			}
			return i + 1
		},
		cells: func(s span[int64], cells int) func(int64) int {
			shift := max(0, bits.Len64(uint64(s.max)-uint64(s.min))-bits.Len(uint(cells-1)))
			return func(i int64) int { return int((uint64(i) - uint64(s.min)) >> shift) }
		},
	}
)

// fieldSpan returns the least and the greatest value of a field; ok is false
// where it has none.
func fieldSpan[T float64 | int64](t *table, field int, of numericColumn[T]) (all span[T], ok bool) {
	for _, s := range t.rowGroups() {
		c := &s.columns[field]
		if c.nulls < c.rows {
			all, ok = all.with(of.span(c), !ok), true
		}
	}
	return all, ok
}

// make lists the field's runs.
func (k *bucketed[T]) make(ctx context.Context, t *table, field int, buckets plan.Buckets, labels *bucketLabels, runs **runTable[T]) error {
	all, ok := fieldSpan(t, field, k.numericColumn)
	if !ok {
		return nil
	}
	r := &runTable[T]{}
	most := min(t.maxRuns, int(max(minRuns, t.rows)))
	listed, err := k.list(ctx, r, all, buckets, labels, most, func(end T) T { return end })
	if err == nil && !listed {
		*r, *labels = runTable[T]{}, *newBucketLabels(labels.kind)
		var values []T
		if values, err = k.distinct(ctx, t, field); err == nil {
			_, err = k.list(ctx, r, all, buckets, labels, len(values), func(end T) T {
				values = values[gallop(values, end):]
				return values[0]
			})
		}
	}
	if err != nil {
		return err
	}
	cells := cellsFor(len(r.codes))
	r.index(k.cells(all, cells), cells)
	*runs = r
	return nil
}

// runsPerCheck is after how many runs the context is looked at, and memory is taken for as
// many more.
const runsPerCheck = 256

// list lists runs from the least value on; next returns the first value to ask for from
// the end of a run on. It returns false where there are more than most.
func (k *bucketed[T]) list(ctx context.Context, r *runTable[T], all span[T], buckets plan.Buckets, labels *bucketLabels, most int, next func(end T) T) (bool, error) {
	for v := all.min; ; {
		if len(r.codes)%runsPerCheck == 0 {
			if err := errors.Join(ctx.Err(), takeRuns(ctx, runsPerCheck)); err != nil {
				return false, err
			}
		}
		run := buckets.Run(k.value(v))
		r.codes = append(r.codes, labels.code(run.Label))
		end := k.of(run.End)
		if end > all.max || run.Closed && end == all.max {
			return true, nil
		}
		if run.Closed {
			end = k.next(end)
		}
		if end <= v {
			return false, fmt.Errorf("the run of %v ends before it", v)
		}
		if len(r.codes) == most {
			return false, nil
		}
		v = next(end)
		r.starts = append(r.starts, v)
	}
}

// distinct returns the field's distinct values in order: those of row groups are sorted
// side by side, and then merged by twos. The field has a value.
func (k *bucketed[T]) distinct(ctx context.Context, t *table, field int) ([]T, error) {
	if err := t.takeDistinct(ctx); err != nil {
		return nil, err
	}
	parts := make([][]T, len(t.rowGroups()))
	err := t.parallel(ctx, 0, len(parts), min(t.workers, len(parts)), func(_, at int) {
		first, end := t.rowGroup(at)
		parts[at] = k.sorted(t.blocks[first:end], field)
	})
	for err == nil && len(parts) > 1 {
		merged := make([][]T, (len(parts)+1)/2)
		err = t.parallel(ctx, 0, len(merged), min(t.workers, len(merged)), func(_, at int) {
			merged[at] = parts[2*at]
			if 2*at+1 < len(parts) {
				merged[at] = union(parts[2*at], parts[2*at+1])
			}
		})
		parts = merged
	}
	if err != nil {
		return nil, err
	}
	return parts[0], nil
}

// gallop returns how many of the values, which ascend, are below v. It looks close to the
// beginning first (Bentley and Yao, An Almost Optimal Algorithm for Unbounded Searching,
// Information Processing Letters 5(3), 1976).
func gallop[T float64 | int64](values []T, v T) int {
	far := 1
	for far <= len(values) && values[far-1] < v {
		far *= 2
	}
	near := far / 2
	at, _ := slices.BinarySearch(values[near:min(far, len(values))], v)
	return near + at
}

// sorted returns the distinct values of a field in some blocks, in order.
func (k *bucketed[T]) sorted(blocks []block, field int) (values []T) {
	for b := range blocks {
		c := &blocks[b].columns[field]
		c.touch()
		for i, v := range k.values(c) {
			if !c.null(i) {
				values = append(values, v)
			}
		}
	}
	slices.Sort(values)
	return slices.Compact(values)
}

// union returns the values of two lists, which ascend, in order.
func union[T float64 | int64](a, b []T) []T {
	all := make([]T, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		next := min(a[0], b[0])
		if a[0] == next {
			a = a[1:]
		}
		if b[0] == next {
			b = b[1:]
		}
		all = append(all, next)
	}
	return append(append(all, a...), b...)
}

// cellsFor returns how many cells index so many runs: some for each, so that most
// cells meet no more than two of them.
func cellsFor(runs int) int { return 1 << min(20, bits.Len(uint(runs))+3) }

// index makes the cells. Cells of values in order are in order.
func (r *runTable[T]) index(cellOf func(T) int, cells int) {
	r.cellOf, r.cells = cellOf, make([]uint32, cells+1)
	for _, start := range r.starts {
		r.cells[cellOf(start)+1]++
	}
	for i := 1; i < len(r.cells); i++ {
		r.cells[i] += r.cells[i-1]
	}
}

// place writes the codes of values between the field's least and greatest one, and
// anything for others.
func (r *runTable[T]) place(codes []uint32, values []T, all span[T]) {
	if first, last := r.run(all.min), r.run(all.max); r.codes[first] == r.codes[last] && last-first <= 1 {
		for i := range codes {
			codes[i] = r.codes[first]
		}
		return
	}
	for i, v := range values {
		if v < all.min || v > all.max {
			continue // stands for a null
		}
		codes[i] = r.codes[r.run(v)]
	}
}

// run returns the number of the run that v lies in.
func (r *runTable[T]) run(v T) int {
	cell := r.cellOf(v)
	first, end := int(r.cells[cell]), int(r.cells[cell+1])
	for end-first > 8 {
		if middle := int(uint(first+end) >> 1); r.starts[middle] <= v {
			first = middle + 1
		} else {
			end = middle
		}
	}
	for first < end && r.starts[first] <= v {
		first++
	}
	return first
}
