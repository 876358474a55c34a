package columnar

import (
	"slices"
	"sync/atomic"

	"herbarium/engine/plan"
)

// pickedValues are what order statistics, distinct counts and modes need of a field
// whose values have no codes, by group. The selected values are partitioned by
// group (a counting sort, with the counts of the first pass), and each group's part is
// searched by itself.
type pickedValues[T float64 | int64 | uint32] struct {
	texts    []string // of codes
	ranks    []rankedValue[T]
	first    []int32 // of each group, its first entry in ranks, and one more
	distinct []int64
	modes    []T
}

// rankedValue is the value that has so many of its group before it.
type rankedValue[T any] struct {
	rank  int64
	value T
}

func (f *pickedValues[T]) tell(group uint32, of *plan.Aggregates) {
	if f.distinct != nil {
		of.Distinct = f.distinct[group]
		of.Mode = f.value(f.modes[group])
	}
	if f.first != nil {
		known := f.ranks[f.first[group]:f.first[group+1]]
		of.At = func(rank int64) plan.Value {
			for _, r := range known {
				if r.rank == rank {
					return f.value(r.value)
				}
			}
			return plan.Value{}
		}
	}
}

func (f *pickedValues[T]) value(v T) plan.Value {
	switch v := any(v).(type) {
	case float64:
		return plan.Value{Float: v + 0} // −0 + 0 is 0
	case uint32:
		return plan.Value{Str: f.texts[v]}
	default:
		return plan.Value{Int: v.(int64)}
	}
}

// pickPartition makes what is asked of the field at that place.
func pickPartition[T float64 | int64 | uint32](p *secondPass, place int, valuesOf func(*column) []T) (groupValues, error) {
	values, starts, err := partition(p, place, valuesOf)
	if err != nil {
		return nil, err
	}
	o, groups := p.of[place], len(starts)-1
	f := &pickedValues[T]{texts: p.table.dictionary(o.field)}
	if o.values.distinct || o.values.mode {
		f.distinct, f.modes = make([]int64, groups), make([]T, groups)
	}
	if o.values.ranks {
		f.first = p.wantedRanks(place, starts, func(rank int64) { f.ranks = append(f.ranks, rankedValue[T]{rank: rank}) })
	}
	tasks := tasksOf(starts)
	rooms := make([]searchRoom[T], p.table.workers)
	big := func(g int) bool { return starts[g+1]-starts[g] >= int64(p.table.bigGroup) }
	for g := range groups {
		if !big(g) {
			continue
		}
		part := values[starts[g]:starts[g+1]]
		if f.distinct != nil {
			if f.distinct[g], f.modes[g], err = countDistinctBig(p.ctx, p.table, part, rooms); err != nil {
				return nil, err
			}
		}
		if f.first != nil {
			if err := findBig(p.ctx, p.table, part, f.ranks[f.first[g]:f.first[g+1]], rooms); err != nil {
				return nil, err
			}
		}
	}
	err = p.table.parallel(p.ctx, 0, len(tasks)-1, min(len(rooms), max(1, len(tasks)-1)), func(worker, task int) {
		for g := tasks[task]; g < tasks[task+1]; g++ {
			part := values[starts[g]:starts[g+1]]
			if len(part) == 0 || big(g) {
				continue
			}
			if f.distinct != nil {
				f.distinct[g], f.modes[g] = rooms[worker].countDistinct(part)
			}
			if f.first != nil {
				rooms[worker].find(part, f.ranks[f.first[g]:f.first[g+1]], 0)
			}
		}
	})
	return f, err
}

// tasksOf cuts the groups into runs that are worth a task of their own, and returns the
// first group of each, and the number of groups.
func tasksOf(starts []int64) []int {
	const enough = 1 << 15
	tasks := []int{0}
	for g := range starts[1:] {
		if starts[g+1]-starts[tasks[len(tasks)-1]] >= enough || g == len(starts)-2 {
			tasks = append(tasks, g+1)
		}
	}
	return tasks
}

// maxReserved is up to how many groups a block's rows are counted by group before they
// are written: then each group's place is reserved once a block.
const maxReserved = 1 << 12

// partition returns the selected values of the field at that place, group by group:
// those of group g from starts[g] up to, not including, starts[g+1].
func partition[T float64 | int64 | uint32](p *secondPass, place int, valuesOf func(*column) []T) (values []T, starts []int64, err error) {
	groups, field := len(p.total.rows), p.of[place].field
	starts = make([]int64, groups+1)
	for g := range groups {
		starts[g+1] = starts[g] + p.total.values(uint32(g), place)
	}
	if err := p.takeValues(starts[groups]); err != nil {
		return nil, nil, err
	}
	values = make([]T, starts[groups])
	next := make([]atomic.Int64, groups)
	for g := range next {
		next[g].Store(starts[g])
	}
	reserved := make([][]int64, p.workers())
	err = p.each(func(worker int, b *block, rows *chosenRows) {
		c := &b.columns[field]
		if c.nulls == c.rows {
			return
		}
		c.touch()
		rows = rows.present(c)
		of, in := valuesOf(c), rows.group[:len(rows.at)]
		if groups > maxReserved {
			for i, row := range rows.at {
				values[next[in[i]].Add(1)-1] = of[row]
			}
			return
		}
		places := extend(reserved[worker], groups)
		reserved[worker] = places
		clear(places)
		for _, g := range in {
			places[g]++
		}
		for g, n := range places {
			if n > 0 {
				places[g] = next[g].Add(n) - n
			}
		}
		for i, row := range rows.at {
			g := in[i]
			values[places[g]] = of[row]
			places[g]++
		}
	})
	return values, starts, err
}

// wantedRanks finds out which ranks the plan's measures of a field ask for: they are
// computed from values that do not matter, with ranks noted down. It calls want for each,
// group by group in ascending order, and returns how many come before those of each group.
func (p *secondPass) wantedRanks(place int, starts []int64, want func(rank int64)) []int32 {
	first := make([]int32, 1, len(starts))
	known := map[int64][]int64{} // by number of values
	total := int32(0)
	for g := range starts[1:] {
		n := starts[g+1] - starts[g]
		ranks, ok := known[n]
		if !ok && n > 0 {
			of := plan.Aggregates{Type: p.table.fields[p.of[place].field].Type, Rows: n, Values: n}
			of.At = func(rank int64) plan.Value {
				ranks = append(ranks, rank)
				return plan.Value{}
			}
			for i, m := range p.measures {
				if p.places[i] == place && m.NeedsOf(plan.Ranks) {
					m.Result(&of)
				}
			}
			slices.Sort(ranks)
			ranks = slices.Compact(ranks)
			known[n] = ranks
		}
		for _, rank := range ranks {
			want(rank)
		}
		total += int32(len(ranks))
		first = append(first, total)
	}
	return first
}

// searchRoom is the scratch memory of a search.
type searchRoom[T float64 | int64 | uint32] struct {
	counts []uint32
	big    []int64
	picked []T
	table  distinctTable[T]
}

const (
	// fewValues are sorted.
	fewValues = 48
	// maxBuckets is how many buckets values are distributed to.
	maxBuckets = 1 << 12
	// maxDepth is how often they are.
	maxDepth = 6
)

// find finds the values at the ranks, which ascend. The values may change their order.
//
// Values are distributed to buckets of equal width, by count alone; then those of the
// buckets in which a rank lies are picked, and searched in the same way (distribution by
// interpolation, as in Neubert, The Flashsort1 Algorithm, Dr. Dobb's Journal 23(2), 1998,
// but for the ranks alone). Values that are distributed so unevenly that this goes on and
// on are sorted.
func (r *searchRoom[T]) find(values []T, ranks []rankedValue[T], depth int) {
	if len(ranks) == 0 {
		return
	}
	if len(values) <= fewValues || depth == maxDepth {
		sorted(values, ranks)
		return
	}
	least, most := spanOfAll(values)
	buckets := min(maxBuckets, len(values)/8+8)
	d, ok := distributionOf(least, most, buckets)
	if !ok {
		sorted(values, ranks)
		return
	}
	counts := extend(r.counts, buckets)[:buckets]
	r.counts = counts
	clear(counts)
	countInto(counts, d, values)
	before := int64(0)
	for bucket, n := range counts {
		end := before + int64(n)
		in := 0
		for in < len(ranks) && ranks[in].rank < end {
			in++
		}
		if in > 0 {
			r.inBucket(values, ranks[:in], before, depth, d, uint(bucket))
			if ranks = ranks[in:]; len(ranks) == 0 {
				return
			}
		}
		before = end
	}
}

// inBucket finds the values at ranks that lie in a bucket, so many values being in those
// before it.
func (r *searchRoom[T]) inBucket(values []T, ranks []rankedValue[T], before int64, depth int, d distribution, bucket uint) {
	picked := r.picked[:0]
	for _, v := range values {
		if bucketOf(d, v) == bucket {
			picked = append(picked, v)
		}
	}
	r.picked = picked
	for i := range ranks {
		ranks[i].rank -= before
	}
	(&searchRoom[T]{}).find(picked, ranks, depth+1)
	for i := range ranks {
		ranks[i].rank += before
	}
}

// sorted sorts the values and takes those at the ranks.
func sorted[T float64 | int64 | uint32](values []T, ranks []rankedValue[T]) {
	if least, most := spanOfAll(values); least != most {
		slices.Sort(values)
	}
	for i := range ranks {
		ranks[i].value = values[ranks[i].rank]
	}
}

func spanOfAll[T float64 | int64 | uint32](values []T) (least, most T) {
	least, most = values[0], values[0]
	for _, v := range values[1:] {
		least, most = min(least, v), max(most, v)
	}
	return least, most
}
