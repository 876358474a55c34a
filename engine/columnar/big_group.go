package columnar

import (
	"context"
	"math"
	"sync/atomic"
)

// bigGroup is from how many values on a group is searched by all cores at once; smaller
// ones are searched side by side.
const bigGroup = 1 << 18

// chunkValues is how many values of a big group a core takes at a time.
const chunkValues = 1 << 14

// eachChunk calls work for runs of values, in parallel.
func eachChunk[T any](ctx context.Context, t *table, values []T, work func(worker int, chunk []T)) error {
	chunks := (len(values) + chunkValues - 1) / chunkValues
	return t.parallel(ctx, 0, chunks, t.workers, func(worker, chunk int) {
		first := chunk * chunkValues
		work(worker, values[first:min(first+chunkValues, len(values))])
	})
}

// findBig is find of a group's values by all cores.
func findBig[T float64 | int64 | uint32](ctx context.Context, t *table, values []T, ranks []rankedValue[T], rooms []searchRoom[T]) error {
	spans := make([]span[T], t.workers)
	some := make([]bool, t.workers)
	err := eachChunk(ctx, t, values, func(worker int, chunk []T) {
		least, most := spanOfAll(chunk)
		spans[worker], some[worker] = spans[worker].with(span[T]{least, most}, !some[worker]), true
	})
	if err != nil {
		return err
	}
	var all span[T]
	known := false
	for worker, s := range spans {
		if some[worker] {
			all, known = all.with(s, !known), true
		}
	}
	d, ok := distributionOf(all.min, all.max, maxBuckets)
	if !ok {
		rooms[0].find(values, ranks, 0)
		return nil
	}
	err = eachChunk(ctx, t, values, func(worker int, chunk []T) {
		room := &rooms[worker]
		if len(room.big) == 0 {
			room.big = make([]int64, maxBuckets)
		}
		countInto(room.big, d, chunk)
	})
	if err != nil {
		return err
	}
	counts := make([]int64, maxBuckets)
	for worker := range rooms {
		for bucket, n := range rooms[worker].big {
			counts[bucket] += n
		}
		clear(rooms[worker].big)
	}
	return pickBig(ctx, t, values, ranks, rooms, d, counts)
}

// pickBig finds the values at ranks when it is known how many values each bucket has.
func pickBig[T float64 | int64 | uint32](ctx context.Context, t *table, values []T, ranks []rankedValue[T], rooms []searchRoom[T], d distribution, counts []int64) error {
	type target struct {
		before int64 // values in the buckets before
		ranks  []rankedValue[T]
	}
	var targets []target
	slots := make([]uint16, maxBuckets) // one more than the target of a bucket; 0 for none
	before := int64(0)
	for bucket, n := range counts {
		in := 0
		for in < len(ranks) && ranks[in].rank < before+n {
			in++
		}
		if in > 0 {
			targets = append(targets, target{before, ranks[:in]})
			slots[bucket] = uint16(len(targets))
			ranks = ranks[in:]
		}
		before += n
	}
	picked := make([][][]T, len(rooms)) // by worker and target
	err := eachChunk(ctx, t, values, func(worker int, chunk []T) {
		if picked[worker] == nil {
			picked[worker] = make([][]T, len(targets))
		}
		for _, v := range chunk {
			if slot := slots[bucketOf(d, v)]; slot > 0 {
				picked[worker][slot-1] = append(picked[worker][slot-1], v)
			}
		}
	})
	if err != nil {
		return err
	}
	return t.parallel(ctx, 0, len(targets), min(t.workers, len(targets)), func(worker, at int) {
		var in []T
		for _, of := range picked {
			if of != nil {
				in = append(in, of[at]...)
			}
		}
		to := &targets[at]
		for i := range to.ranks {
			to.ranks[i].rank -= to.before
		}
		rooms[worker].find(in, to.ranks, 1)
		for i := range to.ranks {
			to.ranks[i].rank += to.before
		}
	})
}

// countDistinctBig is countDistinct of a group's values by all cores: they are cut into
// parts by their hash, each of which has a hash table.
func countDistinctBig[T float64 | int64 | uint32](ctx context.Context, t *table, values []T, rooms []searchRoom[T]) (distinct int64, mode T, err error) {
	const parts = 1 << partBits
	partOf := func(v T) uint64 { return hash(keyOf(v)) >> (64 - partBits) }
	var counts [parts + 1]atomic.Int64
	err = eachChunk(ctx, t, values, func(_ int, chunk []T) {
		var here [parts]int64
		for _, v := range chunk {
			here[partOf(v)]++
		}
		for part, n := range here {
			counts[part+1].Add(n)
		}
	})
	if err != nil {
		return 0, mode, err
	}
	var starts [parts + 1]int64
	var next [parts]atomic.Int64
	for part := range parts {
		starts[part+1] = starts[part] + counts[part+1].Load()
		next[part].Store(starts[part])
	}
	by := make([]T, len(values))
	err = eachChunk(ctx, t, values, func(_ int, chunk []T) {
		var places [parts]int64
		for _, v := range chunk {
			places[partOf(v)]++
		}
		for part, n := range places {
			places[part] = next[part].Add(n) - n
		}
		for _, v := range chunk {
			part := partOf(v)
			by[places[part]] = v
			places[part]++
		}
	})
	if err != nil {
		return 0, mode, err
	}
	found := make([]struct {
		distinct int64
		mode     T
		times    uint32
	}, parts)
	err = t.parallel(ctx, 0, parts, t.workers, func(worker, part int) {
		f := &found[part]
		f.distinct, f.mode, f.times = rooms[worker].table.count(by[starts[part]:starts[part+1]], partBits)
	})
	var most uint32
	for _, f := range found {
		distinct += f.distinct
		if f.times > most || f.times == most && f.times > 0 && f.mode < mode {
			mode, most = f.mode, f.times
		}
	}
	return distinct, mode, err
}

// distribution cuts a range of values into buckets of equal width. Which bucket a value is
// in never decreases with the value, however it is rounded.
type distribution struct {
	from, scale float64
	last        uint
}

// distributionOf returns false where the values are all equal, or too close together or
// too far apart.
func distributionOf[T float64 | int64 | uint32](least, most T, buckets int) (d distribution, ok bool) {
	scale := float64(buckets-1) / (float64(most)/2 - float64(least)/2)
	if least == most || math.IsInf(scale, 0) || math.IsNaN(scale) || scale == 0 {
		return d, false
	}
	return distribution{float64(least) / 2, scale, uint(buckets - 1)}, true
}

func bucketOf[T float64 | int64 | uint32](d distribution, v T) uint {
	return min(uint(int((float64(v)/2-d.from)*d.scale)), d.last)
}

func countInto[T float64 | int64 | uint32, N uint32 | int64](counts []N, d distribution, values []T) {
	for _, v := range values {
		counts[bucketOf(d, v)]++
	}
}
