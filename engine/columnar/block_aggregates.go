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
	blocks    []atomic.Pointer[partialAggregate]
	rowGroups []atomic.Pointer[partialAggregate]
}

func newBlockAggregates(blocks int) *blockAggregates {
	return &blockAggregates{make([]atomic.Pointer[partialAggregate], blocks), make([]atomic.Pointer[partialAggregate], (blocks+rowGroupBlocks-1)/rowGroupBlocks)}
}

// maxAggregateSets is for how many lists of fields and groupings a table keeps block
// aggregates: each costs a few hundred bytes a block, some thousandths of its rows.
const maxAggregateSets = 8

// aggregateSets are a table's block aggregates, by fields and grouping.
type aggregateSets struct {
	mu sync.Mutex
	of map[string]*blockAggregates
}

// aggregateSetKey is the key of aggregateSets.
func aggregateSetKey(of []aggregated, by []string) string { return fmt.Sprintf("%v %q", of, by) }

// blockAggregatesOf returns the block aggregates for the plan. It returns nil where
// the plan has too many groups to keep them, or maxAggregateSets are kept already.
func (t *table) blockAggregatesOf(m *aggregation) *blockAggregates {
	if _, few := newGroups(m.by, t.maxDense).few(); !few || len(t.blocks) == 1 {
		return nil
	}
	by := make([]string, len(m.by))
	for i, g := range m.by {
		by[i] = g.name
	}
	return t.aggregates.get(aggregateSetKey(m.of, by), len(t.blocks))
}

// get returns the block aggregates of that key, or nil where maxAggregateSets others
// are kept.
func (s *aggregateSets) get(key string, blocks int) *blockAggregates {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.of[key]
	if w == nil && len(s.of) < maxAggregateSets {
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
	by := make([]plan.Key, len(ds.GroupBy))
	for i, f := range ds.GroupBy {
		by[i].Field = f
	}
	m, err := t.aggregation(ctx, &filter{}, of, by)
	if err != nil || m.aggregates == nil {
		return err
	}
	_, err = m.run(ctx)
	return err
}

// addWholeBlock sums up all rows of a block.
func (p *aggregator) addWholeBlock(number int) {
	p.addCached(&p.plan.aggregates.blocks[number], func() { p.accumulate(number) })
}

// addRowGroup sums up all rows of a row group.
func (p *aggregator) addRowGroup(number int) {
	p.addCached(&p.plan.aggregates.rowGroups[number], func() {
		p.selected.full = true
		first, end := p.plan.table.rowGroup(number)
		for b := first; b < end; b++ {
			p.addWholeBlock(b)
		}
	})
}

// addCached merges the partial aggregate that is kept in place. Where there is none,
// it keeps what work adds. Two goroutines that do so at once compute the same.
func (p *aggregator) addCached(place *atomic.Pointer[partialAggregate], work func()) {
	known := place.Load()
	if known == nil {
		p.drain() // what is kept is of this work alone
		known = p.collect(work)
		place.Store(known)
	}
	p.grow(p.groups.count())
	for g, rows := range known.rows {
		if rows > 0 {
			p.addGroup(uint32(g), known, uint32(g))
		}
	}
}

// collect returns what work adds, as a partial aggregate of its own.
func (p *aggregator) collect(work func()) *partialAggregate {
	before := p.partialAggregate
	p.partialAggregate = p.plan.newPartialAggregate()
	work()
	p.drain()
	alone := p.partialAggregate
	p.partialAggregate = before
	return &alone
}
