package kernels

import "math"

// Window says which products SumProducts takes: those whose magnitudes are from Least to
// Most, both inclusive. Split is what they are split by, as in SumFloats.
type Window struct{ Split, Least, Most float64 }

// SubtractMean writes to dst the deviations of the values of rows from a mean. There are as
// many rows as dst has places.
func (s *Set) SubtractMean(dst, values []float64, rows []uint16, mean float64) {
	whole := len(dst) / Fields * Fields
	s.subtractMean(dst[:whole], values, rows[:whole], mean)
	subtractMean(dst[whole:], values, rows[whole:len(dst)], mean)
}

func subtractMean(dst, values []float64, rows []uint16, mean float64) {
	for i, row := range rows {
		dst[i] = values[row] - mean
	}
}

// SumProducts adds the products x[i]·y[i], each rounded, to a cell that is of nothing else:
// in turn to its lanes, so that each adds up some of them. A product of 0 adds nothing. Nor
// does one that is not within the window: its i is appended to outside.
func (s *Set) SumProducts(outside []uint16, cell *Cell, x, y []float64, w *Window) []uint16 {
	at, whole := len(outside), len(x)/Fields*Fields
	outside = append(outside, make([]uint16, len(x)+1)...) // a place more than are outside
	y = y[:len(x)]
	at += s.sumProducts(outside[at:], cell, x[:whole], y[:whole], w)
	n := sumProducts(outside[at:], cell, x[whole:], y[whole:], w)
	for i := range n {
		outside[at+i] += uint16(whole)
	}
	return outside[:at+n]
}

// sumProducts writes to outside and returns how many were.
func sumProducts(outside []uint16, cell *Cell, x, y []float64, w *Window) int {
	n := 0
	for i := range x {
		product := float64(x[i] * y[i]) // not fused with a sum
		if size := math.Abs(product); size >= w.Least && size <= w.Most {
			cell.addLane(i%Fields, product, w.Split)
		} else if product != 0 {
			outside[n] = uint16(i)
			n++
		}
	}
	return n
}
