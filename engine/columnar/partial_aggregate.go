package columnar

import (
	"math/bits"

	"herbarium/engine/columnar/internal/kernels"
)

// partialAggregate is what one core has accumulated, by group. Partial aggregates
// are merged exactly, so it makes no difference which rows were in which.
type partialAggregate struct {
	plan   *aggregation
	groups groups
	aggregates
	scratch
}

// scratch is what working on a block takes.
type scratch struct {
	selected *selection
	at       []uint16 // the rows of the block that are selected, and
	group    []uint32 // the group of each
	lanes    int      // of each group, in what follows
	counts   []int64  // of the block's rows, by group and lane
	laneSums []laneSum
	nothing  []float64 // zeros for a block's rows; nil until they are needed
}

// newPartialAggregate returns an empty partial.
func (m *aggregation) newPartialAggregate(maxDense int) *partialAggregate {
	return m.partialIn(m.table.newScratch(), maxDense)
}

func (t *table) newScratch() scratch {
	return scratch{
		selected: t.newSelection(),
		at:       make([]uint16, 0, t.largestBlock()),
		group:    make([]uint32, t.largestBlock()),
	}
}

// partialIn returns an empty partial that works in the room of another.
func (m *aggregation) partialIn(room scratch, maxDense int) *partialAggregate {
	p := &partialAggregate{plan: m, groups: newGroups(m.by, maxDense), aggregates: m.newAggregates(), scratch: room}
	p.lanes, p.laneSums = 1, m.newLaneSums()
	if _, few := p.groups.few(); few {
		p.lanes = kernels.Lanes
	}
	return p
}

// zeros returns zeros for the rows of a block.
func (p *partialAggregate) zeros() []float64 {
	if p.nothing == nil {
		p.nothing = make([]float64, p.plan.table.largestBlock())
	}
	return p.nothing
}

// add accumulates the rows of a block that the plan selects.
func (p *partialAggregate) add(number int) {
	p.plan.where.choose(&p.plan.table.blocks[number], p.selected)
	switch {
	case p.selected.rows == 0:
	case p.selected.full && p.plan.kept != nil:
		p.addBlock(number)
	default:
		p.accumulate(number)
	}
}

// accumulate adds the selected rows of a block. What it adds of numbers is in
// the sums once the lane sums are drained.
func (p *partialAggregate) accumulate(number int) {
	b := &p.plan.table.blocks[number]
	bitmap := p.selected.bitmap[:words(b.rows)]
	if p.selected.full {
		setFirst(bitmap, b.rows)
	}
	p.at = appendRows(p.at[:0], bitmap)
	for _, by := range p.plan.by {
		b.columns[by.field].touch() // codes of text are the column itself
	}
	group := p.group[:len(p.at)]
	p.groups.number(number, p.at, group)
	p.grow(p.groups.count())
	p.count(group)
	for i, o := range p.plan.of {
		if c := &b.columns[o.field]; c.nulls > 0 {
			c.touch()
			countNulls(p.nulls[i], c, bitmap, group)
		}
	}
	if p.groups.count()*p.lanes > maxCells {
		p.drain() // groups may have become so many in this block
		p.laneSums = nil
	}
	for _, q := range p.laneSums {
		q.add(p, b, p.at, group)
	}
	for i, o := range p.plan.of {
		if o.sum && (p.laneSums == nil || p.plan.tops[i] == unsplit) {
			c := &b.columns[o.field]
			c.touch()
			p.sums[i].add(c, p.at, group)
		}
	}
}

// count counts the rows of the groups.
func (p *partialAggregate) count(groups []uint32) {
	if p.lanes != kernels.Lanes {
		for _, g := range groups {
			p.rows[g]++
		}
		return
	}
	p.counts = extend(p.counts, len(p.rows)*kernels.Lanes)
	for i, g := range groups {
		p.counts[int(g)*kernels.Lanes+i%kernels.Lanes]++
	}
	for i, n := range p.counts {
		p.rows[i/kernels.Lanes] += n
	}
	clear(p.counts)
}

// countNulls counts the selected rows that have no value in c. The groups are
// those of the selected rows.
func countNulls(nulls []int64, c *column, selected []uint64, groups []uint32) {
	before := 0
	for i, word := range selected {
		for missing := word &^ c.valid[i]; missing != 0; missing &= missing - 1 {
			lowest := missing & -missing
			nulls[groups[before+bits.OnesCount64(word&(lowest-1))]]++
		}
		before += bits.OnesCount64(word)
	}
}

// drain completes the sums.
func (p *partialAggregate) drain() {
	for _, q := range p.laneSums {
		q.drain(p)
	}
}

// merge adds what another core has accumulated.
func (p *partialAggregate) merge(other *partialAggregate) {
	var codes []uint32
	for from, rows := range other.rows {
		if rows == 0 {
			continue
		}
		codes = other.groups.codes(codes[:0], uint32(from))
		group := p.groups.find(codes)
		p.grow(p.groups.count())
		p.addGroup(group, &other.aggregates, uint32(from))
	}
}
