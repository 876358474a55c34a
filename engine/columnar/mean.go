package columnar

import (
	"context"
	"fmt"
	"slices"

	"herbarium/engine"
)

// meanPlan is a plan of means, made ready for the table.
type meanPlan struct {
	table  *table
	where  *filter
	fields []int
	tops   []int // by field, as table.tops says
	by     []*groupCodes
	wholes *wholes // nil where none are kept
}

// mean returns the groups' means as a cursor.
func (t *table) mean(ctx context.Context, plan *engine.Plan) (*meanCursor, error) {
	m, err := t.meanPlan(ctx, plan.Filter, plan.Fields, plan.GroupBy)
	if err != nil {
		return nil, err
	}
	total, err := m.run(ctx)
	if err != nil {
		return nil, err
	}
	return newMeanCursor(plan, total), nil
}

// meanPlan makes means ready for the table.
func (t *table) meanPlan(ctx context.Context, where []engine.Predicate, fields, by []int) (*meanPlan, error) {
	m := &meanPlan{table: t, where: t.filter(where), fields: fields}
	for _, f := range fields {
		if !t.fields[f].Numeric() {
			return nil, fmt.Errorf("field %s has no mean", t.fields[f].Name)
		}
	}
	for _, f := range by {
		g, err := t.groupCodes(ctx, f)
		if err != nil {
			return nil, err
		}
		m.by = append(m.by, g)
	}
	m.tops = t.tops(fields)
	m.wholes = t.wholesOf(m)
	return m, nil
}

// work is what one core does at a time: a block, or a stretch all of whose
// rows are selected and whose sum is kept.
type work struct {
	whole  bool
	number int // of the stretch, where it is a whole one, or of the block
}

// works returns what has to be done.
func (m *meanPlan) works() []work {
	t := m.table
	all := make([]work, 0, len(t.blocks))
	stretches := t.stretches()
	for i := range stretches {
		verdict := m.where.judge(&stretches[i])
		switch {
		case verdict == noRow:
		case verdict == everyRow && m.wholes != nil:
			all = append(all, work{true, i})
		default:
			first, end := t.stretch(i)
			for b := first; b < end; b++ {
				all = append(all, work{false, b})
			}
		}
	}
	return all
}

// run sums up all blocks.
func (m *meanPlan) run(ctx context.Context) (*partial, error) {
	t, works := m.table, m.works()
	partials := make([]*partial, t.workersFor(len(works)))
	for i := range partials {
		partials[i] = m.newPartial(t.mostDense)
	}
	err := t.share(ctx, 0, len(works), len(partials), func(worker, at int) {
		if w := works[at]; w.whole {
			partials[worker].addStretch(w.number)
		} else {
			partials[worker].add(w.number)
		}
	})
	if err != nil {
		return nil, err
	}
	for i, p := range partials {
		p.drain()
		if i > 0 {
			partials[0].merge(p)
		}
	}
	return partials[0], nil
}

func (m *meanPlan) newTally() tally { return newTally(m.table.fields, m.fields, m.table.nullable) }

// nullable reports whether the field has a null in any row.
func (t *table) nullable(field int) bool {
	return slices.ContainsFunc(t.stretches(), func(s block) bool { return s.columns[field].nulls > 0 })
}
