package columnar

import (
	"context"
	"fmt"
	"slices"

	"herbarium/datasets"
	"herbarium/engine"
)

// meanPlan is a plan of means, made ready for the table.
type meanPlan struct {
	table  *table
	where  *filter
	fields []int
	by     []*groupCodes
	wholes *wholes // nil where none are kept
}

// partial is what one core has summed up.
type partial struct {
	plan   *meanPlan
	groups groups
	lanes  uint32
	rows   []int64   // by group and lane
	sums   []sums    // by field
	counts [][]int64 // by field: values; nil where the field has no nulls
	scratch
}

// scratch is what working on a block takes.
type scratch struct {
	selected *selection
	at       []uint16 // the rows of the block that are selected, and
	group    []uint32 // the group and lane of each
	validAt  []uint16 // those of them that have a value
	validIn  []uint32
}

// Where groups are few, each sum of a core is split into lanes that rows take
// in turn, because an addition to the sum that the row before has just changed
// would wait for it.
const (
	lanesOfFew = 4
	fewGroups  = 64
)

func (m *meanPlan) newPartial(mostDense int) *partial {
	t := m.table
	p := m.newSums(mostDense)
	p.scratch = scratch{
		selected: t.newSelection(),
		at:       make([]uint16, 0, t.largestBlock()),
		group:    make([]uint32, t.largestBlock()),
		validAt:  make([]uint16, t.largestBlock()),
		validIn:  make([]uint32, t.largestBlock()),
	}
	return p
}

// newSums returns an empty partial that cannot work on blocks yet.
func (m *meanPlan) newSums(mostDense int) *partial {
	t := m.table
	p := &partial{
		plan:   m,
		groups: newGroups(m.by, mostDense),
		lanes:  1,
		sums:   make([]sums, len(m.fields)),
		counts: make([][]int64, len(m.fields)),
	}
	for i, f := range m.fields {
		p.sums[i] = &intSums{}
		if t.fields[f].Type == datasets.Number {
			p.sums[i] = &floatSums{}
		}
		if t.nullable(f) {
			p.counts[i] = []int64{}
		}
	}
	return p
}

// nullable reports whether the field has a null in any row.
func (t *table) nullable(field int) bool {
	return slices.ContainsFunc(t.blocks, func(b block) bool { return b.columns[field].nulls > 0 })
}

// grow makes room for the groups that are numbered by now.
func (p *partial) grow() {
	n := p.groups.count() * int(p.lanes)
	p.rows = extend(p.rows, n)
	for i, s := range p.sums {
		s.grow(n)
		if p.counts[i] != nil {
			p.counts[i] = extend(p.counts[i], n)
		}
	}
}

// add sums up the rows of a block that the plan selects.
func (p *partial) add(number int) {
	p.plan.where.choose(&p.plan.table.blocks[number], p.selected)
	switch {
	case p.selected.rows == 0:
	case p.selected.full && p.plan.wholes != nil:
		p.addWhole(number)
	default:
		p.sum(number)
	}
}

// sum sums up the selected rows of a block.
func (p *partial) sum(number int) {
	b := &p.plan.table.blocks[number]
	if p.selected.full {
		setFirst(p.selected.bitmap[:words(b.rows)], b.rows)
	}
	p.at = appendRows(p.at[:0], p.selected.bitmap[:words(b.rows)])
	for _, by := range p.plan.by {
		b.columns[by.field].touch() // codes of text are the column itself
	}
	group := p.group[:len(p.at)]
	p.groups.number(number, p.at, group)
	if p.lanes > 1 {
		for i := range group {
			group[i] = group[i]*p.lanes + uint32(i)%p.lanes
		}
	}
	p.grow()
	for _, g := range group {
		p.rows[g]++
	}
	for i, f := range p.plan.fields {
		c := &b.columns[f]
		c.touch()
		at, group := p.at, group
		if c.nulls > 0 {
			at, group = p.valid(c, at, group)
		}
		p.sums[i].add(c, at, group)
		if counts := p.counts[i]; counts != nil {
			for _, g := range group {
				counts[g]++
			}
		}
	}
}

// valid returns the rows that have a value in c.
func (p *partial) valid(c *column, at []uint16, group []uint32) ([]uint16, []uint32) {
	n := 0
	for i, row := range at {
		p.validAt[n], p.validIn[n] = row, group[i]
		n += int(c.valid[row>>6] >> (row & 63) & 1)
	}
	return p.validAt[:n], p.validIn[:n]
}

// merge adds what another core has summed up.
func (p *partial) merge(other *partial) {
	var codes []uint32
	for from, rows := range other.rows {
		if rows == 0 {
			continue
		}
		codes = other.groups.codes(codes[:0], uint32(from)/other.lanes)
		group := p.groups.find(codes) * p.lanes
		p.grow()
		p.rows[group] += rows
		for i, s := range p.sums {
			s.merge(group, other.sums[i], uint32(from))
			if p.counts[i] != nil {
				p.counts[i][group] += other.counts[i][from]
			}
		}
	}
}

// mean returns the groups' means as a cursor.
func (t *table) mean(ctx context.Context, plan *engine.Plan) (*meanCursor, error) {
	m := &meanPlan{table: t, where: t.filter(plan.Filter), fields: plan.Fields}
	for _, f := range plan.Fields {
		if !t.fields[f].Numeric() {
			return nil, fmt.Errorf("field %s has no mean", t.fields[f].Name)
		}
	}
	for _, f := range plan.GroupBy {
		g, err := t.groupCodes(ctx, f)
		if err != nil {
			return nil, err
		}
		m.by = append(m.by, g)
	}
	m.wholes = t.wholesOf(m)
	total, err := m.run(ctx)
	if err != nil {
		return nil, err
	}
	return newMeanCursor(plan, total), nil
}

// run sums up all blocks.
func (m *meanPlan) run(ctx context.Context) (*partial, error) {
	t := m.table
	partials := make([]*partial, t.workersFor(len(t.blocks)))
	for i := range partials {
		partials[i] = m.newPartial(t.mostDense)
		if p := partials[i]; len(t.blocks) > 1 && p.groups.count() <= fewGroups {
			if _, dense := p.groups.(denseGroups); dense {
				p.lanes = lanesOfFew
			}
		}
	}
	err := t.share(ctx, 0, len(t.blocks), len(partials), func(worker, block int) { partials[worker].add(block) })
	if err != nil {
		return nil, err
	}
	if len(partials) == 1 && partials[0].lanes == 1 {
		return partials[0], nil
	}
	total := m.newPartial(t.mostDense)
	for _, p := range partials {
		total.merge(p)
	}
	return total, nil
}
