package columnar

import (
	"math"

	"herbarium/engine/columnar/internal/kernels"
)

// The sums of one group, which are most often those of all rows. Then four rows fill the
// lanes, rather than four terms: a kernel multiplies, looks at the window and adds without
// writing anything in between.

// window returns what the kernel takes: what takes says.
func (w *laneWindow) window() kernels.Window {
	// Without the sign, numbers are ordered as their bits are. The bits of a window that takes
	// nothing are those of no number, which nothing is compared with.
	return kernels.Window{Split: w.split, Least: math.Float64frombits(w.low >> 1), Most: math.Float64frombits((w.low + w.span) >> 1)}
}

// addLone adds the rows of a chunk, whose deviations are known.
func (d *setDeviations) addLone(rows int) {
	c := &d.chunk
	for at, t := range d.terms {
		x, y, w := c.deviations[t.first][:rows], c.ones, &d.windows[at]
		if t.second >= 0 {
			y = c.deviations[t.second]
		}
		if !d.chosen[at] {
			multiply(c.lanes[0][:rows], x, y)
			w.choose(c.lanes[0][:rows], d.rowBits)
			d.chosen[at] = true
		}
		of := w.window()
		outside := kernels.Active().SumProducts(c.outside[:0], &d.cells[0][at], x, y, &of)
		for _, i := range outside {
			d.sums.add(at, 0, float64(x[i]*y[i]))
		}
		// Zeros count as seen: the kernel does not tell them from others.
		w.seen, w.outside = w.seen+rows, w.outside+len(outside)
	}
}
