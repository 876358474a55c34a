package columnar

import (
	"herbarium/datasets"
)

// aggregateBuilder makes the block aggregates of a load into files, for the dataset's
// operations, while each block is in memory.
type aggregateBuilder struct {
	resources *resources
	ds        *datasets.Dataset
	of        []aggregated
	room      scratch
	blocks    []builtAggregate
}

// builtAggregate is a block's aggregate. Its groups are numbered by the dictionary
// codes that were known when the block was added.
type builtAggregate struct {
	partialAggregate
	groups denseGroups
}

// newAggregateBuilder returns nil where a load makes no block aggregates: where the
// dataset's operations need none, or it groups by a field that is not text, whose values
// have no codes before a query makes them. Files hold sums alone.
func newAggregateBuilder(r *resources, ds *datasets.Dataset) *aggregateBuilder {
	var of []aggregated
	for _, o := range declared(ds) {
		if o.sum && ds.Fields[o.field].Numeric() {
			of = append(of, aggregated{field: o.field, sum: true})
		}
	}
	if of == nil {
		return nil
	}
	for _, f := range ds.GroupBy {
		if ds.Fields[f].Type != datasets.String {
			return nil
		}
	}
	return &aggregateBuilder{resources: r, ds: ds, of: of}
}

// add aggregates a block; dicts are the texts that its codes stand for. It reports
// false once there are too many groups.
func (w *aggregateBuilder) add(b *block, dicts [][]string) bool {
	t := &table{resources: w.resources, fields: w.ds.Fields, blocks: []block{*b}, rows: int64(b.rows), blockRows: w.resources.blockRows}
	m := &aggregation{table: t, where: &filter{}, of: w.of, exponents: t.exponents(w.of), within: make([]bounds, len(w.of))}
	for _, f := range w.ds.GroupBy {
		m.by = append(m.by, &groupCodes{field: f, texts: dicts[f], blocks: [][]uint32{b.columns[f].codes}})
	}
	groups, few := newGroups(m.by, w.resources).few()
	if !few {
		return false
	}
	if len(w.room.group) < b.rows {
		w.room = t.newScratch()
	}
	p := m.newAggregatorIn(w.room)
	p.add(0)
	p.drain()
	w.room = p.scratch
	w.blocks = append(w.blocks, builtAggregate{p.partialAggregate, groups})
	return true
}

// finish returns the aggregates of all blocks with their groups in the order of the
// sorted dictionaries: places[field] maps a code to its place there. It returns nil
// where there are too many groups.
func (w *aggregateBuilder) finish(places [][]uint32) *storedAggregates {
	all := denseGroups{}
	for _, f := range w.ds.GroupBy {
		all.fields = append(all.fields, &groupCodes{field: f, texts: make([]string, len(places[f]))})
	}
	groups, few := newGroups(all.fields, w.resources).few()
	if !few {
		return nil
	}
	k := &storedAggregates{of: w.of, by: w.ds.GroupBy, groups: groups.count(), blocks: make([]*partialAggregate, len(w.blocks))}
	var codes []uint32
	for i := range w.blocks {
		made := &w.blocks[i]
		sorted := newPartialAggregate(w.ds.Fields, w.of, func(int) bool { return true }) // whether they have nulls or not
		sorted.grow(k.groups)
		for g, rows := range made.rows {
			if rows == 0 {
				continue
			}
			codes = made.groups.codes(codes[:0], uint32(g))
			for d, f := range w.ds.GroupBy {
				codes[d] = places[f][codes[d]]
			}
			sorted.addGroup(groups.find(codes), &made.partialAggregate, uint32(g))
		}
		k.blocks[i] = &sorted
	}
	return k
}
