package columnar

import (
	"encoding/binary"
	"fmt"
	"math"

	"herbarium/datasets"
	"herbarium/engine/columnar/internal/files"
)

// storedAggregates are the block aggregates of the means that a dataset declares, as
// a version keeps them in its file "means". That name and the format's are older than
// the names in this package; they stay, so that files stay readable.
type storedAggregates struct {
	of     []aggregated        // all with sums
	by     []int               // indexes of the table's fields
	groups int                 // how many there are, in the order of their values
	blocks []*partialAggregate // nil for a block that is not kept
}

// aggregatesFormat is the magic word at the start of the file.
const aggregatesFormat = "herbmea1"

const (
	aggregatesHeaderBytes = len(aggregatesFormat) + 4*4
	aggregateGroupBytes   = 8
	aggregateSumBytes     = 3 * 8
)

// append writes the block aggregates, little-endian: for each block whether it is
// kept, and by group and field its rows, nulls and sums. A block is not kept if one of
// its sums does not fit into two words.
func (k *storedAggregates) append(dst []byte) []byte {
	order := binary.LittleEndian
	dst = append(dst, aggregatesFormat...)
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

func (k *storedAggregates) blockBytes() int {
	return 4 + k.groups*(aggregateGroupBytes+len(k.of)*aggregateSumBytes)
}

// appendTo reports whether it could write all of the sums.
func (a *partialAggregate) appendTo(dst *[]byte, groups int) bool {
	order := binary.LittleEndian
	for g := range groups {
		*dst = order.AppendUint64(*dst, uint64(a.rows[g]))
		for i, s := range a.sums {
			nulls := int64(0)
			if a.nulls[i] != nil {
				nulls = a.nulls[i][g]
			}
			high, low, ok := s.Words(uint32(g))
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
func parseAggregates(b []byte, fields []datasets.Field, sums *zoneMaps) (*storedAggregates, error) {
	if len(b) < aggregatesHeaderBytes || string(b[:len(aggregatesFormat)]) != aggregatesFormat {
		return nil, fmt.Errorf("this is not a file of block aggregates")
	}
	left := numbers(b[len(aggregatesFormat):])
	blocks, groups, of, by := int(left.u32()), int(left.u32()), int(left.u32()), int(left.u32())
	if blocks != len(sums.blocks) || groups < 1 || groups > fewGroups || of > len(fields) || by > len(fields) || len(left) < 4*(of+by) {
		return nil, fmt.Errorf("sums of %d fields by %d, in %d groups and %d blocks", of, by, groups, blocks)
	}
	k := &storedAggregates{groups: groups, blocks: make([]*partialAggregate, blocks)}
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
		texts *= int(sums.dictionaries[f].count)
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
		k.blocks[i] = k.parseBlock(&left, fields, sums.columns[i*len(fields):])
		if !k.blocks[i].plausible(int64(rows)) {
			return nil, fmt.Errorf("sums that block %d cannot have", i)
		}
	}
	return k, nil
}

// parseBlock reads a block's aggregate.
func (k *storedAggregates) parseBlock(left *numbers, fields []datasets.Field, columns []zoneMap) *partialAggregate {
	c := newPartialAggregate(fields, k.of, func(field int) bool { return columns[field].nulls > 0 })
	c.grow(k.groups)
	for g := range k.groups {
		c.rows[g] = int64(left.u64())
		for i, s := range c.sums {
			if nulls := int64(left.u64()); c.nulls[i] != nil {
				c.nulls[i][g] = nulls
			}
			s.SetWords(uint32(g), left.u64(), left.u64())
		}
	}
	return &c
}

// plausible reports whether a block of so many rows can have this aggregate.
func (a *partialAggregate) plausible(rows int64) bool {
	for g, n := range a.rows {
		if n < 0 || n > rows {
			return false
		}
		rows -= n
		for i := range a.sums {
			if a.nulls[i] != nil && (a.nulls[i][g] < 0 || a.nulls[i][g] > n) {
				return false
			}
			if math.IsNaN(a.sums[i].Total(uint32(g))) || math.IsInf(a.sums[i].Total(uint32(g)), 0) {
				return false
			}
		}
	}
	return rows == 0
}

// keepStored keeps what a file has.
func (s *aggregateSets) keepStored(k *storedAggregates, nullable func(field int) bool) {
	names := make([]string, len(k.by))
	for i, f := range k.by {
		names[i] = groupName(f, "")
	}
	by := aggregatesBy(names)
	parts := []part{{keptAggregate: keptAggregate{by, -1, rowCounts}}}
	for place, o := range k.of {
		if nullable(o.field) {
			parts = append(parts, part{keptAggregate: keptAggregate{by, o.field, nullCounts}, place: place})
		}
		parts = append(parts, part{keptAggregate: keptAggregate{by, o.field, fieldSums}, place: place})
	}
	if !s.keep(parts, len(k.blocks), k.groups, maxKept, func(*part) bool { return false }) {
		return
	}
	for i, b := range k.blocks {
		for j := range parts {
			if b != nil {
				parts[j].kept.blocks[i].Store(b.part(&parts[j]))
			}
		}
	}
}

// readAggregates gives the table the block aggregates in the file of that name.
func (t *table) readAggregates(name string, wanted files.VersionFile) error {
	b, err := wanted.Read(name)
	if err != nil {
		return err
	}
	k, err := parseAggregates(b, t.fields, t.segment.zoneMaps)
	if err != nil {
		return files.Corrupt(name, "%v", err)
	}
	t.aggregates.keepStored(k, t.nullable)
	return nil
}
