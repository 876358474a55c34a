package columnar

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"herbarium/datasets"
)

// wholes are what whole blocks add to means: the sums, by group, of all of a
// block's rows. Those of the means that a dataset declares are made when it is
// loaded. A block's others are made when a query first takes all of it. They
// are kept, so that later queries read none of the block's rows. They do not
// depend on conditions. Those of a stretch are its blocks', added up.
type wholes struct {
	blocks    []atomic.Pointer[tally]
	stretches []atomic.Pointer[tally]
}

func newWholes(blocks int) *wholes {
	return &wholes{make([]atomic.Pointer[tally], blocks), make([]atomic.Pointer[tally], (blocks+stretchBlocks-1)/stretchBlocks)}
}

// mostWholes is of how many lists of fields and ways to group a table keeps
// them: each costs a few hundred bytes a block, some thousandths of its rows.
const mostWholes = 8

// wholeSums are a table's wholes, by what they are of.
type wholeSums struct {
	mu sync.Mutex
	of map[string]*wholes
}

// wholesKey says what wholes are of.
func wholesKey(fields, by []int) string { return fmt.Sprint(fields, by) }

// wholesOf returns the wholes for the plan; nil where its groups are many, so
// that they would be large, or others are kept already.
func (t *table) wholesOf(m *meanPlan) *wholes {
	if _, few := newGroups(m.by, t.mostDense).few(); !few || len(t.blocks) == 1 {
		return nil
	}
	by := make([]int, len(m.by))
	for i, g := range m.by {
		by[i] = g.field
	}
	return t.wholes.get(wholesKey(m.fields, by), len(t.blocks))
}

// get returns the wholes of that key, nil where there are others enough.
func (s *wholeSums) get(key string, blocks int) *wholes {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.of[key]
	if w == nil && len(s.of) < mostWholes {
		w = newWholes(blocks)
		if s.of == nil {
			s.of = map[string]*wholes{}
		}
		s.of[key] = w
	}
	return w
}

// declared reports whether the dataset declares means.
func declared(ds *datasets.Dataset) bool {
	return len(ds.StatsFields) > 0 && slices.Contains(ds.Operations, datasets.Mean)
}

// sumWholes makes the wholes of all blocks, for the means that the dataset
// declares.
func (t *table) sumWholes(ctx context.Context, ds *datasets.Dataset) error {
	if !declared(ds) {
		return nil
	}
	m, err := t.meanPlan(ctx, nil, ds.StatsFields, ds.GroupBy)
	if err != nil || m.wholes == nil {
		return err
	}
	_, err = m.run(ctx)
	return err
}

// addWhole sums up all rows of a block.
func (p *partial) addWhole(number int) {
	p.addKept(&p.plan.wholes.blocks[number], func() { p.sum(number) })
}

// addStretch sums up all rows of a stretch.
func (p *partial) addStretch(number int) {
	p.addKept(&p.plan.wholes.stretches[number], func() {
		p.selected.full = true
		first, end := p.plan.table.stretch(number)
		for b := first; b < end; b++ {
			p.addWhole(b)
		}
	})
}

// addKept adds what is kept there, or what work adds, which is kept from now
// on. Two who do so for the first time at once find the same.
func (p *partial) addKept(place *atomic.Pointer[tally], work func()) {
	known := place.Load()
	if known == nil {
		p.drain() // what is kept is of this work alone
		known = p.alone(work)
		place.Store(known)
	}
	p.grow(p.groups.count())
	for g, rows := range known.rows {
		if rows > 0 {
			p.addGroup(uint32(g), known, uint32(g))
		}
	}
}

// alone returns what work adds.
func (p *partial) alone(work func()) *tally {
	before := p.tally
	p.tally = p.plan.newTally()
	work()
	p.drain()
	alone := p.tally
	p.tally = before
	return &alone
}
