package columnar

import (
	"math"
	"slices"

	"herbarium/datasets"
	"herbarium/engine/columnar/internal/exact"
	"herbarium/engine/fault"
	"herbarium/engine/plan"
)

// A measure of two fields is of the rows in which both have values. Pairs that share
// these rows share work: where no selected row has a null, all pairs are of all
// rows. So pairs are put into sets, by those of their fields that have nulls in selected
// rows. A set's means are known from the first pass where they are of all rows, or of
// the rows in which one field has values and of that field. The others take a pass of
// their own, and then all sets are read in one.

// pair is two fields that are measured together, by place.
type pair [2]int

// pairSet are pairs of fields that are measured over the same rows.
type pairSet struct {
	present []int // places of the fields that have nulls; rows in which they have none are the set's
	places  []int // of the pairs' fields
	pairs   []setPair
	rows    []int64      // by group
	sums    []exact.Sums // by field
	means   [][]float64  // by field and group; NaN where a group has none
	found   *setSums
}

// setPair is a pair of a set: its number in the aggregation, and its fields in the set.
type setPair struct{ number, first, second int }

// pairing is what the second pass finds out about pairs.
type pairing struct {
	pass   *secondPass
	sets   []*pairSet
	of     []*pairSet // by pair
	number []uint32   // of the groups that have rows, by group; nil where all do
	groups int        // that have rows
	all    [][]*setDeviations
}

// pair sorts the pairs into sets and finds the sums of their fields.
func (p *secondPass) pair() (*pairing, error) {
	q := &pairing{pass: p, of: make([]*pairSet, len(p.pairs))}
	q.numberGroups()
	if q.groups*len(p.pairs) > p.table.maxGroups {
		return nil, fault.TooManyPairsError(q.groups, len(p.pairs), p.table.maxGroups)
	}
	if err := p.takePairs(q.groups, len(p.pairs)); err != nil {
		return nil, err
	}
	for i, of := range p.pairs {
		set := q.setOf(of)
		q.of[i] = set
		set.pairs = append(set.pairs, setPair{i, set.field(of[0]), set.field(of[1])})
	}
	var unknown []*pairSet
	for _, set := range q.sets {
		if !set.known(p.total) {
			unknown = append(unknown, set)
		}
	}
	q.all = make([][]*setDeviations, p.workers())
	if unknown != nil {
		if err := p.collect([]collector{p.newPairSummer(unknown)}); err != nil {
			return nil, err
		}
	}
	for _, set := range q.sets {
		for field := range set.places {
			set.means = append(set.means, set.meansOf(field))
		}
	}
	return q, nil
}

// numberGroups numbers the groups that have rows, where there are others.
func (q *pairing) numberGroups() {
	total := q.pass.total
	numbers := make([]uint32, len(total.rows))
	for g, rows := range total.rows {
		if rows > 0 {
			numbers[g] = uint32(q.groups)
			q.groups++
		}
	}
	if q.groups < len(numbers) {
		q.number = numbers
	}
}

// setOf returns the set that the pair belongs to.
func (q *pairing) setOf(of pair) *pairSet {
	var present []int
	for _, place := range of {
		nulls := q.pass.total.nulls[place]
		if slices.ContainsFunc(nulls, func(n int64) bool { return n > 0 }) && !slices.Contains(present, place) {
			present = append(present, place)
		}
	}
	slices.Sort(present)
	for _, set := range q.sets {
		if slices.Equal(set.present, present) {
			return set
		}
	}
	set := &pairSet{present: present}
	q.sets = append(q.sets, set)
	return set
}

// field returns the number of the field at that place in the set, and adds it where it is
// not there.
func (s *pairSet) field(place int) int {
	at := slices.Index(s.places, place)
	if at < 0 {
		at = len(s.places)
		s.places = append(s.places, place)
	}
	return at
}

// known reports whether the first pass tells the numbers of rows and the sums, which are
// set then. Of a set with rows of its own, those of the other fields are made.
func (s *pairSet) known(total *aggregator) bool {
	s.rows, s.sums = total.rows, make([]exact.Sums, len(s.places))
	if len(s.present) == 1 {
		s.rows = make([]int64, len(total.rows))
		for g := range s.rows {
			s.rows[g] = total.values(uint32(g), s.present[0])
		}
	}
	all := true
	for i, place := range s.places {
		if len(s.present) == 0 || slices.Equal(s.present, []int{place}) {
			s.sums[i] = total.sums[place]
			continue
		}
		all = false
	}
	return all
}

// rowsOf returns the rows of the set, until the next call for the same room.
func (s *pairSet) rowsOf(p *secondPass, b *block, rows, room *chosenRows) *chosenRows {
	for _, place := range s.present {
		c := &b.columns[p.of[place].field]
		if c.nulls == 0 {
			continue
		}
		c.touch()
		room.at, room.group = extend(room.at, len(rows.at)), extend(room.group, len(rows.at))
		n := 0
		for i, row := range rows.at {
			if !c.null(int(row)) {
				room.at[n], room.group[n] = row, rows.group[i]
				n++
			}
		}
		// What is filtered again is written over what was read.
		rows = &chosenRows{at: room.at[:n], group: room.group[:n]}
	}
	return rows
}

// pairSummer sums up the fields of sets whose rows are not those of the fields.
type pairSummer struct {
	pass *secondPass
	sets []*pairSet
	all  []*pairSums // by worker
}

// pairSums are what one core has of the sums, by set.
type pairSums struct {
	rows [][]int64
	sums [][]exact.Sums // by field; nil where known
	room chosenRows
}

func (p *secondPass) newPairSummer(sets []*pairSet) *pairSummer {
	return &pairSummer{p, sets, make([]*pairSums, p.workers())}
}

func (s *pairSummer) newSums() *pairSums {
	made, groups := &pairSums{}, len(s.pass.total.rows)
	for _, set := range s.sets {
		made.rows = append(made.rows, make([]int64, groups))
		of := make([]exact.Sums, len(set.places))
		for i, place := range set.places {
			if set.sums[i] == nil {
				of[i] = s.pass.newSums(place)
				of[i].Grow(groups)
			}
		}
		made.sums = append(made.sums, of)
	}
	return made
}

// newSums returns empty sums of the field at a place.
func (p *secondPass) newSums(place int) exact.Sums {
	if p.table.fields[p.of[place].field].Type == datasets.Number {
		return &exact.FloatSums{}
	}
	return &exact.IntSums{}
}

func (s *pairSummer) take(worker int, b *block, rows *chosenRows) {
	if s.all[worker] == nil {
		s.all[worker] = s.newSums()
	}
	own := s.all[worker]
	for i, set := range s.sets {
		of := set.rowsOf(s.pass, b, rows, &own.room)
		for _, g := range of.group {
			own.rows[i][g]++
		}
		for f, sums := range own.sums[i] {
			if sums != nil {
				c := &b.columns[s.pass.of[set.places[f]].field]
				c.touch()
				c.addTo(sums, of.at, of.group)
			}
		}
	}
}

func (s *pairSummer) finish([][]groupValues) {
	total := s.newSums()
	for _, own := range s.all {
		if own == nil {
			continue
		}
		for i := range s.sets {
			for g := range total.rows[i] {
				total.rows[i][g] += own.rows[i][g]
			}
			for f, sums := range own.sums[i] {
				for g := 0; sums != nil && g < len(total.rows[i]); g++ {
					total.sums[i][f].Merge(uint32(g), sums, uint32(g))
				}
			}
		}
	}
	for i, set := range s.sets {
		set.rows = total.rows[i]
		for f, sums := range total.sums[i] {
			if sums != nil {
				set.sums[f] = sums
			}
		}
	}
}

// meansOf returns the means of a set's field.
func (s *pairSet) meansOf(field int) []float64 {
	means := make([]float64, len(s.rows))
	for g, n := range s.rows {
		means[g] = math.NaN()
		if n == 0 {
			continue
		}
		if mean := plan.MeanOf(s.sums[field].Total(uint32(g)), n); !math.IsInf(mean, 0) {
			means[g] = mean
		}
	}
	return means
}

// tell sets the aggregates of a pair in a group.
func (q *pairing) tell(group uint32, number int, of *plan.Aggregates) {
	set := q.of[number]
	i := slices.IndexFunc(set.pairs, func(p setPair) bool { return p.number == number })
	at := set.pairs[i]
	of.Pairs = set.rows[group]
	if of.Pairs == 0 {
		return
	}
	of.PairSums = [2]float64{set.sums[at.first].Total(group), set.sums[at.second].Total(group)}
	if _, ok := of.PairMeans(); ok {
		if q.number != nil {
			group = q.number[group]
		}
		of.CoDeviations = set.found.of(group, i, at)
	}
}
