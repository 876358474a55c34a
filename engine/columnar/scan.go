package columnar

import (
	"context"
	"io"
	"math/bits"

	"herbarium/datasets"
	"herbarium/engine"
)

// scan streams the rows that a filter passes.
type scan struct {
	table  *table
	filter *filter
	fields []int
	skip   int64 // rows that pass and are still to be passed over
	limit  int64 // rows still to be returned; negative: all

	block    int // the block that sel holds, and the first row not looked at
	at       int // within the block
	selected bool
	sel      selection

	rows    []int32 // of a batch, within the table
	batch   engine.Batch
	gathers []gather
}

// gather is the memory of one column of a batch.
type gather struct {
	valid  []uint64
	floats []float64
	ints   []int64
	codes  []uint32
}

func (t *table) scan(plan *engine.Plan, f *filter) engine.Cursor {
	s := &scan{table: t, filter: f, fields: plan.Fields, skip: plan.Skip, limit: plan.Limit}
	s.batch.Columns = make([]engine.Vector, len(plan.Fields))
	s.gathers = make([]gather, len(plan.Fields))
	if len(f.tests) == 0 {
		// Every row passes, so the page's place is known.
		if s.skip >= int64(t.rows) {
			s.block = blocks(t.rows)
		} else {
			s.block, s.at = int(s.skip)/blockRows, int(s.skip)%blockRows
		}
		s.skip = 0
	}
	return s
}

// Next returns the next rows that pass.
func (s *scan) Next(ctx context.Context) (*engine.Batch, error) {
	for s.limit != 0 && s.block < blocks(s.table.rows) {
		if !s.selected {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			s.filter.block(s.block, &s.sel)
			s.selected = true
			if int64(s.sel.count) <= s.skip {
				s.skip -= int64(s.sel.count)
				s.nextBlock()
				continue
			}
		}
		start, end := span(s.block, s.table.rows)
		if s.sel.count == end-start {
			if s.at += int(s.skip); s.skip > 0 {
				s.skip = 0
			}
			if n := s.take(end - start - s.at); n > 0 {
				s.slice(start+s.at, n)
				if s.at += n; s.at == end-start {
					s.nextBlock()
				}
				return &s.batch, nil
			}
		} else if s.pick(start); len(s.rows) > 0 {
			s.gather()
			return &s.batch, nil
		}
		s.nextBlock()
	}
	return nil, io.EOF
}

func (s *scan) nextBlock() { s.block, s.at, s.selected = s.block+1, 0, false }

// take returns how many of n rows fit in a batch and in the limit, and counts
// them.
func (s *scan) take(n int) int {
	n = min(n, engine.BatchRows)
	if s.limit >= 0 {
		n = int(min(int64(n), s.limit))
		s.limit -= int64(n)
	}
	return n
}

// pick gathers the numbers of the block's next rows that pass.
func (s *scan) pick(start int) {
	most := engine.BatchRows
	if s.limit >= 0 {
		most = int(min(int64(most), s.limit))
	}
	s.rows = s.rows[:0]
	for w := s.at / 64; w < len(s.sel.bits) && len(s.rows) < most; w++ {
		word := s.sel.bits[w]
		if w == s.at/64 {
			word = word >> (s.at & 63) << (s.at & 63)
		}
		if n := int64(bits.OnesCount64(word)); n <= s.skip {
			s.skip -= n
			continue
		}
		for ; word != 0 && len(s.rows) < most; word &= word - 1 {
			i := w*64 + bits.TrailingZeros64(word)
			s.at = i + 1
			if s.skip > 0 {
				s.skip--
				continue
			}
			s.rows = append(s.rows, int32(start+i))
		}
	}
	if s.limit >= 0 {
		s.limit -= int64(len(s.rows))
	}
}

// slice makes the batch of n rows from row on, of the columns' own memory.
func (s *scan) slice(row, n int) {
	s.batch.Rows = n
	for i, f := range s.fields {
		c, v, g := s.table.columns[f], &s.batch.Columns[i], &s.gathers[i]
		*v = engine.Vector{Type: c.kind, Dict: c.dict}
		switch c.kind {
		case datasets.Number:
			v.Floats = c.floats[row : row+n]
		case datasets.String:
			v.Codes = c.codes[row : row+n]
		default:
			v.Ints = c.ints[row : row+n]
		}
		if c.valid != nil {
			g.valid = shifted(g.valid[:0], c.valid, row, n)
			v.Valid = g.valid
		}
	}
}

// shifted appends n bits of valid, from bit row on.
func shifted(dst, valid []uint64, row, n int) []uint64 {
	offset := row & 63
	for w := row / 64; w*64 < row+n; w++ {
		word := valid[w] >> offset
		if offset > 0 && w+1 < len(valid) {
			word |= valid[w+1] << (64 - offset)
		}
		dst = append(dst, word)
	}
	return dst
}

// gather makes the batch of the picked rows.
func (s *scan) gather() {
	s.batch.Rows = len(s.rows)
	for i, f := range s.fields {
		c, v, g := s.table.columns[f], &s.batch.Columns[i], &s.gathers[i]
		*v = engine.Vector{Type: c.kind, Dict: c.dict}
		switch c.kind {
		case datasets.Number:
			g.floats = pickRows(g.floats[:0], c.floats, s.rows)
			v.Floats = g.floats
		case datasets.String:
			g.codes = pickRows(g.codes[:0], c.codes, s.rows)
			v.Codes = g.codes
		default:
			g.ints = pickRows(g.ints[:0], c.ints, s.rows)
			v.Ints = g.ints
		}
		if c.valid != nil {
			g.valid = g.valid[:0]
			for range (len(s.rows) + 63) / 64 {
				g.valid = append(g.valid, 0)
			}
			for j, row := range s.rows {
				g.valid[j>>6] |= c.valid[row>>6] >> (row & 63) & 1 << (j & 63)
			}
			v.Valid = g.valid
		}
	}
}

func pickRows[T any](dst, values []T, rows []int32) []T {
	for _, row := range rows {
		dst = append(dst, values[row])
	}
	return dst
}

// Close ends the scan.
func (s *scan) Close() error {
	s.block = blocks(s.table.rows)
	return nil
}
