package mongodb

import (
	"context"
	"math"
	"slices"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/fault"
	"herbarium/engine/pipeline"
	"herbarium/engine/plan"
)

// Pairs of fields are measured of the rows in which both have values. The rows come
// from the server as they are, twice: first for the means of each pair in each group, then
// for the deviations from these. Nothing is kept of a row, and the sums are exact, so
// that the order of rows does not matter.

// pairAggregates are what is known of a pair of fields in a group.
type pairAggregates struct {
	rows              int64
	sums              [2]sum
	means             [2]float64
	centred           bool // both means are finite
	residues, squares [2]sum
	products          sum
}

// pairUp computes what is needed of pairs.
func (all *groups) pairUp(ctx context.Context, o pipeline.GroupOptions) error {
	if len(all.all)*len(all.pairs) > all.max {
		return fault.TooManyPairsError(len(all.all), len(all.pairs), all.max)
	}
	for i := range all.all {
		all.all[i].pairs = make([]pairAggregates, len(all.pairs))
	}
	if err := all.pairRows(ctx, o, (*pairAggregates).add); err != nil {
		return err
	}
	for i := range all.all {
		for j := range all.all[i].pairs {
			p := &all.all[i].pairs[j]
			var of plan.Aggregates
			p.fillSums(&of)
			p.means, p.centred = of.PairMeans()
		}
	}
	return all.pairRows(ctx, o, (*pairAggregates).deviate)
}

// pairRows calls visit for each row and each pair of which it has both values.
func (all *groups) pairRows(ctx context.Context, o pipeline.GroupOptions, visit func(p *pairAggregates, x, y plan.Value, types [2]datasets.Type)) error {
	g := pipeline.PairRows(all.plan, o)
	fields := all.plan.Groups.PairedFields()
	columns, types := make([][2]int, len(all.pairs)), make([][2]datasets.Type, len(all.pairs))
	for i, pair := range all.pairs {
		for j, f := range pair {
			columns[i][j] = slices.Index(fields, f)
			types[i][j] = all.plan.Dataset.Fields[f].Type
		}
	}
	row := make([]plan.Nullable, len(fields))
	return all.each(ctx, g, func(b *engine.Batch, i int) error {
		at, err := all.find(g, b, i, false)
		if err != nil || at < 0 {
			return err // of a group that an unmanaged collection has got meanwhile
		}
		for f, column := range g.Paired {
			row[f] = valueAt(b, column, i)
		}
		for j, c := range columns {
			if x, y := &row[c[0]], &row[c[1]]; !x.Null && !y.Null {
				visit(&all.all[at].pairs[j], x.Value, y.Value, types[j])
			}
		}
		return nil
	})
}

// add counts a row and sums up its values.
func (p *pairAggregates) add(x, y plan.Value, types [2]datasets.Type) {
	p.rows++
	p.sums[0].addValue(x, types[0], 1)
	p.sums[1].addValue(y, types[1], 1)
}

// deviate adds a row's deviations from the means, and their products.
func (p *pairAggregates) deviate(x, y plan.Value, types [2]datasets.Type) {
	if !p.centred {
		return
	}
	dx, dy := plan.Deviation(x, types[0], p.means[0]), plan.Deviation(y, types[1], p.means[1])
	p.residues[0].add(dx)
	p.residues[1].add(dy)
	p.squares[0].add(float64(dx * dx)) // products are not fused with sums
	p.squares[1].add(float64(dy * dy))
	if both := float64(dx * dy); !math.IsNaN(both) { // of an infinite deviation and of none
		p.products.add(both)
	}
}

func (p *pairAggregates) fillSums(of *plan.Aggregates) {
	of.Pairs = p.rows
	of.PairSums = [2]float64{p.sums[0].float64(), p.sums[1].float64()}
}

// fill adds what is known to the aggregates.
func (p *pairAggregates) fill(of *plan.Aggregates) {
	p.fillSums(of)
	if p.centred {
		of.CoDeviations = &plan.CoDeviationSums{Products: p.products.big()}
		for i := range p.residues {
			of.CoDeviations.Residues[i], of.CoDeviations.Squares[i] = p.residues[i].big(), p.squares[i].big()
		}
	}
}
