package columnar

import "math"

// codedDeviations are the deviations of the numbers that a block's byte codes stand for.
// Memory delivers the codes faster than the numbers.
type codedDeviations struct {
	codes      []uint8 // nil where numbers are read
	deviations [math.MaxUint8 + 1]float64
}

// of computes the deviations of a block's column, if it has codes and fewer of them than so
// many rows.
func (d *codedDeviations) of(c *column, means []float64, rows int) {
	d.codes = nil
	n := c.byteCodes
	if c.floats == nil || n == nil || len(means) > 1 || n.lastCode >= int64(rows) {
		return
	}
	d.codes = n.codes
	for code := range n.lastCode + 1 {
		d.deviations[code] = n.decode(code) - means[0]
	}
}

func (d *codedDeviations) write(dst []float64, rows []uint16) {
	rows = rows[:len(dst)]
	for i := range dst {
		dst[i] = d.deviations[d.codes[rows[i]]]
	}
}
