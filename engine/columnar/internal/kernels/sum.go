package kernels

// Fields is how many fields are summed up at once.
const Fields = 4

// Lanes is how many cells a group has where groups are few: rows take them in
// turn, because an addition to what the row before has just changed would wait
// for it.
const Lanes = 4

// Cell is what rows of one group add up to in each of the fields: the sums of
// the coarse and of the fine parts of their values.
type Cell struct{ Coarse, Fine [Fields]float64 }

// Columns are the values of a block in each of the fields, in as many rows.
type Columns [Fields][]float64

// IntCell is what rows of one group add up to in each of the fields, which are
// integers.
type IntCell [Fields]int64

// IntColumns are the values of a block in each of the fields, in as many rows.
type IntColumns [Fields][]int64

// Split is what each field's values are split by.
type Split [Fields]float64

// SumFloats adds the values of the rows to the cells of the groups beside
// them: those of rows[i] to cells[groups[i]]. All rows and groups have to be
// there; that is not looked at.
//
// Each value x is split: its coarse part is (x + split) − split, a multiple of
// the last place of split, and the rest is fine. Both are exact where x is no
// more than half of split. Whether the sums are is for the caller to know.
func (s *Set) SumFloats(cells []Cell, columns *Columns, split *Split, rows []uint16, groups []uint32) {
	n := len(rows) / Lanes * Lanes
	s.sumFloats(cells, columns, split, rows[:n], groups[:n])
	sumFloats(cells, columns, split, rows[n:], groups[n:len(rows)])
}

// SumFloatsInLanes does the same where each group has Lanes cells, one behind
// the other: rows[i] goes to cells[groups[i]·Lanes + i mod Lanes].
func (s *Set) SumFloatsInLanes(cells []Cell, columns *Columns, split *Split, rows []uint16, groups []uint32) {
	n := len(rows) / Lanes * Lanes
	s.sumFloatsInLanes(cells, columns, split, rows[:n], groups[:n])
	sumFloatsInLanes(cells, columns, split, rows[n:], groups[n:len(rows)])
}

func sumFloats(cells []Cell, columns *Columns, split *Split, rows []uint16, groups []uint32) {
	for i, row := range rows {
		cells[groups[i]].add(columns, split, row)
	}
}

func sumFloatsInLanes(cells []Cell, columns *Columns, split *Split, rows []uint16, groups []uint32) {
	for i, row := range rows {
		cells[int(groups[i])*Lanes+i%Lanes].add(columns, split, row)
	}
}

func (c *Cell) add(columns *Columns, split *Split, row uint16) {
	for f := range Fields {
		x := columns[f][row]
		coarse := x + split[f] - split[f]
		c.Coarse[f] += coarse
		c.Fine[f] += x - coarse
	}
}

// SumInts adds the values of the rows to the cells of the groups beside them,
// as SumFloats does. Sums beyond the range wrap around.
func (s *Set) SumInts(cells []IntCell, columns *IntColumns, rows []uint16, groups []uint32) {
	n := len(rows) / Lanes * Lanes
	s.sumInts(cells, columns, rows[:n], groups[:n])
	sumInts(cells, columns, rows[n:], groups[n:len(rows)])
}

// SumIntsInLanes does the same where each group has Lanes cells, as
// SumFloatsInLanes does.
func (s *Set) SumIntsInLanes(cells []IntCell, columns *IntColumns, rows []uint16, groups []uint32) {
	n := len(rows) / Lanes * Lanes
	s.sumIntsInLanes(cells, columns, rows[:n], groups[:n])
	sumIntsInLanes(cells, columns, rows[n:], groups[n:len(rows)])
}

func sumInts(cells []IntCell, columns *IntColumns, rows []uint16, groups []uint32) {
	for i, row := range rows {
		cell := &cells[groups[i]]
		for f := range Fields {
			cell[f] += columns[f][row]
		}
	}
}

func sumIntsInLanes(cells []IntCell, columns *IntColumns, rows []uint16, groups []uint32) {
	for i, row := range rows {
		cell := &cells[int(groups[i])*Lanes+i%Lanes]
		for f := range Fields {
			cell[f] += columns[f][row]
		}
	}
}
