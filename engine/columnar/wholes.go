package columnar

import (
	"fmt"
	"sync"
	"sync/atomic"
)

// wholes are what whole blocks add to means: the sums, by group, of all of a
// block's rows. A block's are made when a query first takes all of it, and
// kept, so that later queries read none of its rows. They do not depend on
// conditions.
type wholes struct {
	blocks []atomic.Pointer[partial]
}

// mostWholes is of how many lists of fields and ways to group a table keeps
// them: each costs a few hundred bytes a block, some thousandths of its rows.
const mostWholes = 8

// wholeSums are a table's wholes, by what they are of.
type wholeSums struct {
	mu sync.Mutex
	of map[string]*wholes
}

// wholesOf returns the wholes for the plan; nil where its groups are many, so
// that they would be large, or others are kept already.
func (t *table) wholesOf(m *meanPlan) *wholes {
	if g, dense := newGroups(m.by, t.mostDense).(denseGroups); !dense || g.count() > fewGroups || len(t.blocks) == 1 {
		return nil
	}
	by := make([]int, len(m.by))
	for i, g := range m.by {
		by[i] = g.field
	}
	key := fmt.Sprint(m.fields, by)
	s := &t.wholes
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.of[key]
	if w == nil && len(s.of) < mostWholes {
		w = &wholes{make([]atomic.Pointer[partial], len(t.blocks))}
		if s.of == nil {
			s.of = map[string]*wholes{}
		}
		s.of[key] = w
	}
	return w
}

// addWhole sums up all rows of a block. Two who do so for the first time at
// once find the same.
func (p *partial) addWhole(number int) {
	known := p.plan.wholes.blocks[number].Load()
	if known == nil {
		p.drain() // what is kept is of this block alone
		known = p.plan.newSums(p.plan.table.mostDense)
		known.scratch = p.scratch
		known.sum(number)
		known.drain()
		// What is kept holds neither memory to work in nor the first query.
		p.scratch, known.scratch, known.plan = known.scratch, scratch{}, nil
		p.plan.wholes.blocks[number].Store(known)
	}
	p.addSame(known)
}

// addSame adds sums that number their groups in the same way.
func (p *partial) addSame(known *partial) {
	p.grow()
	for g, rows := range known.rows {
		if rows == 0 {
			continue
		}
		p.rows[g] += rows
		for i, s := range p.sums {
			s.merge(uint32(g), known.sums[i], uint32(g))
			if p.nulls[i] != nil {
				p.nulls[i][g] += known.nulls[i][g]
			}
		}
	}
}
