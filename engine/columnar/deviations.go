package columnar

import (
	"math"
	"math/big"
	"slices"

	"herbarium/datasets"
	"herbarium/engine/columnar/internal/exact"
	"herbarium/engine/columnar/internal/kernels"
	"herbarium/engine/plan"
)

// deviations are the exact sums, by group, of the deviations of values from their
// group's mean, and of the squares of these. See plan.DeviationSums for the arithmetic.
type deviations struct {
	residues, squares exact.FloatSums
	infinite          []bool // groups with a square beyond the range; nil while there is none
	groups            int
}

func newDeviations(groups int) *deviations {
	s := &deviations{groups: groups}
	s.residues.Grow(groups)
	s.squares.Grow(groups)
	return s
}

// add adds a deviation and its square.
func (s *deviations) add(group uint32, d, square float64) {
	if math.IsInf(square, 0) {
		if s.infinite == nil {
			s.infinite = make([]bool, s.groups)
		}
		s.infinite[group] = true
		return
	}
	s.residues.AddTo(group, d)
	s.squares.AddTo(group, square)
}

func (s *deviations) merge(other *deviations) {
	for g := range uint32(s.groups) {
		s.residues.Merge(g, &other.residues, g)
		s.squares.Merge(g, &other.squares, g)
		if other.infinite != nil && other.infinite[g] {
			s.add(g, 0, math.Inf(1))
		}
	}
}

// of returns the sums of a group.
func (s *deviations) of(group uint32) *plan.DeviationSums {
	if s.infinite != nil && s.infinite[group] {
		return &plan.DeviationSums{Residue: new(big.Float), Squares: new(big.Float).SetInf(false)}
	}
	return &plan.DeviationSums{Residue: s.residues.Exact(group), Squares: s.squares.Exact(group)}
}

func (s *deviations) tell(group uint32, of *plan.Aggregates) {
	if _, ok := of.Mean(); ok {
		of.Deviations = s.of(group)
	}
}

// moderate reports whether products and sums of a square and of its root are far from
// the ends of the range.
func moderate(square float64) bool { return square == 0 || square > 0x1p-900 && square < 0x1p900 }

// deviating is one core's share of the deviations of some fields.
//
// Sums are made as in floatLaneSum: the deviations and the squares of two fields fill the
// four lanes. The least bit of a square may lie far below that of the values, so a value
// whose square is smaller than a threshold is added to the exact sums by itself. These
// are few: those close to the mean.
type deviating struct {
	pass   *secondPass
	places []int
	means  [][]float64 // by place; NaN where a group has none
	sums   []*deviations
	lanes  []deviationLanes // by place
	cells  [][]kernels.Cell // by pair of places
	added  int              // rows since the last drain
	each   int              // accumulators of each group; 0 where lanes are not used

	// Where groups are few:
	twos    []deviationPair
	nans    []float64 // a block of what is no number
	skipped []uint16  // what lanes did not take of the rows

	// Else:
	values [4][]float64 // of a block: deviations and squares of two fields
	rows   []uint16     // 0, 1, 2, …
}

// deviationLanes says how the lanes of a field are split.
type deviationLanes struct {
	least, most   float64 // squares that lanes take
	split, square float64 // what deviations and squares are split by
	slow          int     // rows that lanes did not take, of the
	taken         int     // rows so far
}

// laneRowBits is the number of rows between two drains, as a power of two.
const laneRowBits = 16

// deviator makes the deviations of fields that are not counted by code.
type deviator struct {
	pass   *secondPass
	places []int
	means  [][]float64 // by place; NaN where a group has none
	all    []*deviating
}

func (p *secondPass) newDeviator(places []int) *deviator {
	d := &deviator{p, places, make([][]float64, len(places)), make([]*deviating, p.workers())}
	for i, place := range places {
		d.means[i] = make([]float64, len(p.total.rows))
		for g := range d.means[i] {
			d.means[i][g] = math.NaN()
			of := plan.Aggregates{Values: p.total.values(uint32(g), place), Sum: p.total.sums[place].Total(uint32(g))}
			if mean, ok := of.Mean(); ok {
				d.means[i][g] = mean
			}
		}
	}
	return d
}

func (d *deviator) take(worker int, b *block, rows *chosenRows) {
	if d.all[worker] == nil {
		d.all[worker] = d.pass.newDeviating(d.places, d.means)
	}
	d.all[worker].add(b, rows)
}

func (d *deviator) finish(found [][]groupValues) {
	var sums []*deviations
	for _, of := range d.all {
		if of == nil {
			continue
		}
		of.drain()
		if sums == nil {
			sums = of.sums
			continue
		}
		for i := range sums {
			sums[i].merge(of.sums[i])
		}
	}
	for i := range sums {
		found[d.places[i]] = append(found[d.places[i]], sums[i])
	}
}

func (p *secondPass) newDeviating(places []int, means [][]float64) *deviating {
	groups, rows := len(p.total.rows), p.table.largestBlock()
	d := &deviating{pass: p, places: places, means: means, lanes: make([]deviationLanes, len(places)), each: 1}
	switch {
	case groups > maxCells:
		d.each = 0
	case groups <= fewGroups:
		d.each = kernels.Accumulators
	}
	for i, place := range places {
		d.sums = append(d.sums, newDeviations(groups))
		d.lanes[i] = p.lanesOf(place, means[i])
		if i%2 == 0 {
			d.cells = append(d.cells, make([]kernels.Cell, groups*d.each))
		}
	}
	if d.each == kernels.Accumulators {
		d.twos, d.nans = d.pairs(rows), slices.Repeat([]float64{math.NaN()}, rows)
		return d
	}
	for i := range d.values {
		d.values[i] = make([]float64, rows)
	}
	for i := range rows {
		d.rows = append(d.rows, uint16(i))
	}
	return d
}

// lanesOf chooses the split of a field's lanes from what its zone maps say.
func (p *secondPass) lanesOf(place int, means []float64) deviationLanes {
	t, field, within := p.table, p.of[place].field, &p.within[place]
	none := deviationLanes{least: math.Inf(1), split: 1, square: 1}
	var all span[float64]
	if t.fields[field].Type == datasets.Number {
		all, _ = fieldSpan(t, field, floatColumn)
		all = span[float64]{max(all.min, within.floats.min), min(all.max, within.floats.max)}
	} else {
		ints, _ := fieldSpan(t, field, intColumn)
		all = span[float64]{float64(max(ints.min, within.ints.min)), float64(min(ints.max, within.ints.max))}
	}
	farthest := 0.0
	for _, m := range means {
		if !math.IsNaN(m) {
			farthest = max(farthest, m-all.min, all.max-m)
		}
	}
	_, exponent := math.Frexp(farthest)
	if !moderate(farthest*farthest) || exponent < -400 {
		return none
	}
	// Squares are below 2^(2·exponent). The fine parts of 2^laneRowBits of them are exact
	// if all are multiples of 2^(2·exponent + 2·laneRowBits − 106); a square is a multiple
	// of the 2^-52nd part of itself. What deviations need follows from that.
	return deviationLanes{
		least: math.Ldexp(1, 2*exponent+2*laneRowBits-54), most: math.Ldexp(1, 2*exponent),
		split: math.Ldexp(1.5, exponent+laneRowBits), square: math.Ldexp(1.5, 2*exponent+laneRowBits),
	}
}

// add adds the rows of a block.
func (d *deviating) add(b *block, rows *chosenRows) {
	if d.added+len(rows.at) > 1<<laneRowBits {
		d.drain()
	}
	d.added += len(rows.at)
	for i := range d.twos {
		d.addPair(&d.twos[i], d.cells[i], b, rows)
	}
	for pair := 0; d.twos == nil && pair < len(d.places); pair += 2 {
		var split kernels.Split
		var columns kernels.Columns
		used := false
		for i := range 2 {
			at := min(pair+i, len(d.places)-1)
			if pair+i == at && d.fill(b, rows, at, d.values[2*i], d.values[2*i+1]) {
				used = true
			} else {
				clear(d.values[2*i][:len(rows.at)])
				clear(d.values[2*i+1][:len(rows.at)])
			}
			columns[2*i], columns[2*i+1] = d.values[2*i], d.values[2*i+1]
			split[2*i], split[2*i+1] = d.lanes[at].split, d.lanes[at].square
		}
		if used {
			kernels.Active().SumFloats(d.cells[pair/2], &columns, &split, d.rows[:len(rows.at)], rows.group)
		}
	}
}

// fill writes what lanes take of a field's deviations and their squares, and adds the
// others. It reports false where lanes take nothing.
func (d *deviating) fill(b *block, rows *chosenRows, at int, deviations, squares []float64) bool {
	c := &b.columns[d.pass.of[d.places[at]].field]
	if c.nulls == c.rows {
		return false
	}
	c.touch()
	if c.floats != nil {
		return fillFrom(d, c, c.floats, rows, at, deviations, squares)
	}
	if !plan.Exact(c.intSpan.min) || !plan.Exact(c.intSpan.max) {
		d.addWide(c, rows, at)
		return false
	}
	return fillFrom(d, c, c.ints, rows, at, deviations, squares)
}

// addWide adds the deviations of integers that float64 may not hold.
func (d *deviating) addWide(c *column, rows *chosenRows, at int) {
	for i, row := range rows.at {
		g := rows.group[i]
		if m := d.means[at][g]; !c.null(int(row)) && !math.IsNaN(m) {
			diff := plan.Deviation(plan.Value{Int: c.ints[row]}, datasets.Integer, m)
			d.sums[at].add(g, diff, float64(diff*diff))
		}
	}
}

func fillFrom[T float64 | int64](d *deviating, c *column, values []T, rows *chosenRows, at int, deviations, squares []float64) bool {
	lane, means, sums := &d.lanes[at], d.means[at], d.sums[at]
	least, most := lane.least, lane.most
	if d.each == 0 || lane.slow > lane.taken/8+1000 {
		least = math.Inf(1) // lanes would take little
	}
	groups := rows.group[:len(rows.at)]
	deviations, squares = deviations[:len(groups)], squares[:len(groups)]
	slow := 0
	for i, row := range rows.at {
		diff := float64(values[row]) - means[groups[i]]
		square := float64(diff * diff) // not fused with a sum
		if square >= least && square <= most {
			deviations[i], squares[i] = diff, square
			continue
		}
		deviations[i], squares[i] = 0, 0
		if diff == 0 || math.IsNaN(diff) {
			continue
		}
		if !c.null(int(row)) {
			sums.add(groups[i], diff, square)
			slow++
		}
	}
	if c.nulls > 0 {
		for i, row := range rows.at {
			if c.null(int(row)) {
				deviations[i], squares[i] = 0, 0
			}
		}
	}
	lane.slow, lane.taken = lane.slow+slow, lane.taken+len(groups)
	return !math.IsInf(least, 0)
}

// drain moves what the lanes have to the exact sums.
func (d *deviating) drain() {
	d.added = 0
	for pair, cells := range d.cells {
		for g := 0; d.each > 0 && g < len(cells)/d.each; g++ {
			for _, cell := range cells[g*d.each:][:d.each] {
				for i := range 2 {
					if at := 2*pair + i; at < len(d.sums) {
						s := d.sums[at]
						s.residues.AddTo(uint32(g), cell.Coarse[2*i])
						s.residues.AddTo(uint32(g), cell.Fine[2*i])
						s.squares.AddTo(uint32(g), cell.Coarse[2*i+1])
						s.squares.AddTo(uint32(g), cell.Fine[2*i+1])
					}
				}
			}
		}
		clear(cells)
	}
}
