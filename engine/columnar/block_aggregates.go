package columnar

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"herbarium/datasets"
	"herbarium/engine/plan"
)

// blockAggregates are small materialized aggregates (Moerkotte, Small
// Materialized Aggregates: A Light Weight Index Structure for Data Warehousing,
// VLDB 1998): of each block, the partial aggregate of all its rows, by group. A
// query that selects a whole block merges it and reads no row.
//
// Those that a dataset's operations need without a query are made when it is
// loaded. Others are made when a query first selects all of a block, and are kept. They do not
// depend on conditions. Those of a row group are its blocks' merged.
type blockAggregates struct {
	blocks    []atomic.Pointer[aggregates]
	rowGroups []atomic.Pointer[aggregates]
}

func newBlockAggregates(blocks int) *blockAggregates {
	return &blockAggregates{make([]atomic.Pointer[aggregates], blocks), make([]atomic.Pointer[aggregates], (blocks+rowGroupBlocks-1)/rowGroupBlocks)}
}

// maxKeptAggregates is of how many lists of fields and ways to group a table
// keeps them: each costs a few hundred bytes a block, some thousandths of its
// rows.
const maxKeptAggregates = 8

// aggregateCache are a table's block aggregates, by what they are of.
type aggregateCache struct {
	mu sync.Mutex
	of map[string]*blockAggregates
}

// aggregatesKey says what block aggregates are of.
func aggregatesKey(of []aggregated, by []int) string { return fmt.Sprint(of, by) }

// keptFor returns the block aggregates for the aggregation; nil where its groups
// are many, so that they would be large, or enough others are kept already.
func (t *table) keptFor(m *aggregation) *blockAggregates {
	if _, few := newGroups(m.by, t.maxDense).few(); !few || len(t.blocks) == 1 {
		return nil
	}
	by := make([]int, len(m.by))
	for i, g := range m.by {
		by[i] = g.field
	}
	return t.kept.get(aggregatesKey(m.of, by), len(t.blocks))
}

// get returns the block aggregates of that key, nil where there are enough others.
func (s *aggregateCache) get(key string, blocks int) *blockAggregates {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.of[key]
	if w == nil && len(s.of) < maxKeptAggregates {
		w = newBlockAggregates(blocks)
		if s.of == nil {
			s.of = map[string]*blockAggregates{}
		}
		s.of[key] = w
	}
	return w
}

// declared returns what the dataset's operations accumulate of its stats
// fields, which a load makes beforehand: nil where no operation needs more than
// the number of rows.
func declared(ds *datasets.Dataset) []aggregated {
	of, needed := make([]aggregated, len(ds.StatsFields)), false
	for i, f := range ds.StatsFields {
		of[i] = aggregated{field: f}
	}
	for _, o := range ds.Operations {
		for _, measured := range o.Measures {
			m, ok := plan.MeasureNamed(measured.Measure)
			if !ok || measured.Of != datasets.OfStatsField {
				continue
			}
			needed = true
			for i := range of {
				of[i].sum = of[i].sum || m.NeedsOf(plan.Sum)
			}
		}
	}
	if !needed || len(of) == 0 {
		return nil
	}
	return of
}

// aggregateBlocks makes the block aggregates that the dataset's operations need
// without a query.
func (t *table) aggregateBlocks(ctx context.Context, ds *datasets.Dataset) error {
	of := declared(ds)
	if of == nil {
		return nil
	}
	m, err := t.aggregation(ctx, nil, of, ds.GroupBy)
	if err != nil || m.kept == nil {
		return err
	}
	_, err = m.run(ctx)
	return err
}

// addBlock adds all rows of a block.
func (p *partialAggregate) addBlock(number int) {
	p.addKept(&p.plan.kept.blocks[number], func() { p.accumulate(number) })
}

// addRowGroup adds all rows of a row group.
func (p *partialAggregate) addRowGroup(number int) {
	p.addKept(&p.plan.kept.rowGroups[number], func() {
		p.selected.full = true
		first, end := p.plan.table.rowGroup(number)
		for b := first; b < end; b++ {
			p.addBlock(b)
		}
	})
}

// addKept adds what is kept there, or what work adds, which is kept from now
// on. Two who do so for the first time at once find the same.
func (p *partialAggregate) addKept(place *atomic.Pointer[aggregates], work func()) {
	known := place.Load()
	if known == nil {
		p.drain() // what is kept is of this work alone
		known = p.alone(work)
		place.Store(known)
	}
	p.grow(p.groups.count())
	for g, rows := range known.rows {
		if rows > 0 {
			p.addGroup(uint32(g), known, uint32(g))
		}
	}
}

// alone returns what work adds.
func (p *partialAggregate) alone(work func()) *aggregates {
	before := p.aggregates
	p.aggregates = p.plan.newAggregates()
	work()
	p.drain()
	alone := p.aggregates
	p.aggregates = before
	return &alone
}
