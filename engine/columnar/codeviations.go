package columnar

import (
	"math"
	"math/big"

	"herbarium/datasets"
	"herbarium/engine/columnar/internal/exact"
	"herbarium/engine/columnar/internal/kernels"
	"herbarium/engine/plan"
)

// The sums that correlations are made of: by group, of the deviations of each field, of
// their squares and of the products of two fields. See plan.CoDeviationSums for the
// arithmetic. A set of pairs is read in chunks of rows that stay in the cache: the
// deviations of each field are computed once, then each term of them fills a lane, and
// four lanes are summed up at a time (see laneWindow). Of one group, four rows of a term fill
// the lanes instead (see addLone).

// term is what one sum is of: the product of two fields' deviations, or the deviations of
// the first alone, where the second is negative.
type term struct{ first, second int }

// terms returns what the set's pairs need summed up: the deviations and the squares of
// each field, then the products of each pair.
func (s *pairSet) terms() []term {
	var all []term
	for f := range s.places {
		all = append(all, term{f, -1}, term{f, f})
	}
	for _, p := range s.pairs {
		all = append(all, term{p.first, p.second})
	}
	return all
}

// setSums are exact sums of a set's terms, by group.
type setSums struct {
	fields   int
	terms    []exact.FloatSums
	infinite [][]bool // by term, groups with a number beyond the range; nil while there is none
	groups   int
}

func newSetSums(fields, terms, groups int) *setSums {
	s := &setSums{fields, make([]exact.FloatSums, terms), make([][]bool, terms), groups}
	for i := range s.terms {
		s.terms[i].Grow(groups)
	}
	return s
}

// add adds a number that lanes do not take. One that is none, of a group without a mean, adds
// nothing.
func (s *setSums) add(term int, group uint32, x float64) {
	switch {
	case x == 0 || math.IsNaN(x):
	case math.IsInf(x, 0):
		if s.infinite[term] == nil {
			s.infinite[term] = make([]bool, s.groups)
		}
		s.infinite[term][group] = true
	default:
		s.terms[term].AddTo(group, x)
	}
}

func (s *setSums) merge(other *setSums) {
	for i := range s.terms {
		for g := range uint32(s.groups) {
			s.terms[i].Merge(g, &other.terms[i], g)
			if other.infinite[i] != nil && other.infinite[i][g] {
				s.add(i, g, math.Inf(1))
			}
		}
	}
}

// of returns the sums of the set's i-th pair in a group.
func (s *setSums) of(group uint32, i int, at setPair) *plan.CoDeviationSums {
	sum := func(term int) *big.Float {
		if s.infinite[term] != nil && s.infinite[term][group] {
			return new(big.Float).SetInf(false)
		}
		return s.terms[term].Exact(group)
	}
	return &plan.CoDeviationSums{
		Residues: [2]*big.Float{sum(2 * at.first), sum(2 * at.second)},
		Squares:  [2]*big.Float{sum(2*at.first + 1), sum(2*at.second + 1)},
		Products: sum(2*s.fields + i),
	}
}

// setDeviations is one core's share of a set's sums.
type setDeviations struct {
	pairing *pairing
	set     *pairSet
	terms   []term
	sums    *setSums
	windows []laneWindow      // by term
	chosen  []bool            // by term, whether its window is chosen
	cells   [][]kernels.Cell  // by four terms; of one group, by term
	lone    bool              // whether there is one group
	coded   []codedDeviations // by field
	each    int               // cells of each group; 0 where lanes are not used
	rowBits int               // 2^rowBits rows may be added between two drains
	added   int               // rows since the last drain
	room    chosenRows
	chunk   chunk
}

// chunkRows is how many rows are worked on at a time.
const chunkRows = 512

// chunk is what is computed of some rows.
type chunk struct {
	deviations [][]float64 // by field
	lanes      [kernels.Fields][]float64
	rows       []uint16 // 0, 1, 2, …
	ones       []float64
	groups     []uint32 // as numbered by pairing
	outside    []uint16 // rows whose numbers a lane does not take
}

func (q *pairing) take(worker int, b *block, rows *chosenRows) {
	if q.all[worker] == nil {
		for _, set := range q.sets {
			q.all[worker] = append(q.all[worker], q.newSetDeviations(set))
		}
	}
	for _, d := range q.all[worker] {
		d.add(b, d.set.rowsOf(q.pass, b, rows, &d.room))
	}
}

func (q *pairing) finish([][]groupValues) {
	for _, own := range q.all {
		for i, d := range own {
			d.drain()
			if set := q.sets[i]; set.found == nil {
				set.found = d.sums
			} else {
				set.found.merge(d.sums)
			}
		}
	}
	q.all = nil
}

func (q *pairing) newSetDeviations(set *pairSet) *setDeviations {
	d := &setDeviations{pairing: q, set: set, terms: set.terms(), lone: q.groups == 1, each: 1, rowBits: 16}
	lanes := (len(d.terms) + kernels.Fields - 1) / kernels.Fields
	if q.groups <= fewGroups {
		d.each, d.rowBits = kernels.Accumulators, 14 // few cells to drain, and wide windows
	}
	if q.groups*d.each*lanes > maxCells {
		d.each = 0
	}
	d.sums = newSetSums(len(set.places), len(d.terms), q.groups)
	d.windows, d.chosen = make([]laneWindow, len(d.terms)), make([]bool, len(d.terms))
	if d.lone {
		d.cells = [][]kernels.Cell{make([]kernels.Cell, len(d.terms))}
	}
	for len(d.cells) < lanes && !d.lone {
		d.cells = append(d.cells, make([]kernels.Cell, q.groups*d.each))
	}
	d.coded = make([]codedDeviations, len(set.places))
	d.chunk.make(len(set.places))
	return d
}

func (c *chunk) make(fields int) {
	for range fields {
		c.deviations = append(c.deviations, make([]float64, chunkRows))
	}
	for i := range c.lanes {
		c.lanes[i] = make([]float64, chunkRows)
	}
	for i := range chunkRows {
		c.rows, c.ones = append(c.rows, uint16(i)), append(c.ones, 1)
	}
	c.groups, c.outside = make([]uint32, chunkRows), make([]uint16, 0, chunkRows+1)
}

// add adds rows of a block.
func (d *setDeviations) add(b *block, rows *chosenRows) {
	for f, place := range d.set.places {
		c := &b.columns[d.pairing.pass.of[place].field]
		c.touch()
		d.coded[f].of(c, d.set.means[f], len(rows.at))
	}
	for first := 0; first < len(rows.at); first += chunkRows {
		end := min(first+chunkRows, len(rows.at))
		d.addChunk(b, rows.at[first:end], rows.group[first:end])
	}
}

func (d *setDeviations) addChunk(b *block, rows []uint16, groups []uint32) {
	if d.added+len(rows) > 1<<d.rowBits {
		d.drain()
	}
	d.added += len(rows)
	for f, place := range d.set.places {
		dst := d.chunk.deviations[f][:len(rows)]
		if coded := &d.coded[f]; coded.codes != nil {
			coded.write(dst, rows)
			continue
		}
		deviationsOf(dst, &b.columns[d.pairing.pass.of[place].field], rows, groups, d.set.means[f])
	}
	if d.lone {
		d.addLone(len(rows))
		return
	}
	if number := d.pairing.number; number != nil {
		own := d.chunk.groups[:len(rows)]
		for i, g := range groups {
			own[i] = number[g]
		}
		groups = own
	}
	for first := 0; first < len(d.terms); first += kernels.Fields {
		var split kernels.Split
		var columns kernels.Columns
		for i := range columns {
			columns[i], split[i] = d.chunk.lanes[i], 1
			if at := first + i; at < len(d.terms) {
				split[i] = d.fill(at, columns[i][:len(rows)], groups)
			}
		}
		cells := d.cells[first/kernels.Fields]
		switch d.each {
		case 0:
		case kernels.Accumulators:
			kernels.Active().SumFloatsInterleaved(cells, &columns, &split, d.chunk.rows[:len(rows)], groups)
		default:
			kernels.Active().SumFloats(cells, &columns, &split, d.chunk.rows[:len(rows)], groups)
		}
	}
}

// fill writes what lanes take of the chunk's numbers of a term, and adds the others. It
// returns what lanes split them by.
func (d *setDeviations) fill(at int, dst []float64, groups []uint32) float64 {
	t, w := d.terms[at], &d.windows[at]
	x := d.chunk.deviations[t.first]
	var y []float64 // nil for the deviations themselves
	if t.second >= 0 {
		y = d.chunk.deviations[t.second]
	}
	if d.each == 0 {
		multiply(dst, x, y)
		for i, number := range dst {
			d.sums.add(at, groups[i], number)
		}
		return 1
	}
	if !d.chosen[at] {
		multiply(dst, x, y)
		w.choose(dst, d.rowBits)
		d.chosen[at] = true
	}
	outside := d.chunk.outside[:0]
	if y == nil {
		outside = w.take(dst, x, outside)
	} else {
		outside = w.takeProducts(dst, x, y, outside)
	}
	zeros := 0
	for _, i := range outside {
		number := x[i]
		if y != nil {
			number = float64(number * y[i])
		}
		if number == 0 {
			zeros++
		}
		d.sums.add(at, groups[i], number)
	}
	w.seen, w.outside = w.seen+len(dst)-zeros, w.outside+len(outside)-zeros
	return w.split
}

// multiply writes the products of x and y, or x where there is no y.
func multiply(dst, x, y []float64) {
	if y == nil {
		copy(dst, x)
		return
	}
	x, y = x[:len(dst)], y[:len(dst)]
	for i := range dst {
		dst[i] = float64(x[i] * y[i])
	}
}

// take writes the numbers that lanes take, and 0 for the others, whose rows it appends.
func (w *laneWindow) take(dst, x []float64, outside []uint16) []uint16 {
	x = x[:len(dst)]
	for i, number := range x {
		if w.takes(number) {
			dst[i] = number
			continue
		}
		dst[i], outside = 0, append(outside, uint16(i))
	}
	return outside
}

// takeProducts does the same with the products of x and y.
func (w *laneWindow) takeProducts(dst, x, y []float64, outside []uint16) []uint16 {
	x, y = x[:len(dst)], y[:len(dst)]
	for i := range dst {
		number := float64(x[i] * y[i])
		if w.takes(number) {
			dst[i] = number
			continue
		}
		dst[i], outside = 0, append(outside, uint16(i))
	}
	return outside
}

// deviationsOf writes the deviations of some rows of a column from their groups' means.
func deviationsOf(dst []float64, c *column, rows []uint16, groups []uint32, means []float64) {
	switch {
	case c.floats != nil && len(means) == 1:
		kernels.Active().SubtractMean(dst, c.floats, rows, means[0])
	case c.floats != nil:
		subtractMeans(dst, c.floats, rows, groups, means)
	case plan.Exact(c.intSpan.min) && plan.Exact(c.intSpan.max):
		subtractMeans(dst, c.ints, rows, groups, means)
	default:
		for i, row := range rows {
			if m := means[groups[i]]; math.IsNaN(m) {
				dst[i] = m
			} else {
				dst[i] = plan.Deviation(plan.Value{Int: c.ints[row]}, datasets.Integer, m)
			}
		}
	}
}

func subtractMeans[T float64 | int64](dst []float64, values []T, rows []uint16, groups []uint32, means []float64) {
	groups, dst = groups[:len(rows)], dst[:len(rows)]
	if len(means) == 1 {
		for i, row := range rows {
			dst[i] = float64(values[row]) - means[0]
		}
		return
	}
	for i, row := range rows {
		dst[i] = float64(values[row]) - means[groups[i]]
	}
}

// drain moves what the lanes have to the exact sums, and has windows chosen anew that
// were not chosen well.
func (d *setDeviations) drain() {
	d.added = 0
	for four, cells := range d.cells {
		for i := range cells {
			for lane := range kernels.Fields {
				at, group := kernels.Fields*four+lane, uint32(0)
				if d.lone {
					at = i
				} else {
					group = uint32(i / d.each)
				}
				if at < len(d.terms) {
					d.sums.terms[at].AddTo(group, cells[i].Coarse[lane])
					d.sums.terms[at].AddTo(group, cells[i].Fine[lane])
				}
			}
		}
		clear(cells)
	}
	for at := range d.windows {
		if d.windows[at].misplaced() {
			d.chosen[at] = false
		}
	}
}
