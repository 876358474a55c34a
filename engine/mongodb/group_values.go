package mongodb

import (
	"context"
	"slices"
	"sort"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/pipeline"
	"herbarium/engine/plan"
)

// Ranks, numbers of distinct values, modes and deviations need a field's values.
// They come from the server as counts of equal values in ascending order, of all
// groups together, and each is folded into its group as it comes: which ranks are
// wanted is known before, since the number of values is.

// countedValues takes in the values of a group in ascending order.
type countedValues struct {
	kind   datasets.Type
	ranks  []int64 // that are wanted, ascending
	picked []plan.Value

	last             plan.Value
	times            int64 // of the last value; 0 before the first
	seen             int64
	distinct         int64
	mode             plan.Value
	modeTimes        int64
	spread           bool // deviations are wanted
	mean             float64
	residue, squares sum
}

// add takes in a value that occurs so many times. Equal ones may come in several
// parts.
func (c *countedValues) add(v plan.Value, times int64) {
	if c.times == 0 || plan.Compare(v, c.last, c.kind) != 0 {
		c.last, c.times = v, 0
		c.distinct++
	}
	c.times += times
	if c.times > c.modeTimes {
		c.mode, c.modeTimes = c.last, c.times
	}
	c.seen += times
	for len(c.picked) < len(c.ranks) && c.ranks[len(c.picked)] < c.seen {
		c.picked = append(c.picked, v)
	}
	if c.spread {
		d := plan.Deviation(v, c.kind, c.mean)
		c.residue.addTimes(d, times)
		c.squares.addTimes(float64(d*d), times) // not fused with the sum
	}
}

// at returns the value at a rank that was wanted.
func (c *countedValues) at(rank int64) plan.Value {
	i := sort.Search(len(c.ranks), func(i int) bool { return c.ranks[i] >= rank })
	if i >= len(c.picked) {
		return c.last // an unmanaged collection has lost rows meanwhile
	}
	return c.picked[i]
}

// fill adds what is known to the aggregates.
func (c *countedValues) fill(a *plan.Aggregates) {
	a.At, a.Distinct, a.Mode = c.at, c.distinct, c.mode
	if c.spread {
		a.Deviations = &plan.DeviationSums{Residue: c.residue.big(), Squares: c.squares.big()}
	}
}

// countValues takes in the values of the i-th measured field.
func (all *groups) countValues(ctx context.Context, i int, o pipeline.GroupOptions) error {
	for j := range all.all {
		g := &all.all[j]
		g.fields[i].counted = all.counting(g, i)
	}
	return all.values(ctx, i, o, func(g *group, v plan.Value, times int64) { g.fields[i].counted.add(v, times) })
}

// counting returns what takes in the values that the measures of the field need.
func (all *groups) counting(g *group, i int) *countedValues {
	a := all.aggregates(g, i)
	c := &countedValues{kind: a.Type}
	a.At = func(rank int64) plan.Value {
		c.ranks = append(c.ranks, rank)
		return plan.Value{}
	}
	for _, m := range all.plan.Groups.Measures {
		if m.Field != all.fields[i] || m.OfPair {
			continue
		}
		if m.NeedsOf(plan.Ranks) {
			m.Result(a) // asks for the ranks
		}
		if m.NeedsOf(plan.Deviations) {
			c.mean, c.spread = a.Mean()
		}
	}
	slices.Sort(c.ranks)
	c.ranks = slices.Compact(c.ranks)
	return c
}

// sumByValue computes the sums of the i-th measured field of the values
// themselves.
func (all *groups) sumByValue(ctx context.Context, i int, o pipeline.GroupOptions) error {
	return all.values(ctx, i, o, func(g *group, v plan.Value, times int64) {
		g.fields[i].sum.addValue(v, all.plan.Dataset.Fields[all.fields[i]].Type, times)
	})
}

// values calls visit with every value of the i-th measured field, by group, in
// ascending order of the values.
func (all *groups) values(ctx context.Context, i int, o pipeline.GroupOptions, visit func(*group, plan.Value, int64)) error {
	g := pipeline.Values(all.plan, all.fields[i], o)
	return all.each(ctx, g, func(b *engine.Batch, row int) error {
		at, err := all.find(g, b, row, false)
		if err != nil || at < 0 {
			return err // of a group that an unmanaged collection has got meanwhile
		}
		if v := valueAt(b, g.Value, row); !v.Null {
			visit(&all.all[at], v.Value, intAt(b, g.Rows, row))
		}
		return nil
	})
}
