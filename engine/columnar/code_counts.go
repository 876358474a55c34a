package columnar

import (
	"math/bits"

	"herbarium/datasets"
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

// codeCounts are how often each value of a field occurs, by group and code.
type codeCounts struct {
	*coding
	counts     []uint32
	deviations bool
	field      datasets.Type
}

// countCodes counts the codes of the selected rows.
func (p *secondPass) countCodes(place int, k *coding) (*codeCounts, error) {
	field := p.of[place].field
	all := make([][]uint32, p.workers())
	err := p.each(func(worker, _ int, b *block, rows *chosenRows) {
		c := &b.columns[field]
		if c.nulls == c.rows {
			return
		}
		if all[worker] == nil {
			all[worker] = make([]uint32, len(p.total.rows)*k.codes)
		}
		if c.nulls > 0 {
			c.touch()
			rows.dropNulls(c)
		}
		k.count(all[worker], c, rows)
	})
	if err != nil {
		return nil, err
	}
	found := &codeCounts{coding: k, deviations: p.of[place].values.deviations, field: p.table.fields[field].Type}
	for _, counts := range all {
		if found.counts == nil {
			found.counts = counts
			continue
		}
		for i, n := range counts {
			found.counts[i] += n
		}
	}
	return found, nil
}

// of returns the counts of a group's codes.
func (f *codeCounts) of(group uint32) []uint32 {
	if f.counts == nil {
		return nil
	}
	return f.counts[int(group)*f.codes:][:f.codes]
}

func (f *codeCounts) tell(group uint32, of *plan.Aggregates) {
	counts := f.of(group)
	most := 0
	for code, n := range counts {
		if n == 0 {
			continue
		}
		of.Distinct++
		if n > counts[most] {
			most = code
		}
	}
	of.Mode = f.value(max(1, most))
	of.At = func(rank int64) plan.Value {
		for code, n := range counts {
			if rank -= int64(n); rank < 0 {
				return f.value(code)
			}
		}
		return plan.Value{}
	}
	if mean, ok := of.Mean(); ok && f.deviations {
		sums := newDeviations(1)
		for code, n := range counts {
			if n == 0 {
				continue
			}
			value := f.value(code)
			x := value.Float
			if f.field != datasets.Number {
				x = float64(value.Int)
			}
			d := x - mean
			sums.addTimes(0, d, float64(d*d), n)
		}
		of.Deviations = sums.of(0)
	}
}

// addTimes adds a deviation and its square so many times.
func (s *deviations) addTimes(group uint32, d, square float64, times uint32) {
	if times == 1 || !moderate(square) {
		for range times {
			s.add(group, d, square)
		}
		return
	}
	// A product with a power of two is exact, and the sum of these is the product.
	for left := times; left != 0; left &= left - 1 {
		power := float64(uint32(1) << bits.TrailingZeros32(left))
		s.add(group, d*power, square*power)
	}
}
