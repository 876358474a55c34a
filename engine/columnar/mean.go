package columnar

import (
	"context"
	"io"
	"math/bits"
	"sync"
	"sync/atomic"

	"herbarium/datasets"
	"herbarium/engine"
)

// cell is the sum and count of one field in one group.
type cell struct {
	floats sum
	ints   intSum
	count  int64
}

func (c *cell) merge(o *cell) {
	c.floats.merge(&o.floats)
	c.ints.merge(&o.ints)
	c.count += o.count
}

// partial is what one worker has summed: cells by group and field.
type partial struct {
	grouper *grouper
	rows    []int64 // by group
	cells   []cell  // by group, then field
}

// mean sums the rows that pass, each worker taking the next block that none
// has taken. Sums are exact, so it does not matter who takes which.
func (t *table) mean(ctx context.Context, plan *engine.Plan, f *filter) (engine.Cursor, error) {
	workers := max(1, min(t.workers, blocks(t.rows)))
	partials := make([]*partial, workers)
	var next atomic.Int64
	var all sync.WaitGroup
	for w := range workers {
		p := &partial{grouper: newGrouper(t, plan.GroupBy)}
		partials[w] = p
		all.Go(func() {
			var sel selection
			for ctx.Err() == nil {
				b := int(next.Add(1)) - 1
				if b >= blocks(t.rows) {
					return
				}
				if f.block(b, &sel); sel.count > 0 {
					p.sum(t, plan.Fields, b, &sel)
				}
			}
		})
	}
	all.Wait()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	whole := partials[0]
	for _, p := range partials[1:] {
		whole.merge(p, len(plan.Fields))
	}
	return &means{table: t, plan: plan, whole: whole, order: whole.grouper.order(whole.rows), skip: plan.Skip, limit: plan.Limit}, nil
}

// sum adds the selected rows of block b.
func (p *partial) sum(t *table, fields []int, b int, sel *selection) {
	start, end := span(b, t.rows)
	var groups [blockRows]uint32
	p.grouper.number(start, end, sel, groups[:])
	for len(p.rows) < p.grouper.count {
		p.rows = append(p.rows, 0)
	}
	for len(p.cells) < p.grouper.count*len(fields) {
		p.cells = append(p.cells, cell{})
	}
	words := (end - start + 63) / 64
	for w := range words {
		for word := sel.bits[w]; word != 0; word &= word - 1 {
			p.rows[groups[w*64+bits.TrailingZeros64(word)]]++
		}
	}
	for i, f := range fields {
		c := t.columns[f]
		for w := range words {
			word := sel.bits[w]
			if c.valid != nil {
				word &= c.valid[start/64+w]
			}
			p.sumWord(c, word, start+w*64, groups[w*64:], i, len(fields))
		}
	}
}

// sumWord adds up to 64 rows of one column, from row on.
func (p *partial) sumWord(c *column, word uint64, row int, groups []uint32, field, fields int) {
	if c.kind == datasets.Number {
		for ; word != 0; word &= word - 1 {
			i := bits.TrailingZeros64(word)
			cell := &p.cells[int(groups[i])*fields+field]
			cell.floats.add(c.floats[row+i])
			cell.count++
		}
		return
	}
	for ; word != 0; word &= word - 1 {
		i := bits.TrailingZeros64(word)
		cell := &p.cells[int(groups[i])*fields+field]
		cell.ints.add(c.ints[row+i])
		cell.count++
	}
}

// merge adds the groups of o.
func (p *partial) merge(o *partial, fields int) {
	for g, rows := range o.rows {
		if rows == 0 {
			continue
		}
		to := p.grouper.of(o.grouper.key(g))
		for len(p.rows) < p.grouper.count {
			p.rows = append(p.rows, 0)
		}
		for len(p.cells) < p.grouper.count*fields {
			p.cells = append(p.cells, cell{})
		}
		p.rows[to] += rows
		for f := range fields {
			p.cells[to*fields+f].merge(&o.cells[g*fields+f])
		}
	}
}

// means streams the means of the groups.
type means struct {
	table       *table
	plan        *engine.Plan
	whole       *partial
	order       []int // groups, ascending
	skip, limit int64
	batch       engine.Batch
}

// Next returns the next groups.
func (m *means) Next(ctx context.Context) (*engine.Batch, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if m.skip >= int64(len(m.order)) || m.limit == 0 {
		return nil, io.EOF
	}
	groups := m.order[m.skip:]
	groups = groups[:min(len(groups), engine.BatchRows)]
	if m.limit >= 0 {
		groups = groups[:min(int64(len(groups)), m.limit)]
		m.limit -= int64(len(groups))
	}
	m.skip += int64(len(groups))
	m.batch = engine.Batch{Rows: len(groups), Columns: make([]engine.Vector, 0, len(m.plan.Columns))}
	for i, f := range m.plan.Fields {
		m.batch.Columns = append(m.batch.Columns, m.column(groups, i, m.table.columns[f].kind))
	}
	for i, f := range m.plan.GroupBy {
		m.batch.Columns = append(m.batch.Columns, m.whole.grouper.column(m.table.columns[f], groups, i))
	}
	return &m.batch, nil
}

// column returns the groups' means of one field.
func (m *means) column(groups []int, field int, kind datasets.Type) engine.Vector {
	v := engine.Vector{Type: datasets.Number, Floats: make([]float64, len(groups)), Valid: make([]uint64, (len(groups)+63)/64)}
	for i, g := range groups {
		c := &m.whole.cells[g*len(m.plan.Fields)+field]
		if c.count == 0 {
			continue
		}
		total := c.floats.round()
		if kind == datasets.Integer {
			total = c.ints.round()
		}
		mean := total / float64(c.count)
		if mean-mean == 0 { // finite
			v.Floats[i] = mean
			v.Valid[i>>6] |= 1 << (i & 63)
		}
	}
	return v
}

// Close ends the means.
func (m *means) Close() error {
	m.order = nil
	return nil
}
