package scans

import (
	"context"

	"github.com/kelindar/bitmap"

	"herbarium/bench/data"
)

// bitmaps answers with bitmap indexes, as a column store in Go would be built
// from kelindar/bitmap: for each part of the rows a bitmap for every kind, which
// is there beforehand, and one that conditions clear; sums are by its SIMD. It
// knows kinds alone, and no nulls.
type bitmaps struct {
	*loop
	kinds [][]bitmap.Bitmap // of each part, by kind
}

// partRows is how many rows share a bitmap.
const partRows = 16_384

func newBitmaps(table *data.Table, workers int) *bitmaps {
	b := &bitmaps{loop: newLoop(table, workers)}
	codes, dict := table.Columns[6].Codes, table.Columns[6].Dict
	for first := 0; first < table.Rows; first += partRows {
		part := codes[first:min(first+partRows, table.Rows)]
		kinds := make([]bitmap.Bitmap, len(dict))
		for k := range kinds {
			kinds[k].Grow(uint32(len(part) - 1))
		}
		for i, code := range part {
			kinds[code].Set(uint32(i))
		}
		b.kinds = append(b.kinds, kinds)
	}
	return b
}

func (*bitmaps) name() string { return "bitmap indexes" }

// can reports whether it can answer the scan.
func (*bitmaps) can(s *scan, table *data.Table) bool {
	return !s.ask.places && !s.paged && table.Columns[0].Valid == nil
}

func (b *bitmaps) means(_ context.Context, q question) ([]group, error) {
	dict := b.columns[6].Dict
	tallies := make([][]tally, b.workers)
	parts := len(b.kinds)
	b.share(func(worker, _, _ int) {
		mine := make([]tally, len(dict))
		for p := worker * parts / b.workers; p < (worker+1)*parts/b.workers; p++ {
			b.sum(q, p, mine)
		}
		tallies[worker] = mine
	})
	var groups []group
	for k, label := range dict {
		var total tally
		for _, t := range tallies {
			total.add(&t[k])
		}
		if total.rows > 0 {
			groups = append(groups, total.mean(label, [4]int64{total.rows, total.rows, total.rows, total.rows}))
		}
	}
	return groups, nil
}

// sum adds what the question selects of one part.
func (b *bitmaps) sum(q question, part int, tallies []tally) {
	first := part * partRows
	end := min(first+partRows, b.rows)
	var selected, group bitmap.Bitmap
	selected.Grow(uint32(end - first - 1))
	selected.Ones()
	if spare := uint(end-first) % 64; spare > 0 {
		selected[len(selected)-1] = 1<<spare - 1
	}
	if q.bounded {
		x, y := b.columns[0].Floats[first:end], b.columns[1].Floats[first:end]
		selected.Filter(func(i uint32) bool { return x[i] >= q.lowerA })
		selected.Filter(func(i uint32) bool { return y[i] <= q.upperB })
	}
	for k, kind := range b.kinds[part] {
		group = append(group[:0], selected...)
		group.And(kind)
		t := &tallies[k]
		t.rows += int64(group.Count())
		for f := range t.sums {
			t.sums[f] += bitmap.Sum(b.columns[f].Floats[first:end], group)
		}
	}
}
