package columnar

import (
	"context"

	"herbarium/engine/columnar/internal/kernels"
	"herbarium/engine/memory"
)

// What groups take of memory is estimated before they are made, from what is accumulated
// of them. Slices that grow with the groups are counted twice: they have room for more,
// and are copied into that.

const (
	// bytes of one group, on one core
	countBytes    = 8
	sumBytes      = 16
	extremesBytes = 2 * 16
	cellBytes     = 32 // of lane sums, for four fields
	growth        = 2

	// reservedGroups is for how many groups memory is taken at once.
	reservedGroups = 1 << 12
)

// groupBytes is about how much memory each group takes on a core in the first pass.
func (m *aggregation) groupBytes() int64 {
	bytes := int64(growth * countBytes)
	for _, o := range m.of {
		bytes += growth * countBytes
		if o.sum {
			bytes += growth * (sumBytes + cellBytes)
		}
		if o.extremes {
			bytes += growth * extremesBytes
		}
	}
	if groups, few := m.table.groupsBy(m.by).few(); few && groups.product <= fewGroups {
		bytes *= kernels.Accumulators
	}
	return bytes
}

// sparseBytes is about how much memory the numbering of a group takes besides: its codes,
// and an entry of a map for each field after the first.
func sparseBytes(fields int) int64 {
	const (
		entryBytes = 64 // of a map with keys of 8 bytes and values of 4, while it grows
	)
	return growth*codeBytes*int64(fields) + entryBytes*int64(max(0, fields-1))
}

// takeCodes takes memory for the codes of buckets that are made of a block: those that are
// known are the cache's, or another query's.
func (m *aggregation) takeCodes(block int) error {
	bytes := 0
	for _, g := range m.by {
		if g.buckets != nil && g.buckets.blocks[block].Load() == nil {
			bytes += codeBytes * m.table.blocks[block].rows
		}
	}
	return m.claim.Take(int64(bytes))
}

// takeRuns takes memory for so many runs of buckets: where they begin, their codes, and their
// labels.
func takeRuns(ctx context.Context, runs int) error {
	const runBytes = 128
	return memory.Take(ctx, int64(runs)*runBytes)
}

// takeDistinct takes memory for the distinct values of all rows: they are sorted, and merged
// by twos.
func (t *table) takeDistinct(ctx context.Context) error {
	return memory.Take(ctx, 2*wordBytes*t.rows)
}

// takeValues takes memory for a second pass over a field's values, which are held by
// group: the values, and as many again where all cores search a large group.
func (p *secondPass) takeValues(values int64) error {
	const valueBytes, perGroup = 8, 6 * 8
	return memory.Take(p.ctx, 2*values*valueBytes+int64(len(p.total.rows))*perGroup)
}

// takeCounters takes memory for the counters of a field's codes, on each core.
func (p *secondPass) takeCounters(codes int) error {
	const counterBytes = 4
	return memory.Take(p.ctx, int64(p.workers())*int64(len(p.total.rows))*int64(codes)*counterBytes)
}

// takeDeviations takes memory for sums of deviations of some fields, on each core.
func (p *secondPass) takeDeviations(fields int) error {
	const perGroup = 2*sumBytes + 8 + cellBytes
	return memory.Take(p.ctx, int64(p.workers()+1)*int64(len(p.total.rows))*int64(fields)*perGroup)
}

// takePairs takes memory for the sums of pairs of fields, on each core.
func (p *secondPass) takePairs(groups, pairs int) error {
	const perPair = 5 * (sumBytes + cellBytes)
	return memory.Take(p.ctx, int64(p.workers()+1)*int64(groups)*int64(pairs)*perPair)
}

// takeOrder takes memory for the order of so many groups, by that many keys.
func takeOrder(ctx context.Context, groups, keys int) error {
	const (
		numberBytes = 8
		itemBytes   = 2*16 + 8
		keyBytes    = 8 + 1
	)
	each := numberBytes
	if keys > 0 {
		each += itemBytes + keys*keyBytes
	}
	return memory.Take(ctx, int64(groups)*int64(each))
}
