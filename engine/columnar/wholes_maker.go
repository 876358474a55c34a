package columnar

import "herbarium/datasets"

// wholesMaker sums up the blocks of a load into files, while they are in
// memory, for the means that the dataset declares.
type wholesMaker struct {
	resources *resources
	ds        *datasets.Dataset
	room      scratch
	blocks    []madeWhole
}

// madeWhole is a block's sums, whose groups are numbered by the texts that
// were known by then.
type madeWhole struct {
	tally
	groups denseGroups
}

// newWholesMaker returns nil where wholes are not made with a load: where the
// dataset declares no means, or groups them by what is no text, which queries
// have to number first.
func newWholesMaker(r *resources, ds *datasets.Dataset) *wholesMaker {
	if !declared(ds) {
		return nil
	}
	for _, f := range ds.GroupBy {
		if ds.Fields[f].Type != datasets.String {
			return nil
		}
	}
	return &wholesMaker{resources: r, ds: ds}
}

// add sums up a block whose codes stand for the texts. It reports whether
// groups are still few.
func (w *wholesMaker) add(b *block, dicts [][]string) bool {
	t := &table{resources: w.resources, fields: w.ds.Fields, blocks: []block{*b}, rows: int64(b.rows), blockRows: w.resources.blockRows}
	m := &meanPlan{table: t, where: &filter{}, fields: w.ds.StatsFields, tops: t.tops(w.ds.StatsFields)}
	for _, f := range w.ds.GroupBy {
		m.by = append(m.by, &groupCodes{field: f, texts: dicts[f], blocks: [][]uint32{b.columns[f].codes}})
	}
	groups, few := newGroups(m.by, w.resources.mostDense).few()
	if !few {
		return false
	}
	if len(w.room.group) < b.rows {
		w.room = t.newScratch()
	}
	p := m.partialIn(w.room, w.resources.mostDense)
	p.add(0)
	p.drain()
	w.room = p.scratch
	w.blocks = append(w.blocks, madeWhole{p.tally, groups})
	return true
}

// wholes returns the blocks' sums with their groups numbered by the texts in
// their order: places are the codes in it, by field. It is nil where groups have become many.
func (w *wholesMaker) wholes(places [][]uint32) *keptWholes {
	all := denseGroups{}
	for _, f := range w.ds.GroupBy {
		all.fields = append(all.fields, &groupCodes{field: f, texts: make([]string, len(places[f]))})
	}
	groups, few := newGroups(all.fields, w.resources.mostDense).few()
	if !few {
		return nil
	}
	k := &keptWholes{fields: w.ds.StatsFields, by: w.ds.GroupBy, groups: groups.count(), blocks: make([]*tally, len(w.blocks))}
	var codes []uint32
	for i := range w.blocks {
		made := &w.blocks[i]
		sorted := newTally(w.ds.Fields, w.ds.StatsFields, func(int) bool { return true }) // whether they have nulls or not
		sorted.grow(k.groups)
		for g, rows := range made.rows {
			if rows == 0 {
				continue
			}
			codes = made.groups.codes(codes[:0], uint32(g))
			for d, f := range w.ds.GroupBy {
				codes[d] = places[f][codes[d]]
			}
			sorted.addGroup(groups.find(codes), &made.tally, uint32(g))
		}
		k.blocks[i] = &sorted
	}
	return k
}
