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

// run sums up all blocks.
func (m *meanPlan) run(ctx context.Context) (*partial, error) {
	t := m.table
	partials := make([]*partial, t.workersFor(len(t.blocks)))
	for i := range partials {
		partials[i] = m.newPartial(t.mostDense)
	}
	err := t.share(ctx, 0, len(t.blocks), len(partials), func(worker, block int) { partials[worker].add(block) })
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
	return slices.ContainsFunc(t.blocks, func(b block) bool { return b.columns[field].nulls > 0 })
}
