package columnar

import (
	"herbarium/datasets"
	"slices"
)

// blockAggregatesBuilder aggregates the blocks of a load into files while they
// are in memory, for the operations of the dataset.
type blockAggregatesBuilder struct {
	resources *resources
	ds        *datasets.Dataset
	of        []aggregated
	room      scratch
	blocks    []builtAggregates
}

// builtAggregates are a block's, whose groups are numbered by the texts that
// were known by then.
type builtAggregates struct {
	aggregates
	groups denseGroups
}

// newBlockAggregatesBuilder returns nil where block aggregates are not made with
// a load: where the dataset's operations need none, or it groups by what is no
// text, which queries have to number first. Files hold sums alone.
func newBlockAggregatesBuilder(r *resources, ds *datasets.Dataset) *blockAggregatesBuilder {
	of := declared(ds)
	if of == nil || slices.ContainsFunc(of, func(o aggregated) bool { return !o.sum }) {
		return nil
	}
	for _, f := range ds.GroupBy {
		if ds.Fields[f].Type != datasets.String {
			return nil
		}
	}
	return &blockAggregatesBuilder{resources: r, ds: ds, of: of}
}

// add aggregates a block whose codes stand for the texts. It reports whether
// groups are still few.
func (w *blockAggregatesBuilder) add(b *block, dicts [][]string) bool {
	t := &table{resources: w.resources, fields: w.ds.Fields, blocks: []block{*b}, rows: int64(b.rows), blockRows: w.resources.blockRows}
	m := &aggregation{table: t, where: &filter{}, of: w.of, tops: t.tops(w.of)}
	for _, f := range w.ds.GroupBy {
		m.by = append(m.by, &groupCodes{field: f, texts: dicts[f], blocks: [][]uint32{b.columns[f].codes}})
	}
	groups, few := newGroups(m.by, w.resources.maxDense).few()
	if !few {
		return false
	}
	if len(w.room.group) < b.rows {
		w.room = t.newScratch()
	}
	p := m.partialIn(w.room, w.resources.maxDense)
	p.add(0)
	p.drain()
	w.room = p.scratch
	w.blocks = append(w.blocks, builtAggregates{p.aggregates, groups})
	return true
}

// finish returns the blocks' aggregates with their groups numbered by the texts in
// their order: places are the codes in it, by field. It is nil where groups have become many.
func (w *blockAggregatesBuilder) finish(places [][]uint32) *keptAggregates {
	all := denseGroups{}
	for _, f := range w.ds.GroupBy {
		all.fields = append(all.fields, &groupCodes{field: f, texts: make([]string, len(places[f]))})
	}
	groups, few := newGroups(all.fields, w.resources.maxDense).few()
	if !few {
		return nil
	}
	k := &keptAggregates{of: w.of, by: w.ds.GroupBy, groups: groups.count(), blocks: make([]*aggregates, len(w.blocks))}
	var codes []uint32
	for i := range w.blocks {
		made := &w.blocks[i]
		sorted := newAggregates(w.ds.Fields, w.of, func(int) bool { return true }) // whether they have nulls or not
		sorted.grow(k.groups)
		for g, rows := range made.rows {
			if rows == 0 {
				continue
			}
			codes = made.groups.codes(codes[:0], uint32(g))
			for d, f := range w.ds.GroupBy {
				codes[d] = places[f][codes[d]]
			}
			sorted.addGroup(groups.find(codes), &made.aggregates, uint32(g))
		}
		k.blocks[i] = &sorted
	}
	return k
}
