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

// Columns are the values of a block in each of the fields. They are of one
// length.
type Columns [Fields][]float64

// SumFloat64 adds the values of the rows to the cells of the groups beside
// them: those of rows[i] to cells[groups[i]].
//
// Each value x is split at the place that its field's entry of split sets: its
// coarse part is (x + split) − split, a multiple of the last place of split,
// and the rest is fine. Both are exact where x is no more than half of split;
// whether the sums are is for the caller to know.
func SumFloat64(cells []Cell, columns *Columns, split *[Fields]float64, rows []uint16, groups []uint32) {
	groups = groups[:len(rows)]
	for i, row := range rows {
		cells[groups[i]].add(columns, split, row)
	}
}

// SumFloat64Lanes does the same where each group has Lanes cells, one behind
// the other: rows[i] goes to cells[groups[i]·Lanes + i mod Lanes].
func SumFloat64Lanes(cells []Cell, columns *Columns, split *[Fields]float64, rows []uint16, groups []uint32) {
	groups = groups[:len(rows)]
	for i, row := range rows {
		cells[int(groups[i])*Lanes+i%Lanes].add(columns, split, row)
	}
}

func (c *Cell) add(columns *Columns, split *[Fields]float64, row uint16) {
	for f := range Fields {
		x := columns[f][row]
		coarse := x + split[f] - split[f]
		c.Coarse[f] += coarse
		c.Fine[f] += x - coarse
	}
}
