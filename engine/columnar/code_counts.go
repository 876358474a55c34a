package columnar

import (
	"math/big"
	"math/bits"

	"herbarium/datasets"
	"herbarium/engine/columnar/internal/exact"
	"herbarium/engine/plan"
)

// coding numbers the values of a field, in their order and from 1, without looking at
// them all: text by its dictionary codes, integers that lie close together by their
// distance from the least, and numbers by their byte codes where all blocks have them in
// one unit. What is asked of such values is answered by counting codes by group.
type coding struct {
	codes int // one more than the last
	kind  codingKind
	least int64 // what code 1 counts, of integers and bytes
	scale float64
	texts []string
}

type codingKind uint8

const (
	textCoding codingKind = iota
	intCoding
	byteCoding
)

const (
	// maxCodes is up to how many codes integers and numbers may have.
	maxCodes = 1 << 16
	// maxCounts is up to how many counters a core has.
	maxCounts = 1 << 22
)

// coding returns the coding of a field's values, or nil where they have none.
func (t *table) coding(field int) *coding {
	if t.rows > 1<<32-1 {
		return nil // what a counter holds
	}
	switch t.fields[field].Type {
	case datasets.String:
		texts := t.dictionary(field)
		return &coding{codes: len(texts), kind: textCoding, texts: texts}
	case datasets.Number:
		return t.byteCoding(field)
	default:
		all, ok := fieldSpan(t, field, intColumn)
		if !ok || uint64(all.max)-uint64(all.min) >= maxCodes-1 {
			return nil
		}
		return &coding{codes: int(all.max-all.min) + 2, kind: intCoding, least: all.min}
	}
}

func (t *table) byteCoding(field int) *coding {
	var all span[int64]
	var scale float64
	for b := range t.blocks {
		c := &t.blocks[b].columns[field]
		if c.nulls == c.rows {
			continue
		}
		n := c.byteCodes
		if n == nil || scale != 0 && n.scale != scale {
			return nil
		}
		all = all.with(span[int64]{n.base, n.base + n.lastCode}, scale == 0)
		scale = n.scale
	}
	if scale == 0 || uint64(all.max)-uint64(all.min) >= maxCodes-1 {
		return nil
	}
	return &coding{codes: int(all.max-all.min) + 2, kind: byteCoding, least: all.min, scale: scale}
}

// value returns the value that a code stands for.
func (k *coding) value(code int) plan.Value {
	switch k.kind {
	case textCoding:
		return plan.Value{Str: k.texts[code]}
	case intCoding:
		return plan.Value{Int: k.least + int64(code) - 1}
	default:
		n := byteCodes{base: k.least, scale: k.scale}
		return plan.Value{Float: n.decode(int64(code)-1) + 0} // −0 + 0 is 0
	}
}

// count adds the rows, all of which have a value, to the counters of their groups' codes.
func (k *coding) count(counts []uint32, c *column, rows *chosenRows) {
	groups, n := rows.group[:len(rows.at)], uint32(k.codes)
	switch k.kind {
	case textCoding:
		c.touch()
		for i, row := range rows.at {
			counts[groups[i]*n+c.codes[row]]++
		}
	case intCoding:
		c.touch()
		first := k.least - 1
		for i, row := range rows.at {
			counts[groups[i]*n+uint32(c.ints[row]-first)]++
		}
	default:
		first := uint32(c.byteCodes.base-k.least) + 1
		codes := c.byteCodes.codes
		for i, row := range rows.at {
			counts[groups[i]*n+first+uint32(codes[row])]++
		}
	}
}

// counted returns the coding by which a field's values are counted in so many groups,
// or nil where there would be too many counters.
func (t *table) counted(field int, by []*groupCodes) *coding {
	groups, dense := t.groupsBy(by).(denseGroups)
	if !dense {
		return nil
	}
	if k := t.coding(field); k != nil && groups.count() <= maxCounts/k.codes {
		return k
	}
	return nil
}

// codeCounts are how often each value of a field occurs, by group and code. All
// aggregates of the field follow from them.
type codeCounts struct {
	*coding
	counts []uint32
	field  datasets.Type
	told   []*plan.Aggregates // of each group, once they were made
}

// codeCounter counts the codes of the selected rows.
type codeCounter struct {
	pass   *secondPass
	place  int
	coding *coding
	all    [][]uint32 // by worker
}

func (p *secondPass) newCodeCounter(place int, k *coding) *codeCounter {
	return &codeCounter{p, place, k, make([][]uint32, p.workers())}
}

func (k *codeCounter) take(worker int, b *block, rows *chosenRows) {
	c := &b.columns[k.pass.of[k.place].field]
	if c.nulls == c.rows {
		return
	}
	if k.all[worker] == nil {
		k.all[worker] = make([]uint32, len(k.pass.total.rows)*k.coding.codes)
	}
	if c.nulls > 0 {
		c.touch()
	}
	k.coding.count(k.all[worker], c, rows.present(c))
}

func (k *codeCounter) finish(found [][]groupValues) {
	counted := &codeCounts{coding: k.coding, field: k.pass.table.fields[k.pass.of[k.place].field].Type, told: make([]*plan.Aggregates, len(k.pass.total.rows))}
	for _, counts := range k.all {
		if counted.counts == nil {
			counted.counts = counts
			continue
		}
		for i, n := range counts {
			counted.counts[i] += n
		}
	}
	found[k.place] = append(found[k.place], counted)
}

func (f *codeCounts) tell(group uint32, of *plan.Aggregates) {
	if f.told[group] == nil {
		a := *of
		f.make(f.counts[int(group)*f.codes:][:f.codes], &a)
		f.told[group] = &a
	}
	*of = *f.told[group]
}

// make sets all aggregates.
func (f *codeCounts) make(counts []uint32, of *plan.Aggregates) {
	first, last, most := 0, 0, 0
	for code, n := range counts {
		if n == 0 {
			continue
		}
		if of.Distinct++; first == 0 {
			first = code
		}
		last = code
		if n > counts[most] {
			most = code
		}
	}
	of.Least, of.Greatest, of.Mode = f.value(first), f.value(last), f.value(most)
	of.At = func(rank int64) plan.Value {
		for code, n := range counts {
			if rank -= int64(n); rank < 0 {
				return f.value(code)
			}
		}
		return plan.Value{}
	}
	if f.field == datasets.String {
		return
	}
	f.sum(counts, of)
	mean, ok := of.Mean()
	if !ok {
		return
	}
	sums := newDeviations(1)
	for code, n := range counts {
		if n > 0 {
			d := plan.Deviation(f.value(code), f.field, mean)
			sums.addTimes(0, d, float64(d*d), n)
		}
	}
	of.Deviations = sums.of(0)
}

// sum sets the sums.
func (f *codeCounts) sum(counts []uint32, of *plan.Aggregates) {
	if f.field == datasets.Number {
		s := &exact.FloatSums{}
		s.Grow(1)
		for code, n := range counts {
			if n > 0 {
				times(n, func(power float64) { s.AddTo(0, f.value(code).Float*power) })
			}
		}
		of.Sum = s.Total(0)
		return
	}
	above := int64(0) // what values have above least - 1, which is their code; up to 2^48
	for code, n := range counts {
		above += int64(code) * int64(n)
	}
	sum := big.NewInt(f.least)
	sum.Sub(sum, big.NewInt(1))
	sum.Mul(sum, big.NewInt(of.Values))
	sum.Add(sum, big.NewInt(above))
	of.Sum, _ = new(big.Float).SetInt(sum).Float64()
	of.IntSum, of.Fits = sum.Int64(), sum.IsInt64()
}

// times calls add with powers of two that add up to n. A product with one of them is
// exact, where it is in the range, and the sum of the products is the product with n.
func times(n uint32, add func(power float64)) {
	for ; n != 0; n &= n - 1 {
		add(float64(uint32(1) << bits.TrailingZeros32(n)))
	}
}

// addTimes adds a deviation and its square so many times.
func (s *deviations) addTimes(group uint32, d, square float64, n uint32) {
	if !moderate(square) {
		for range n {
			s.add(group, d, square)
		}
		return
	}
	times(n, func(power float64) { s.add(group, d*power, square*power) })
}
