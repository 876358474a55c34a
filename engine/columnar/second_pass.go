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

// collector takes the selected rows of blocks, on several cores at once.
type collector interface {
	// take takes rows of a block. Workers are numbered from 0.
	take(worker int, b *block, rows *chosenRows)
	// finish returns what was found, by place.
	finish(found [][]groupValues)
}

// secondPass completes what the first pass found. Fields whose values are counted by code
// and those of which only deviations are asked for are read together; of others, the
// values are held in memory, one field at a time.
func (m *aggregation) secondPass(ctx context.Context, total *aggregator, measures []plan.Measured, places []int) error {
	total.found = make([][]groupValues, len(m.of))
	if len(total.rows) == 0 {
		return nil
	}
	p := &secondPass{m, total, ctx, measures, places}
	var together []collector
	if m.pairs != nil {
		paired, err := p.pair()
		if err != nil {
			return err
		}
		total.paired, together = paired, append(together, paired)
	}
	var deviating []int
	counters := 0
	for place, o := range m.of {
		switch {
		case !o.values.any():
		case o.counted != nil:
			if known := p.wholeDictionary(o); known != nil {
				total.found[place] = append(total.found[place], known)
				continue
			}
			if counters += len(total.rows) * o.counted.codes; counters > maxCounts {
				if err := p.collect(together); err != nil {
					return err
				}
				together, counters = nil, len(total.rows)*o.counted.codes
			}
			if err := p.takeCounters(o.counted.codes); err != nil {
				return err
			}
			together = append(together, p.newCodeCounter(place, o.counted))
		case o.values.deviations:
			deviating = append(deviating, place)
		}
	}
	if deviating != nil {
		if err := p.takeDeviations(len(deviating)); err != nil {
			return err
		}
		together = append(together, p.newDeviator(deviating))
	}
	if err := p.collect(together); err != nil {
		return err
	}
	for place, o := range m.of {
		if o.counted != nil || !o.values.ranks && !o.values.distinct && !o.values.mode {
			continue
		}
		found, err := p.pick(place)
		if err != nil {
			return err
		}
		total.found[place] = append(total.found[place], found)
	}
	return nil
}

// pick makes what is asked for of a field whose values have no codes.
func (p *secondPass) pick(place int) (groupValues, error) {
	switch p.table.fields[p.of[place].field].Type {
	case datasets.Number:
		return pickPartition(p, place, floatsOf)
	case datasets.String:
		return pickPartition(p, place, codesOf)
	default:
		return pickPartition(p, place, intsOf)
	}
}

// collect reads the selected rows for the collectors.
func (p *secondPass) collect(all []collector) error {
	if all == nil {
		return nil
	}
	err := p.each(func(worker int, b *block, rows *chosenRows) {
		for _, c := range all {
			c.take(worker, b, rows)
		}
	})
	if err != nil {
		return err
	}
	for _, c := range all {
		c.finish(p.total.found)
	}
	return nil
}

// chosenRows are the selected rows of a block, and the group of each.
type chosenRows struct {
	at    []uint16
	group []uint32
	words []uint64
	some  *chosenRows // room for some of them
}

// each calls visit for each block with a selected row, in parallel. Workers are numbered
// from 0 up to, not including, the number that workers returns.
func (p *secondPass) each(visit func(worker int, b *block, rows *chosenRows)) error {
	t := p.table
	rooms := make([]chosenRows, p.workers())
	for i := range rooms {
		n := t.largestBlock()
		rooms[i] = chosenRows{make([]uint16, 0, n), make([]uint32, n), make([]uint64, bitmap.Words(n)),
			&chosenRows{at: make([]uint16, n), group: make([]uint32, n)}}
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
		visit(worker, b, r)
		r.group = r.group[:cap(r.group)]
	})
}

func (p *secondPass) workers() int { return p.table.workersFor(len(p.table.blocks)) }

// present returns the rows that have a value in c, until the next call.
func (r *chosenRows) present(c *column) *chosenRows {
	if c.nulls == 0 {
		return r
	}
	some, n := r.some, 0
	at, group := some.at[:cap(some.at)], some.group[:cap(some.group)]
	for i, row := range r.at {
		if !c.null(int(row)) {
			at[n], group[n] = row, r.group[i]
			n++
		}
	}
	some.at, some.group = at[:n], group[:n]
	return some
}

// wholeDictionary is the number of distinct texts of all rows as one group: every text of
// a dictionary occurs in some row. It is nil where more is asked for, or less selected.
func (p *secondPass) wholeDictionary(o aggregated) groupValues {
	if o.values != (valueNeeds{distinct: true}) || o.countsTell || p.table.fields[o.field].Type != datasets.String ||
		len(p.by) > 0 || p.total.rows[0] < p.table.rows {
		return nil
	}
	return distinctCount(len(p.table.dictionary(o.field)) - 1)
}

// distinctCount is how many distinct values the only group has.
type distinctCount int64

func (n distinctCount) tell(_ uint32, of *plan.Aggregates) { of.Distinct = int64(n) }
