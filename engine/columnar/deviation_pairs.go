package columnar

import (
	"math"

	"herbarium/engine/columnar/internal/kernels"
	"herbarium/engine/plan"
)

// deviationPair sums up the deviations of two fields, or of one, where groups are few:
// a kernel reads the values where they lie. It replaces fillFrom and the sum after it.
type deviationPair struct {
	of     [2]int // which of the fields; the second is negative where there is none
	means  []kernels.Means
	spread kernels.Spread
	// scratch has the values of a block that are not read where they lie: of integers,
	// and where some are missing.
	scratch [2][]float64
}

// pairs returns the fields by twos.
func (d *deviating) pairs(rows int) (all []deviationPair) {
	for first := 0; first < len(d.places); first += 2 {
		p := deviationPair{of: [2]int{first, first + 1}, means: make([]kernels.Means, len(d.means[first]))}
		if first+1 == len(d.places) {
			p.of[1] = -1
		}
		for i, at := range p.of {
			p.scratch[i] = make([]float64, rows)
			lane := deviationLanes{split: 1, square: 1}
			if at >= 0 {
				lane = d.lanes[at]
			}
			for g := range p.means {
				mean := math.NaN()
				if at >= 0 {
					mean = d.means[at][g]
				}
				p.means[g][2*i], p.means[g][2*i+1] = mean, mean
			}
			p.spread.Split[2*i], p.spread.Split[2*i+1] = lane.split, lane.square
			for _, l := range []int{2 * i, 2*i + 1} {
				p.spread.Least[l], p.spread.Most[l] = lane.least, lane.most
			}
		}
		all = append(all, p)
	}
	return all
}

// addPair adds the rows of a block to the cells.
func (d *deviating) addPair(p *deviationPair, cells []kernels.Cell, b *block, rows *chosenRows) {
	var columns [2][]float64
	used := false
	for i, at := range p.of {
		if columns[i] = d.nans; at < 0 {
			continue
		}
		if values := d.read(b, rows, at, p.scratch[i]); values != nil {
			columns[i], used = values, true
		}
	}
	if !used {
		return
	}
	d.skipped = kernels.Active().SumDeviations(d.skipped[:0], cells, &columns, p.means, &p.spread, rows.at, rows.group)
	for i, at := range p.of {
		if at >= 0 {
			d.addSkipped(at, columns[i], rows)
		}
	}
}

// read returns a field's values in the block, NaN for what is missing, or nil where
// lanes do not take them; then it has added them.
func (d *deviating) read(b *block, rows *chosenRows, at int, scratch []float64) []float64 {
	c, lane := &b.columns[d.pass.of[d.places[at]].field], &d.lanes[at]
	if c.nulls == c.rows {
		return nil
	}
	c.touch()
	switch {
	case c.ints != nil && !(plan.Exact(c.intSpan.min) && plan.Exact(c.intSpan.max)):
		d.addWide(c, rows, at)
		return nil
	case math.IsInf(lane.least, 1) || lane.slow > lane.taken/8+1000: // lanes would take little
		if c.ints != nil {
			addEach(d, c, c.ints, rows, at)
		} else {
			addEach(d, c, c.floats, rows, at)
		}
		return nil
	case c.ints != nil:
		for _, row := range rows.at {
			scratch[row] = float64(c.ints[row])
		}
	case c.nulls == 0:
		return c.floats
	default:
		copy(scratch, c.floats)
	}
	if c.nulls > 0 {
		for _, row := range rows.at {
			if c.null(int(row)) {
				scratch[row] = math.NaN()
			}
		}
	}
	return scratch
}

// addEach adds the deviations of the rows to the exact sums, one by one.
func addEach[T float64 | int64](d *deviating, c *column, values []T, rows *chosenRows, at int) {
	means, sums := d.means[at], d.sums[at]
	for i, row := range rows.at {
		diff := float64(values[row]) - means[rows.group[i]]
		if diff != 0 && !math.IsNaN(diff) && !c.null(int(row)) {
			sums.add(rows.group[i], diff, float64(diff*diff))
		}
	}
}

// addSkipped adds to the exact sums what the kernel skipped of a field. It skipped rows
// for either of two fields.
func (d *deviating) addSkipped(at int, values []float64, rows *chosenRows) {
	lane, means, sums := &d.lanes[at], d.means[at], d.sums[at]
	lane.taken += len(rows.at)
	for _, i := range d.skipped {
		g := rows.group[i]
		diff := values[rows.at[i]] - means[g]
		square := float64(diff * diff) // not fused with a sum
		if square >= lane.least && square <= lane.most || diff == 0 || math.IsNaN(diff) {
			continue
		}
		sums.add(g, diff, square)
		lane.slow++
	}
}
