package columnar

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/fault"
	"herbarium/engine/memory"
	"herbarium/engine/plan"
)

// aggregation is a plan of groups, made ready for the table. What it
// accumulates follows from the aggregates that the plan's measures need; which
// measures they are does not matter to it.
type aggregation struct {
	table     *table
	where     *filter
	of        []aggregated
	pairs     []pair   // of which measures are asked for
	exponents []int    // by place in of, as table.exponents says
	within    []bounds // by place, between what the selected values lie
	by        []*groupCodes
	parts     []part // nil where no block aggregates are kept
	// chosen are the selected rows of each block, where they are read a second time;
	// else nil.
	chosen []blockSelection
	// claim is the memory of the query, and perGroup about what a group takes of it on
	// each core.
	claim    *memory.Claim
	perGroup int64
	// refusal is set once a core has more groups than a query may make, or than there is
	// memory for.
	refusal atomic.Pointer[error]
}

// refuse ends the aggregation with an error.
func (m *aggregation) refuse(err error) { m.refusal.CompareAndSwap(nil, &err) }

// groupsOf returns the plan's groups as a cursor.
func (t *table) groupsOf(ctx context.Context, p *plan.Plan) (*groupCursor, error) {
	of, pairs, places := aggregatedBy(p.Groups.Measures)
	m, err := t.aggregation(ctx, &p.Filter, of, p.Groups.Keys)
	if err != nil {
		return nil, err
	}
	t.keepAlone(ctx, m.where, p)
	m.pairs = pairs
	for i, o := range of {
		m.within[i] = boundsOf(&p.Filter, o.field, t.fields[o.field].Type)
	}
	for _, o := range of {
		if o.values.any() || o.paired {
			m.chosen = make([]blockSelection, len(t.blocks))
		}
	}
	total, err := m.run(ctx)
	if err != nil {
		return nil, err
	}
	if m.chosen != nil {
		if err := m.secondPass(ctx, total, p.Groups.Measures, places); err != nil {
			return nil, err
		}
	}
	total.texts = make([][]string, len(of))
	for i, o := range of {
		if o.extremes || o.values.any() {
			total.texts[i] = t.dictionary(o.field)
		}
	}
	return newGroupCursor(ctx, p, total, places)
}

// aggregatedBy returns what has to be accumulated for the measures, of which pairs of
// fields, and for each measure at which place its field is; negative for a measure of
// rows. Places from len(of) on are those of pairs.
func aggregatedBy(measures []plan.Measured) (of []aggregated, pairs []pair, places []int) {
	places = make([]int, len(measures))
	place := func(field int) int {
		at := slices.IndexFunc(of, func(o aggregated) bool { return o.field == field })
		if at < 0 {
			at = len(of)
			of = append(of, aggregated{field: field})
		}
		return at
	}
	for i, m := range measures {
		if places[i] = -1; m.Field == plan.NoField || m.OfPair {
			continue
		}
		at := place(m.Field)
		of[at].sum = of[at].sum || m.NeedsOf(plan.Sum)
		of[at].values.add(m.Measure)
		of[at].extremes = of[at].extremes || m.NeedsOf(plan.Extremes)
		places[i] = at
	}
	numbers := make([]int, len(measures))
	for i, m := range measures {
		if !m.OfPair {
			continue
		}
		with := pair{place(m.Field), place(m.With)}
		for _, at := range with {
			of[at].sum, of[at].paired = true, true
		}
		if numbers[i] = slices.Index(pairs, with); numbers[i] < 0 {
			numbers[i] = len(pairs)
			pairs = append(pairs, with)
		}
	}
	for i, m := range measures {
		if m.OfPair {
			places[i] = len(of) + numbers[i]
		}
	}
	return of, pairs, places
}

// aggregation makes groups by some keys, and what is accumulated of fields, ready
// for the table.
func (t *table) aggregation(ctx context.Context, where *plan.Condition, of []aggregated, by []plan.Key) (*aggregation, error) {
	compiled, err := t.filter(ctx, where)
	if err != nil {
		return nil, err
	}
	m := &aggregation{table: t, where: compiled, of: of}
	for _, o := range of {
		m.within = append(m.within, allValues)
		if f := &t.fields[o.field]; o.sum && !f.Numeric() && f.Type != datasets.Boolean {
			return nil, fmt.Errorf("field %s has no sum", t.fields[o.field].Name)
		}
	}
	for i := range by {
		g, err := t.groupCodesOf(ctx, &by[i])
		if err != nil {
			return nil, err
		}
		m.by = append(m.by, g)
	}
	for i := range of {
		if o := &of[i]; o.values.any() && !o.paired {
			if o.counted = t.counted(o.field, m.by); o.counted != nil {
				o.countsTell = o.sum || o.extremes
				o.sum, o.extremes = false, false
			}
		}
	}
	m.claim = memory.Of(ctx)
	m.perGroup = m.groupBytes()
	m.exponents = t.exponents(of)
	m.parts = t.partsOf(m)
	return m, nil
}

// work is what one core does at a time: a block, or a row group all of whose
// rows are selected and whose sum is kept.
type work struct {
	rowGroup bool
	number   int // of the row group, where it is a whole one, or of the block
}

// works returns what has to be done.
func (m *aggregation) works() []work {
	t := m.table
	all := make([]work, 0, len(t.blocks))
	rowGroups := t.rowGroups()
	for i := range rowGroups {
		verdict := m.where.prune(&rowGroups[i])
		switch {
		case verdict == noRow:
		case verdict == everyRow && m.parts != nil:
			all = append(all, work{true, i})
			if m.chosen != nil {
				first, end := t.rowGroup(i)
				for b := first; b < end; b++ {
					m.chosen[b].rows = t.blocks[b].rows
				}
			}
		default:
			first, end := t.rowGroup(i)
			for b := first; b < end; b++ {
				all = append(all, work{false, b})
			}
		}
	}
	return all
}

// run aggregates all blocks.
func (m *aggregation) run(ctx context.Context) (*aggregator, error) {
	t, works := m.table, m.works()
	aggregators := make([]*aggregator, t.workersFor(len(works)))
	if groups, dense := t.groupsBy(m.by).(denseGroups); dense {
		if err := m.claim.Take(int64(len(aggregators)) * int64(groups.count()) * m.perGroup); err != nil {
			return nil, err
		}
	}
	for i := range aggregators {
		aggregators[i] = m.newAggregator()
	}
	defer func() {
		for _, p := range aggregators {
			t.giveBack(&p.scratch)
		}
	}()
	err := t.parallel(ctx, 0, len(works), len(aggregators), func(worker, at int) {
		if m.refusal.Load() != nil {
			return
		}
		if w := works[at]; w.rowGroup {
			aggregators[worker].addRowGroup(w.number)
		} else {
			aggregators[worker].add(w.number)
		}
	})
	if err != nil {
		return nil, err
	}
	if refusal := m.refusal.Load(); refusal != nil {
		return nil, *refusal
	}
	for i, p := range aggregators {
		p.drain()
		engine.Scanned(ctx, p.selected.looked)
		if i > 0 {
			if err := aggregators[0].merge(p); err != nil {
				return nil, err
			}
		}
	}
	groups := 0
	for _, rows := range aggregators[0].rows {
		if rows > 0 {
			groups++
		}
	}
	if groups > t.maxGroups {
		return nil, fault.TooManyGroupsError(t.maxGroups)
	}
	return aggregators[0], nil
}

func (m *aggregation) newPartialAggregate() partialAggregate {
	return newPartialAggregate(m.table.fields, m.of, m.table.nullable)
}

// nullable reports whether the field has a null in any row.
func (t *table) nullable(field int) bool {
	return slices.ContainsFunc(t.rowGroups(), func(s block) bool { return s.columns[field].nulls > 0 })
}
