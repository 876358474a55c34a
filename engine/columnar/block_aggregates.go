package columnar

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"herbarium/datasets"
	"herbarium/engine/columnar/internal/exact"
	"herbarium/engine/plan"
)

// blockAggregates are small materialized aggregates (Moerkotte, Small
// Materialized Aggregates: A Light Weight Index Structure for Data Warehousing,
// VLDB 1998): of each block, one aggregate of all its rows, by group. A query that
// selects a whole block merges those of the aggregates that it needs, and reads no row.
//
// Those that a dataset's operations need without a query are made when it is
// loaded. Others are made when a query first selects all of a block, and are kept. They do not
// depend on conditions. Those of a row group are its blocks' merged.
type blockAggregates struct {
	blocks    []atomic.Pointer[blockAggregate]
	rowGroups []atomic.Pointer[blockAggregate]
	groups    int
	used      uint64 // when a query last asked for them, counted in such queries
}

func newBlockAggregates(blocks, groups int) *blockAggregates {
	return &blockAggregates{make([]atomic.Pointer[blockAggregate], blocks),
		make([]atomic.Pointer[blockAggregate], (blocks+rowGroupBlocks-1)/rowGroupBlocks), groups, 0}
}

// blockAggregate is one aggregate of the rows of a block or a row group, by group.
// Only what its kind says is set.
type blockAggregate struct {
	counts   []int64 // of rows, or of rows without a value, nil where there are none of these
	sums     exact.Sums
	extremes *extremes
}

// keptAggregate says what a block aggregate is of: how many rows there are, or, of a
// field, how many have no value, what they sum up to, or the extremes.
type keptAggregate struct {
	by    string // what rows are grouped by
	field int    // negative for rows
	kind  aggregateKind
}

type aggregateKind uint8

const (
	rowCounts aggregateKind = iota
	nullCounts
	fieldSums
	fieldExtremes
)

const (
	// keptGroups is up to how many groups have block aggregates.
	keptGroups = 512
	// maxKept is for how many groups of all kept aggregates together a table keeps
	// those of a block: each costs some 16 bytes a block.
	maxKept = 4096
)

// aggregateSets are a table's block aggregates. What was not asked for longest goes
// when there are too many.
type aggregateSets struct {
	mu     sync.Mutex
	of     map[keptAggregate]*blockAggregates
	groups int // of all
	asked  uint64
}

// part is one of the aggregates that a plan needs of whole blocks.
type part struct {
	keptAggregate
	place int              // among the plan's aggregated fields
	kept  *blockAggregates // nil where zone maps tell it
}

// partsOf returns what the plan needs of whole blocks, counts of rows first. It
// returns nil where block aggregates are not kept for so many groups.
func (t *table) partsOf(m *aggregation) []part {
	groups, dense := t.groupsBy(m.by).(denseGroups)
	if !dense || groups.count() > keptGroups || len(t.blocks) == 1 {
		return nil
	}
	names := make([]string, len(m.by))
	for i, g := range m.by {
		names[i] = g.name
	}
	by := aggregatesBy(names)
	parts := []part{{keptAggregate: keptAggregate{by, -1, rowCounts}}}
	for place, o := range m.of {
		add := func(kind aggregateKind) {
			parts = append(parts, part{keptAggregate: keptAggregate{by, o.field, kind}, place: place})
		}
		nullable := t.nullable(o.field)
		if nullable {
			add(nullCounts)
		}
		if o.sum {
			add(fieldSums)
		}
		if o.extremes {
			add(fieldExtremes)
		}
	}
	if !t.aggregates.keep(parts, len(t.blocks), groups.count(), t.maxKept(), func(p *part) bool { return len(m.by) == 0 && t.zoneTells(p) }) {
		return nil
	}
	return parts
}

// maxKept returns for how many groups the table keeps aggregates.
func (t *table) maxKept() int {
	most := maxKept
	if bytes := t.maxAggregates.Load(); bytes > 0 {
		const aggregateBytes = 16
		most = min(most, int(bytes/aggregateBytes)/max(1, len(t.blocks)))
	}
	return most
}

// aggregatesBy names what rows are grouped by.
func aggregatesBy(names []string) string { return fmt.Sprintf("%q", names) }

// zoneTells reports whether zone maps tell the aggregate of all rows as one group.
func (t *table) zoneTells(p *part) bool {
	switch p.kind {
	case fieldSums:
		return false
	case fieldExtremes:
		return t.fields[p.field].Type != datasets.String || !t.nullable(p.field)
	default:
		return true
	}
}

// keep finds the block aggregates of the parts, or makes place for them, except for those
// that need none. It returns false where they are too many.
func (s *aggregateSets) keep(parts []part, blocks, groups, most int, needless func(*part) bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	wanted := 0
	for i := range parts {
		if !needless(&parts[i]) {
			wanted += groups
		}
	}
	if wanted > most {
		return false
	}
	s.asked++
	for i := range parts {
		p := &parts[i]
		if needless(p) {
			continue
		}
		if p.kept = s.of[p.keptAggregate]; p.kept == nil {
			p.kept = newBlockAggregates(blocks, groups)
			s.add(p.keptAggregate, p.kept)
		}
		p.kept.used = s.asked
	}
	s.shrink(most)
	return true
}

// clear drops all. Queries under way go on with what they have found.
func (s *aggregateSets) clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.of, s.groups = nil, 0
}

func (s *aggregateSets) add(k keptAggregate, of *blockAggregates) {
	if s.of == nil {
		s.of = map[keptAggregate]*blockAggregates{}
	}
	s.of[k] = of
	s.groups += of.groups
}

// shrink drops what was not asked for longest, until the others have at most so many groups.
func (s *aggregateSets) shrink(most int) {
	for s.groups > most {
		var oldest keptAggregate
		used := s.asked + 1
		for k, of := range s.of {
			if of.used < used {
				oldest, used = k, of.used
			}
		}
		s.groups -= s.of[oldest].groups
		delete(s.of, oldest)
	}
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
				of[i].extremes = of[i].extremes || m.NeedsOf(plan.Extremes)
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
	m, err := t.aggregation(ctx, &plan.Condition{}, of, by)
	if err != nil || m.parts == nil {
		return err
	}
	_, err = m.run(ctx)
	return err
}

// addWholeBlock adds all rows of a block.
func (p *aggregator) addWholeBlock(number int) {
	p.addKept(&p.plan.table.blocks[number], func(b *blockAggregates) *atomic.Pointer[blockAggregate] { return &b.blocks[number] },
		func() { p.accumulate(number) })
}

// addRowGroup adds all rows of a row group.
func (p *aggregator) addRowGroup(number int) {
	p.addKept(&p.plan.table.rowGroups()[number], func(b *blockAggregates) *atomic.Pointer[blockAggregate] { return &b.rowGroups[number] },
		func() {
			p.selected.full = true
			first, end := p.plan.table.rowGroup(number)
			for b := first; b < end; b++ {
				p.addWholeBlock(b)
			}
		})
}

// addKept merges the aggregates of a block or row group that are kept, or that its zone
// maps tell. Where one is missing, it keeps what work adds. Two goroutines that do so at
// once compute the same.
func (p *aggregator) addKept(zones *block, in func(*blockAggregates) *atomic.Pointer[blockAggregate], work func()) {
	parts := p.plan.parts
	known, missing := extend(p.known, len(parts)), false
	p.known = nil // work may come here again
	for i := range parts {
		if kept := parts[i].kept; kept == nil {
			known[i] = parts[i].ofZones(zones, p.plan.table.fields)
		} else {
			known[i] = in(kept).Load()
		}
		missing = missing || known[i] == nil
	}
	if missing {
		p.drain() // what is kept is of this work alone
		made := p.collect(work)
		for i := range parts {
			if parts[i].kept != nil {
				known[i] = made.part(&parts[i])
				in(parts[i].kept).Store(known[i])
			}
		}
	}
	p.grow(p.groups.count())
	rows := known[0].counts
	for i := range parts {
		p.mergePart(&parts[i], known[i], rows)
	}
	p.known = known
}

// collect returns what work adds, as a partial aggregate of its own.
func (p *aggregator) collect(work func()) *partialAggregate {
	before := p.partialAggregate
	p.partialAggregate = p.plan.newPartialAggregate()
	p.grow(p.groups.count())
	work()
	p.drain()
	alone := p.partialAggregate
	p.partialAggregate = before
	return &alone
}

// ofZones returns the aggregate of a block or row group as its zone maps tell it.
func (k *keptAggregate) ofZones(b *block, fields []datasets.Field) *blockAggregate {
	switch k.kind {
	case rowCounts:
		return &blockAggregate{counts: []int64{int64(b.rows)}}
	case nullCounts:
		return &blockAggregate{counts: []int64{int64(b.columns[k.field].nulls)}}
	default:
		return &blockAggregate{extremes: b.columns[k.field].ofZone(fields[k.field].Type)}
	}
}

// part returns one aggregate of a partial aggregate.
func (a *partialAggregate) part(p *part) *blockAggregate {
	switch p.kind {
	case rowCounts:
		return &blockAggregate{counts: a.rows}
	case nullCounts:
		return &blockAggregate{counts: a.nulls[p.place]}
	case fieldSums:
		return &blockAggregate{sums: a.sums[p.place]}
	default:
		return &blockAggregate{extremes: a.extremes[p.place]}
	}
}

// mergePart adds an aggregate of some rows; rows has how many these are, by group.
func (a *partialAggregate) mergePart(p *part, known *blockAggregate, rows []int64) {
	switch p.kind {
	case rowCounts:
		for g, n := range rows {
			a.rows[g] += n
		}
	case nullCounts:
		nulls := a.nulls[p.place]
		for g, n := range known.counts {
			nulls[g] += n
		}
	case fieldSums:
		sums := a.sums[p.place]
		for g, n := range rows {
			if n > 0 {
				sums.Merge(uint32(g), known.sums, uint32(g))
			}
		}
	default:
		for g, n := range rows {
			if n > 0 {
				a.extremes[p.place].merge(uint32(g), known.extremes, uint32(g))
			}
		}
	}
}
