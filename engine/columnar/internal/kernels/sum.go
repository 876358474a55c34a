package kernels

// Fields is how many fields are summed up at once.
const Fields = 4

// Accumulators is how many cells a group has where groups are few. Rows take them in
// turn, because an addition to the cell of the row before would have to wait for that
// addition.
const Accumulators = 4

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
	n := len(rows) / Accumulators * Accumulators
	s.sumFloats(cells, columns, split, rows[:n], groups[:n])
	sumFloats(cells, columns, split, rows[n:], groups[n:len(rows)])
}

// SumFloatsInterleaved does the same where each group has Accumulators cells, one behind
// the other: rows[i] goes to cells[groups[i]·Accumulators + i mod Accumulators].
func (s *Set) SumFloatsInterleaved(cells []Cell, columns *Columns, split *Split, rows []uint16, groups []uint32) {
	n := len(rows) / Accumulators * Accumulators
	s.sumFloatsInterleaved(cells, columns, split, rows[:n], groups[:n])
	sumFloatsInterleaved(cells, columns, split, rows[n:], groups[n:len(rows)])
}

func sumFloats(cells []Cell, columns *Columns, split *Split, rows []uint16, groups []uint32) {
	for i, row := range rows {
		cells[groups[i]].add(columns, split, row)
	}
}

func sumFloatsInterleaved(cells []Cell, columns *Columns, split *Split, rows []uint16, groups []uint32) {
	for i, row := range rows {
		cells[int(groups[i])*Accumulators+i%Accumulators].add(columns, split, row)
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
	n := len(rows) / Accumulators * Accumulators
	s.sumInts(cells, columns, rows[:n], groups[:n])
	sumInts(cells, columns, rows[n:], groups[n:len(rows)])
}

// SumIntsInterleaved does the same where each group has Accumulators cells, as
// SumFloatsInterleaved does.
func (s *Set) SumIntsInterleaved(cells []IntCell, columns *IntColumns, rows []uint16, groups []uint32) {
	n := len(rows) / Accumulators * Accumulators
	s.sumIntsInterleaved(cells, columns, rows[:n], groups[:n])
	sumIntsInterleaved(cells, columns, rows[n:], groups[n:len(rows)])
}

func sumInts(cells []IntCell, columns *IntColumns, rows []uint16, groups []uint32) {
	for i, row := range rows {
		cell := &cells[groups[i]]
		for f := range Fields {
			cell[f] += columns[f][row]
		}
	}
}

func sumIntsInterleaved(cells []IntCell, columns *IntColumns, rows []uint16, groups []uint32) {
	for i, row := range rows {
		cell := &cells[int(groups[i])*Accumulators+i%Accumulators]
		for f := range Fields {
			cell[f] += columns[f][row]
		}
	}
}
