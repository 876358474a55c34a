package kernels

// Spread says how the deviations of two columns are summed up. Of column c, lanes 2c and
// 2c+1 are those of the deviations and of their squares.
type Spread struct {
	Split Split // by what each lane is split, as in SumFloats
	// Squares are taken from Least to Most, both inclusive; lanes 2c and 2c+1 say the
	// same.
	Least, Most [Fields]float64
}

// Means are a group's means of two columns, each twice: in lanes 2c and 2c+1.
type Means [Fields]float64

// SumDeviations adds to the cells of groups, of which each has Accumulators as in
// SumFloatsInterleaved, the deviations d of two columns' values from the means of the
// groups, and their squares d·d, each rounded. What is no number adds nothing. Nor does a
// deviation whose square is not within the spread's bounds: where a row has one, in either
// column, i is appended to skipped, for rows[i].
func (s *Set) SumDeviations(skipped []uint16, cells []Cell, columns *[2][]float64, means []Means, spread *Spread, rows []uint16, groups []uint32) []uint16 {
	at, whole := len(skipped), len(rows)/Accumulators*Accumulators
	skipped = append(skipped, make([]uint16, len(rows)+1)...) // a place more than are skipped
	at += s.sumDeviations(skipped[at:], cells, columns, means, spread, rows[:whole], groups[:whole])
	n := sumDeviations(skipped[at:], cells, columns, means, spread, rows[whole:], groups[whole:len(rows)])
	for i := range n {
		skipped[at+i] += uint16(whole)
	}
	return skipped[:at+n]
}

// sumDeviations writes to skipped and returns how many it skipped.
func sumDeviations(skipped []uint16, cells []Cell, columns *[2][]float64, means []Means, spread *Spread, rows []uint16, groups []uint32) int {
	n := 0
	for i, row := range rows {
		cell, mean := &cells[int(groups[i])*Accumulators+i%Accumulators], &means[groups[i]]
		out := false
		for c := range columns {
			d := columns[c][row] - mean[2*c]
			square := float64(d * d) // not fused with a sum
			if square >= spread.Least[2*c] && square <= spread.Most[2*c] {
				cell.addLane(2*c, d, spread.Split[2*c])
				cell.addLane(2*c+1, square, spread.Split[2*c+1])
			} else if square == square {
				out = true
			}
		}
		if out {
			skipped[n] = uint16(i)
			n++
		}
	}
	return n
}

// addLane adds a value's parts to a lane.
func (c *Cell) addLane(lane int, x, split float64) {
	coarse := x + split - split
	c.Coarse[lane] += coarse
	c.Fine[lane] += x - coarse
}
