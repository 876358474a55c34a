package columnar

import (
	"context"

	"herbarium/datasets"
	"herbarium/engine/columnar/internal/bitmap"
	"herbarium/engine/plan"
)

// valueNeeds says which aggregates of a field are asked for that cannot be merged.
// They are made by a second pass over the selected rows, when the groups, how many
// values each has, and their means are known.
type valueNeeds struct {
	ranks, distinct, mode, deviations bool
}

func (n *valueNeeds) add(m *plan.Measure) {
	n.ranks = n.ranks || m.NeedsOf(plan.Ranks)
	n.distinct = n.distinct || m.NeedsOf(plan.Distinct)
	n.mode = n.mode || m.NeedsOf(plan.Mode)
	n.deviations = n.deviations || m.NeedsOf(plan.Deviations)
}

// any reports whether a second pass is needed.
func (n valueNeeds) any() bool { return n != valueNeeds{} }

// groupValues are what the second pass found out about a field's values.
type groupValues interface {
	// tell sets aggregates of a group that has a value.
	tell(group uint32, of *plan.Aggregates)
}

// secondPass reads the selected rows again.
type secondPass struct {
	*aggregation
	total    *aggregator // of the first pass
	ctx      context.Context
	measures []plan.Measured // all of the plan
	places   []int           // see aggregatedBy
}

// secondPass completes what the first pass found.
func (m *aggregation) secondPass(ctx context.Context, total *aggregator, measures []plan.Measured, places []int) error {
	p := &secondPass{m, total, ctx, measures, places}
	total.found = make([][]groupValues, len(m.of))
	for place, o := range m.of {
		if !o.values.any() || len(total.rows) == 0 {
			continue
		}
		found, err := p.field(place, o)
		if err != nil {
			return err
		}
		total.found[place] = found
	}
	return p.deviate()
}

// field makes what is asked for of one field, but for deviations where the values
// cannot be counted by code.
func (p *secondPass) field(place int, o aggregated) ([]groupValues, error) {
	if known := p.wholeDictionary(place, o); known != nil {
		return []groupValues{known}, nil
	}
	if coding := p.table.coding(o.field); coding != nil && len(p.total.rows)*coding.codes <= maxCounts {
		counted, err := p.countCodes(place, coding)
		return []groupValues{counted}, err
	}
	o.values.deviations = false
	if !o.values.any() {
		return nil, nil
	}
	var found groupValues
	var err error
	switch p.table.fields[o.field].Type {
	case datasets.Number:
		found, err = pickPartition(p, place, floatsOf)
	case datasets.String:
		found, err = pickPartition(p, place, codesOf)
	default:
		found, err = pickPartition(p, place, intsOf)
	}
	return []groupValues{found}, err
}

// chosenRows are the selected rows of a block, and the group of each.
type chosenRows struct {
	at    []uint16
	group []uint32
	words []uint64
}

// each calls visit for each block with a selected row, in parallel. Workers are numbered
// from 0 up to, not including, the number that workers returns.
func (p *secondPass) each(visit func(worker, number int, b *block, rows *chosenRows)) error {
	t := p.table
	rooms := make([]chosenRows, p.workers())
	for i := range rooms {
		n := t.largestBlock()
		rooms[i] = chosenRows{make([]uint16, 0, n), make([]uint32, n), make([]uint64, bitmap.Words(n))}
	}
	return t.parallel(p.ctx, 0, len(t.blocks), len(rooms), func(worker, number int) {
		chosen, b, r := &p.chosen[number], &t.blocks[number], &rooms[worker]
		if chosen.rows == 0 {
			return
		}
		words := chosen.bitmap
		if words == nil {
			words = r.words[:bitmap.Words(b.rows)]
			bitmap.SetFirst(words, b.rows)
		}
		r.at = bitmap.AppendRows(r.at[:0], words)
		r.group = r.group[:len(r.at)]
		p.total.groups.number(t, number, r.at, r.group)
		visit(worker, number, b, r)
		r.group = r.group[:cap(r.group)]
	})
}

func (p *secondPass) workers() int { return p.table.workersFor(len(p.table.blocks)) }

// dropNulls removes the rows that have no value in c.
func (r *chosenRows) dropNulls(c *column) {
	if c.nulls == 0 {
		return
	}
	n := 0
	for i, row := range r.at {
		if !c.null(int(row)) {
			r.at[n], r.group[n] = row, r.group[i]
			n++
		}
	}
	r.at, r.group = r.at[:n], r.group[:n]
}

// wholeDictionary is the number of distinct texts of all rows as one group: every text of
// a dictionary occurs in some row. It is nil where more is asked for, or less selected.
func (p *secondPass) wholeDictionary(place int, o aggregated) groupValues {
	if o.values != (valueNeeds{distinct: true}) || p.table.fields[o.field].Type != datasets.String ||
		len(p.by) > 0 || p.total.rows[0] < p.table.rows {
		return nil
	}
	return distinctCount(len(p.table.dictionary(o.field)) - 1)
}

// distinctCount is how many distinct values the only group has.
type distinctCount int64

func (n distinctCount) tell(_ uint32, of *plan.Aggregates) { of.Distinct = int64(n) }
