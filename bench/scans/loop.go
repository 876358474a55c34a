package scans

import (
	"context"
	"math"
	"sync"

	"herbarium/bench/data"
	"herbarium/engine"
)

// loop is what one would write by hand for this one table: plain loops over
// slices on as many goroutines as workers, with sums that round at every step.
type loop struct {
	columns []engine.Vector
	rows    int
	workers int
}

func newLoop(table *data.Table, workers int) *loop {
	return &loop{columns: table.Columns, rows: table.Rows, workers: workers}
}

func (l *loop) name() string {
	if l.workers == 1 {
		return "loop by hand, one core"
	}
	return "loop by hand"
}

// share gives each worker a part that begins at a multiple of 64.
func (l *loop) share(work func(worker, first, end int)) {
	part := (l.rows/l.workers + 63) &^ 63
	var all sync.WaitGroup
	for w := range l.workers {
		all.Go(func() { work(w, min(w*part, l.rows), min((w+1)*part, l.rows)) })
	}
	all.Wait()
}

// tally is a group's sums and counts.
type tally struct {
	rows   int64
	sums   [4]float64
	counts [4]int64
}

func (l *loop) means(_ context.Context, q question) ([]group, error) {
	labels := &l.columns[6]
	if q.places {
		labels = &l.columns[7]
	}
	parts := make([][]tally, l.workers)
	l.share(func(worker, first, end int) {
		tallies := make([]tally, len(labels.Dict))
		switch {
		case l.columns[0].Valid != nil:
			l.sumValid(q, labels.Codes, tallies, first, end)
		case q.bounded:
			l.sumBounded(q, labels.Codes, tallies, first, end)
		default:
			l.sumAll(labels.Codes, tallies, first, end)
		}
		parts[worker] = tallies
	})
	var groups []group
	for g, label := range labels.Dict {
		var total tally
		for _, p := range parts {
			total.add(&p[g])
		}
		if total.rows == 0 {
			continue
		}
		counts := [4]int64{total.rows, total.rows, total.rows, total.rows}
		if l.columns[0].Valid != nil {
			counts = total.counts
		}
		groups = append(groups, total.mean(label, counts))
	}
	return groups, nil
}

func (t *tally) add(other *tally) {
	t.rows += other.rows
	for f := range t.sums {
		t.sums[f] += other.sums[f]
		t.counts[f] += other.counts[f]
	}
}

// mean returns the means of a group with so many values.
func (t *tally) mean(label string, counts [4]int64) group {
	g := group{label: label}
	for f := range g.means {
		g.means[f] = t.sums[f] / float64(counts[f]) // 0/0 is not a number
	}
	return g
}

func (l *loop) sumAll(codes []uint32, tallies []tally, first, end int) {
	a, b, c, d := l.columns[0].Floats, l.columns[1].Floats, l.columns[2].Floats, l.columns[3].Floats
	for i := first; i < end; i++ {
		t := &tallies[codes[i]]
		t.rows++
		t.sums[0] += a[i]
		t.sums[1] += b[i]
		t.sums[2] += c[i]
		t.sums[3] += d[i]
	}
}

func (l *loop) sumBounded(q question, codes []uint32, tallies []tally, first, end int) {
	a, b, c, d := l.columns[0].Floats, l.columns[1].Floats, l.columns[2].Floats, l.columns[3].Floats
	for i := first; i < end; i++ {
		if a[i] >= q.lowerA && b[i] <= q.upperB {
			t := &tallies[codes[i]]
			t.rows++
			t.sums[0] += a[i]
			t.sums[1] += b[i]
			t.sums[2] += c[i]
			t.sums[3] += d[i]
		}
	}
}

func (l *loop) sumValid(q question, codes []uint32, tallies []tally, first, end int) {
	for i := first; i < end; i++ {
		if !l.selects(q, i) {
			continue
		}
		t := &tallies[codes[i]]
		t.rows++
		for f := range t.sums {
			if v := &l.columns[f]; !v.Null(i) {
				t.sums[f] += v.Floats[i]
				t.counts[f]++
			}
		}
	}
}

// selects reports whether the row meets the bounds.
func (l *loop) selects(q question, i int) bool {
	if !q.bounded {
		return true
	}
	a, b := &l.columns[0], &l.columns[1]
	return a.Floats[i] >= q.lowerA && b.Floats[i] <= q.upperB && !a.Null(i) && !b.Null(i)
}

func (l *loop) page(ctx context.Context, q question) (page, error) {
	p, err := l.deep(ctx, q, 1)
	p.total = l.count(q)
	return p, err
}

// count returns how many rows meet the bounds.
func (l *loop) count(q question) (total int64) {
	counts := make([]int64, l.workers)
	l.share(func(worker, first, end int) {
		n := int64(0)
		for i := first; i < end; i++ {
			if l.selects(q, i) {
				n++
			}
		}
		counts[worker] = n
	})
	for _, n := range counts {
		total += n
	}
	return total
}

func (l *loop) deep(_ context.Context, q question, number int) (page, error) {
	var p page
	before := (number - 1) * pageRows
	for i := 0; i < l.rows && len(p.rows) < pageRows; i++ {
		if !l.selects(q, i) {
			continue
		}
		if before--; before < 0 {
			p.rows = append(p.rows, l.row(i))
		}
	}
	return p, nil
}

func (l *loop) row(i int) measurement {
	m := measurement{i: l.columns[4].Ints[i], kind: l.columns[6].Dict[l.columns[6].Codes[i]], place: l.columns[7].Dict[l.columns[7].Codes[i]]}
	for f := range m.numbers {
		if v := &l.columns[f]; v.Null(i) {
			m.numbers[f] = math.NaN()
		} else {
			m.numbers[f] = v.Floats[i]
		}
	}
	return m
}
