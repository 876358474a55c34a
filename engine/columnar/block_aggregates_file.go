package columnar

import (
	"encoding/binary"
	"fmt"
	"math"

	"herbarium/datasets"
)

// keptAggregates are the block aggregates that a dataset declares, as a version
// keeps them in a file.
type keptAggregates struct {
	of     []aggregated  // all with sums
	by     []int         // indexes of the table's fields
	groups int           // how many there are, in the order of their values
	blocks []*aggregates // nil for a block that is not kept
}

// aggregatesForm begins a file of block aggregates, which is called means in a
// version's folder: the name stays for folders that exist. A Herbarium that does
// not know it, or finds none, makes them anew.
const aggregatesForm = "herbmea1"

const (
	aggregatesHead = len(aggregatesForm) + 4*4
	groupBytes     = 8
	sumBytes       = 3 * 8
)

// append writes the aggregates, little-endian: of each block whether it is kept,
// and by group and field its rows, nulls and sums. A block that has a sum of
// another form is not kept.
func (k *keptAggregates) append(dst []byte) []byte {
	order := binary.LittleEndian
	dst = append(dst, aggregatesForm...)
	for _, n := range []int{len(k.blocks), k.groups, len(k.of), len(k.by)} {
		dst = order.AppendUint32(dst, uint32(n))
	}
	fields := make([]int, len(k.of))
	for i, o := range k.of {
		fields[i] = o.field
	}
	for _, list := range [][]int{fields, k.by} {
		for _, f := range list {
			dst = order.AppendUint32(dst, uint32(f))
		}
	}
	for _, b := range k.blocks {
		at := len(dst)
		dst = order.AppendUint32(dst, 1)
		if !b.appendTo(&dst, k.groups) {
			dst = append(dst[:at], make([]byte, k.blockBytes())...)
		}
	}
	return dst
}

func (k *keptAggregates) blockBytes() int { return 4 + k.groups*(groupBytes+len(k.of)*sumBytes) }

// appendTo reports whether it could write all of the sums.
func (a *aggregates) appendTo(dst *[]byte, groups int) bool {
	order := binary.LittleEndian
	for g := range groups {
		*dst = order.AppendUint64(*dst, uint64(a.rows[g]))
		for i, s := range a.sums {
			nulls := int64(0)
			if a.nulls[i] != nil {
				nulls = a.nulls[i][g]
			}
			high, low, ok := s.words(uint32(g))
			if !ok {
				return false
			}
			*dst = order.AppendUint64(*dst, uint64(nulls))
			*dst = order.AppendUint64(*dst, high)
			*dst = order.AppendUint64(*dst, low)
		}
	}
	return true
}

// parseAggregates reads what append wrote, and refuses what cannot be of a segment
// with these zone maps.
func parseAggregates(b []byte, fields []datasets.Field, sums *summaries) (*keptAggregates, error) {
	if len(b) < aggregatesHead || string(b[:len(aggregatesForm)]) != aggregatesForm {
		return nil, fmt.Errorf("these are no sums")
	}
	left := numbers(b[len(aggregatesForm):])
	blocks, groups, of, by := int(left.u32()), int(left.u32()), int(left.u32()), int(left.u32())
	if blocks != len(sums.blocks) || groups < 1 || groups > fewGroups || of > len(fields) || by > len(fields) || len(left) < 4*(of+by) {
		return nil, fmt.Errorf("sums of %d fields by %d, in %d groups and %d blocks", of, by, groups, blocks)
	}
	k := &keptAggregates{groups: groups, blocks: make([]*aggregates, blocks)}
	texts := 1
	for range of {
		f := int(left.u32())
		if f >= len(fields) || !fields[f].Numeric() {
			return nil, fmt.Errorf("sums of field %d", f)
		}
		k.of = append(k.of, aggregated{field: f, sum: true})
	}
	for range by {
		f := int(left.u32())
		if f >= len(fields) || fields[f].Type != datasets.String {
			return nil, fmt.Errorf("sums by field %d", f)
		}
		texts *= int(sums.texts[f].count)
		k.by = append(k.by, f)
	}
	if texts != groups || len(left) != blocks*k.blockBytes() {
		return nil, fmt.Errorf("sums in %d groups of %d texts", groups, texts)
	}
	for i, rows := range sums.blocks {
		if left.u32() == 0 {
			left = left[k.blockBytes()-4:]
			continue
		}
		k.blocks[i] = k.block(&left, fields, sums.columns[i*len(fields):])
		if !k.blocks[i].possible(int64(rows)) {
			return nil, fmt.Errorf("sums that block %d cannot have", i)
		}
	}
	return k, nil
}

// block reads a block's aggregates.
func (k *keptAggregates) block(left *numbers, fields []datasets.Field, columns []columnZone) *aggregates {
	c := newAggregates(fields, k.of, func(field int) bool { return columns[field].nulls > 0 })
	c.grow(k.groups)
	for g := range k.groups {
		c.rows[g] = int64(left.u64())
		for i, s := range c.sums {
			if nulls := int64(left.u64()); c.nulls[i] != nil {
				c.nulls[i][g] = nulls
			}
			s.setWords(uint32(g), left.u64(), left.u64())
		}
	}
	return &c
}

// possible reports whether so many rows could add up to that.
func (a *aggregates) possible(rows int64) bool {
	for g, n := range a.rows {
		if n < 0 || n > rows {
			return false
		}
		rows -= n
		for i := range a.sums {
			if a.nulls[i] != nil && (a.nulls[i][g] < 0 || a.nulls[i][g] > n) {
				return false
			}
			if math.IsNaN(a.sums[i].total(uint32(g))) || math.IsInf(a.sums[i].total(uint32(g)), 0) {
				return false
			}
		}
	}
	return rows == 0
}

// blockAggregates returns them as a table has them.
func (k *keptAggregates) blockAggregates() *blockAggregates {
	w := newBlockAggregates(len(k.blocks))
	for i, b := range k.blocks {
		if b != nil {
			w.blocks[i].Store(b)
		}
	}
	return w
}

// readAggregates gives the table the block aggregates that the version keeps, if any.
func (t *table) readAggregates(name string, wanted keptFile) error {
	b, err := wanted.read(name)
	if err != nil {
		return err
	}
	k, err := parseAggregates(b, t.fields, t.segment.summaries)
	if err != nil {
		return corrupt(name, "%v", err)
	}
	t.kept.of = map[string]*blockAggregates{aggregatesKey(k.of, k.by): k.blockAggregates()}
	return nil
}
