package columnar

import (
	"math"
	"math/bits"
	"slices"
)

// distinctTable counts distinct values: a hash table with linear probing. Once it has so
// many values that it would leave a core's cache, the values are cut into parts by their
// hash first, each with a table of its own (a partitioned hash aggregation).
type distinctTable[T float64 | int64 | uint32] struct {
	keys   []uint64
	counts []uint32 // 0 where there is no key
	used   int
	parts  []T
}

const (
	minSlots = 1 << 8
	maxSlots = 1 << 15
	partBits = 8
)

func keyOf[T float64 | int64 | uint32](v T) uint64 {
	switch v := any(v).(type) {
	case float64:
		return math.Float64bits(v + 0) // one key for both zeros
	case uint32:
		return uint64(v)
	default:
		return uint64(v.(int64))
	}
}

func valueOf[T float64 | int64 | uint32](key uint64) (v T) {
	switch v := any(&v).(type) {
	case *float64:
		*v = math.Float64frombits(key)
	case *uint32:
		*v = uint32(key)
	case *int64:
		*v = int64(key)
	}
	return v
}

// hash multiplies and folds, so that the high bits and the low bits depend on all.
func hash(key uint64) uint64 {
	high, low := bits.Mul64(key^0x9e3779b97f4a7c15, 0xd6e8feb86659fd93)
	return high ^ low
}

// countDistinct returns how many distinct values there are, and the most frequent, of
// equally frequent ones the least.
func (r *searchRoom[T]) countDistinct(values []T) (distinct int64, mode T) {
	if len(values) <= fewValues {
		slices.Sort(values)
		return countSorted(values)
	}
	distinct, mode, _ = r.table.count(values, 0)
	return distinct, mode
}

// countSorted is countDistinct of values in order.
func countSorted[T float64 | int64 | uint32](values []T) (distinct int64, mode T) {
	most := 0
	for len(values) > 0 {
		n := 1
		for n < len(values) && values[n] == values[0] {
			n++
		}
		distinct++
		if n > most {
			most, mode = n, values[0]
		}
		values = values[n:]
	}
	return distinct, mode
}

// count is countDistinct of values whose hashes agree in the first bits; it also returns
// how often the most frequent one occurs.
func (t *distinctTable[T]) count(values []T, agreed int) (distinct int64, mode T, most uint32) {
	t.reset(minSlots)
	for _, v := range values {
		if t.used > len(t.keys)/2 {
			if len(t.keys) >= maxSlots && agreed < 64-2*partBits && len(values) > 2*maxSlots {
				return t.countParts(values, agreed)
			}
			t.grow()
		}
		t.add(keyOf(v), 1)
	}
	for i, n := range t.counts {
		if n == 0 {
			continue
		}
		distinct++
		if v := valueOf[T](t.keys[i]); n > most || n == most && v < mode {
			mode, most = v, n
		}
	}
	return distinct, mode, most
}

func (t *distinctTable[T]) reset(slots int) {
	if cap(t.keys) < slots {
		t.keys, t.counts = make([]uint64, slots), make([]uint32, slots)
	}
	t.keys, t.counts, t.used = t.keys[:slots], t.counts[:slots], 0
	clear(t.counts)
}

func (t *distinctTable[T]) add(key uint64, n uint32) {
	mask := uint64(len(t.keys) - 1)
	for i := hash(key) & mask; ; i = (i + 1) & mask {
		switch {
		case t.counts[i] == 0:
			t.keys[i], t.counts[i] = key, n
			t.used++
			return
		case t.keys[i] == key:
			t.counts[i] += n
			return
		}
	}
}

func (t *distinctTable[T]) grow() {
	keys, counts := t.keys, t.counts
	t.keys, t.counts, t.used = make([]uint64, 4*len(keys)), make([]uint32, 4*len(keys)), 0
	for i, n := range counts {
		if n > 0 {
			t.add(keys[i], n)
		}
	}
}

// countParts cuts the values into parts by the next bits of their hashes.
func (t *distinctTable[T]) countParts(values []T, agreed int) (distinct int64, mode T, most uint32) {
	shift := 64 - agreed - partBits
	var starts [1<<partBits + 1]int
	partOf := func(v T) uint64 { return hash(keyOf(v)) >> shift & (1<<partBits - 1) }
	for _, v := range values {
		starts[partOf(v)+1]++
	}
	for i := range starts[1:] {
		starts[i+1] += starts[i]
	}
	room := t.parts
	if agreed > 0 || cap(room) < len(values) {
		room = make([]T, len(values))
	}
	room = room[:len(values)]
	next := starts
	for _, v := range values {
		part := partOf(v)
		room[next[part]] = v
		next[part]++
	}
	if agreed == 0 {
		t.parts = room
	}
	for i := range starts[1:] {
		of := room[starts[i]:starts[i+1]]
		if len(of) == 0 {
			continue
		}
		n, v, times := t.count(of, agreed+partBits)
		distinct += n
		if times > most || times == most && v < mode {
			mode, most = v, times
		}
	}
	return distinct, mode, most
}
