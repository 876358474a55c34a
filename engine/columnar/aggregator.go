package columnar

import (
	"math/bits"

	"herbarium/engine/columnar/internal/bitmap"
	"herbarium/engine/columnar/internal/exact"
	"herbarium/engine/columnar/internal/kernels"
	"herbarium/engine/fault"
	"herbarium/engine/plan"
)

// aggregator is one core's share of an aggregation: it numbers groups and adds
// rows of blocks to a partial aggregate of its own, which is merged with those of
// the other cores at the end.
type aggregator struct {
	plan     *aggregation
	groups   groups
	texts    [][]string      // by place, of text; set at the end
	found    [][]groupValues // by place; set by the second pass
	paired   *pairing        // likewise, where there are pairs
	reserved int             // groups for which memory was taken
	partialAggregate
	scratch
}

// scratch is what working on a block takes.
type scratch struct {
	selected     *selection
	at           []uint16 // the rows of the block that are selected, and
	group        []uint32 // the group of each
	accumulators int      // of each group, in what follows
	counts       []int64  // of the block's rows, by group and accumulator
	laneSums     []laneSum
	known        []*blockAggregate
	zeroValues   []float64 // zeros for a block's rows; nil until they are needed
}

// newAggregator returns an empty aggregator. Its scratch memory is to be given back.
func (m *aggregation) newAggregator() *aggregator {
	return m.newAggregatorIn(m.table.takeScratch())
}

// takeScratch returns scratch memory that an earlier query gave back, if there is some:
// that of small queries is most of what they would allocate.
func (t *table) takeScratch() scratch {
	used, ok := t.scratches.Get().(*scratch)
	if !ok || cap(used.group) < t.largestBlock() {
		return t.newScratch()
	}
	used.selected.reset(t.largestBlock())
	used.group = used.group[:t.largestBlock()]
	return *used
}

// giveBack gives back scratch memory, which nothing may use from then on.
func (t *table) giveBack(s *scratch) {
	t.scratches.Put(&scratch{selected: s.selected, at: s.at[:0], group: s.group})
	*s = scratch{}
}

func (t *table) newScratch() scratch {
	return scratch{
		selected: t.newSelection(),
		at:       make([]uint16, 0, t.largestBlock()),
		group:    make([]uint32, t.largestBlock()),
	}
}

// newAggregatorIn returns an empty aggregator that works in the scratch memory of
// another.
func (m *aggregation) newAggregatorIn(room scratch) *aggregator {
	p := &aggregator{plan: m, groups: m.table.groupsBy(m.by), partialAggregate: m.newPartialAggregate(), scratch: room}
	p.accumulators, p.laneSums = 1, m.newLaneSums()
	if _, few := p.groups.few(); few {
		p.accumulators = kernels.Accumulators
	}
	return p
}

// zeros returns zeros for the rows of a block.
func (p *aggregator) zeros() []float64 {
	if p.zeroValues == nil {
		p.zeroValues = make([]float64, p.plan.table.largestBlock())
	}
	return p.zeroValues
}

// add adds the rows of a block that the plan selects.
func (p *aggregator) add(number int) {
	p.plan.where.selectRows(&p.plan.table.blocks[number], number, p.selected)
	if p.plan.chosen != nil {
		p.plan.chosen[number] = p.selected.kept()
	}
	switch {
	case p.selected.rows == 0:
	case p.selected.full && p.plan.parts != nil:
		p.addWholeBlock(number)
	default:
		p.accumulate(number)
	}
}

// accumulate adds the selected rows of a block. What it adds of numbers is in the
// sums once the lane sums are drained.
func (p *aggregator) accumulate(number int) {
	b := &p.plan.table.blocks[number]
	selected := p.selected.bitmap[:bitmap.Words(b.rows)]
	if p.selected.full {
		bitmap.SetFirst(selected, b.rows)
	}
	p.at = bitmap.AppendRows(p.at[:0], selected)
	group := p.group[:len(p.at)]
	if err := p.plan.takeCodes(number); err != nil {
		p.plan.refuse(err)
		return
	}
	p.groups.number(p.plan.table, number, p.at, group)
	if err := p.reserve(); err != nil {
		p.plan.refuse(err)
		return
	}
	p.grow(p.groups.count())
	p.count(group)
	for i, o := range p.plan.of {
		if c := &b.columns[o.field]; c.nulls > 0 {
			c.touch()
			countNulls(p.nulls[i], c, selected, group)
		}
		if e := p.extremes[i]; e != nil {
			e.add(&b.columns[o.field], &p.plan.within[i], p.rows, p.at, group)
		}
	}
	if p.groups.count()*p.accumulators > maxCells {
		p.drain() // groups may have become so many in this block
		p.laneSums = nil
	}
	for _, q := range p.laneSums {
		q.add(p, b, p.at, group)
	}
	for i, o := range p.plan.of {
		if o.sum && (p.laneSums == nil || p.plan.exponents[i] == noLaneSum) {
			c := &b.columns[o.field]
			c.touch()
			c.addTo(p.sums[i], p.at, group)
		}
	}
}

// count counts the rows of the groups.
func (p *aggregator) count(groups []uint32) {
	if p.accumulators != kernels.Accumulators {
		for _, g := range groups {
			p.rows[g]++
		}
		return
	}
	p.counts = extend(p.counts, len(p.rows)*kernels.Accumulators)
	for i, g := range groups {
		p.counts[int(g)*kernels.Accumulators+i%kernels.Accumulators]++
	}
	for i, n := range p.counts {
		p.rows[i/kernels.Accumulators] += n
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
func (p *aggregator) drain() {
	for _, q := range p.laneSums {
		q.drain(p)
	}
}

// reserve takes memory for the groups that were met since it was last called, where
// groups are numbered as they come. It is called once a block.
func (p *aggregator) reserve() error {
	if _, dense := p.groups.(denseGroups); dense {
		return nil // it was taken for all at the start
	}
	if p.groups.count() > p.plan.table.maxGroups {
		return fault.TooManyGroupsError(p.plan.table.maxGroups)
	}
	met := p.groups.count() - p.reserved
	p.reserved = p.groups.count()
	return p.plan.claim.Take(int64(met) * (p.plan.perGroup + sparseBytes(len(p.plan.by))))
}

// merge adds what another core has summed up.
func (p *aggregator) merge(other *aggregator) error {
	var codes []uint32
	_, dense := p.groups.(denseGroups)
	if dense {
		p.grow(len(other.rows))
	}
	for from, rows := range other.rows {
		if rows == 0 {
			continue
		}
		if dense {
			p.addGroup(uint32(from), &other.partialAggregate, uint32(from))
			continue
		}
		codes = other.groups.codes(codes[:0], uint32(from))
		group := p.groups.find(codes)
		if p.groups.count()-p.reserved >= reservedGroups {
			if err := p.reserve(); err != nil {
				return err
			}
		}
		p.grow(p.groups.count())
		p.addGroup(group, &other.partialAggregate, uint32(from))
	}
	return p.reserve()
}

// aggregates returns what measures read of a group: of the aggregated field or the pair
// at that place, or of rows alone where place is negative.
func (p *aggregator) aggregates(group uint32, place int) plan.Aggregates {
	of := plan.Aggregates{Rows: p.rows[group]}
	if place < 0 {
		return of
	}
	if place >= len(p.of) {
		p.paired.tell(group, place-len(p.of), &of)
		return of
	}
	t, field := p.plan.table, p.of[place].field
	of.Type = t.fields[field].Type
	of.Values = p.values(group, place)
	switch s := p.sums[place].(type) {
	case *exact.FloatSums:
		of.Sum = s.Total(group)
	case *exact.IntSums:
		of.Sum = s.Total(group)
		of.IntSum, of.Fits = s.Int(group)
	}
	if e := p.extremes[place]; e != nil && of.Values > 0 {
		of.Least, of.Greatest = e.of(group, p.texts[place])
	}
	if p.found != nil && of.Values > 0 {
		for _, f := range p.found[place] {
			f.tell(group, &of)
		}
	}
	return of
}
