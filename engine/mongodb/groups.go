package mongodb

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"slices"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/fault"
	"herbarium/engine/memory"
	"herbarium/engine/pipeline"
	"herbarium/engine/plan"
)

// Groups are made by the server; their measures are computed here, of aggregates
// that are exact, as every store computes them. Where the server can order the
// groups and cut them to a page (pipeline.Streams), they are streamed. Otherwise all
// are collected: documents whose keys have one label are joined, then the groups are
// ordered and cut.

// groups are the groups of a plan, as they are collected.
type groups struct {
	plan  *plan.Plan
	table *table
	max   int
	// fields are the fields that are measured, in the order of a group's fields.
	fields []int
	pairs  [][2]int   // of fields that are measured together
	labels []*labeler // by key
	index  map[string]int
	all    []group
	claim  *memory.Claim // what the groups take memory from
	lost   bool          // a cursor was, in a way that passes

	// Of the document that is being looked at: its keys, the starts of their labels
	// and both as the name of a group.
	keys   []plan.Nullable
	starts []plan.Value
	name   []byte
}

// group is what is known of a group.
type group struct {
	keys   []plan.Nullable
	starts []plan.Value // of the labels of keys with buckets, by which they are ordered
	rows   int64
	fields []fieldAggregates
	pairs  []pairAggregates
}

// fieldAggregates are what is known of a field's values in a group.
type fieldAggregates struct {
	values          int64
	least, greatest plan.Value
	sum             sum
	counted         *countedValues // nil where no measure needs them
}

// runGroups starts a plan of groups.
func (t *table) runGroups(ctx context.Context, p *plan.Plan) (engine.Cursor, error) {
	sizes, err := t.sizes(ctx, p)
	if err != nil {
		return nil, err
	}
	o := pipeline.GroupOptions{Unmanaged: t.info.HasAnyTypes(), Sizes: sizes, Windowed: pipeline.Streams(p)}
	g := pipeline.Group(p, o)
	if o.Windowed && !g.Unsummed() {
		r, err := t.start(ctx, p, g.Pipeline, g.Columns)
		if err != nil {
			return nil, err
		}
		r.finish = newGroups(t, p).finishing(g)
		if !t.info.Unmanaged {
			r.later = func(rest *plan.Plan) pipeline.Pipeline { return pipeline.Group(rest, o).Pipeline }
		}
		return r, nil
	}
	all, err := t.collect(ctx, p, sizes)
	if err != nil {
		return nil, err
	}
	c := all.cursor()
	// Groups that only the sizes of values keep from being streamed end like those that are. A
	// total would tell whoever sees a part of the rows of the sizes of the others.
	c.streamed = o.Windowed
	return c, nil
}

// Explain returns the pipelines that the plan runs as (see pipeline.All). The sums of
// fields whose magnitudes are not known yet are written as those of typical ones.
func (t *table) Explain(p *plan.Plan) []pipeline.Pipeline {
	o := pipeline.GroupOptions{Unmanaged: t.info.HasAnyTypes()}
	if p.Groups != nil {
		o.Sizes, _ = t.knownSizes(p)
	}
	return pipeline.All(p, o)
}

// collect computes all groups of the plan. Keys with buckets that the server tells
// apart in another way are grouped by their values, which it cannot mistake.
func (t *table) collect(ctx context.Context, p *plan.Plan, sizes pipeline.Sizes) (*groups, error) {
	o := pipeline.GroupOptions{Unmanaged: t.info.HasAnyTypes(), Sizes: sizes, ByValue: make([]bool, len(p.Groups.Keys))}
	for again := !t.info.Unmanaged; ; {
		all := newGroups(t, p)
		all.claim = memory.Of(ctx)
		err := all.collect(ctx, o)
		var strange *strangeBucket
		switch {
		case all.lost && again && ctx.Err() == nil:
			again = false // the order of its documents is not certain, so that it begins anew
		case errors.As(err, &strange) && !o.ByValue[strange.key]:
			o.ByValue[strange.key] = true
		case errors.Is(err, errUnknownZone) && slices.Contains(o.ByValue, false):
			for i := range o.ByValue {
				o.ByValue[i] = true
			}
		case err != nil:
			return nil, err
		default:
			return all, nil
		}
	}
}

func newGroups(t *table, p *plan.Plan) *groups {
	all := &groups{plan: p, table: t, max: t.store.options.MaxGroups, pairs: p.Groups.Pairs(), index: map[string]int{}}
	for _, m := range p.Groups.Measures {
		if m.Field != plan.NoField && !m.OfPair && !slices.Contains(all.fields, m.Field) {
			all.fields = append(all.fields, m.Field)
		}
	}
	for i, k := range p.Groups.Keys {
		all.labels = append(all.labels, &labeler{key: i, buckets: k.Buckets, kind: p.Dataset.Fields[k.Field].Type})
	}
	all.keys, all.starts = make([]plan.Nullable, len(all.labels)), make([]plan.Value, len(all.labels))
	return all
}

// collect runs the pipelines of the plan: one of aggregates that can be merged,
// one for each field of which more is needed, and one, twice, for all pairs.
func (all *groups) collect(ctx context.Context, o pipeline.GroupOptions) error {
	g := pipeline.Group(all.plan, o)
	err := all.each(ctx, g, func(b *engine.Batch, i int) error {
		at, err := all.find(g, b, i, true)
		if err == nil {
			all.all[at].merge(all.read(g, b, i))
		}
		return err
	})
	if err != nil {
		return err
	}
	for i, f := range g.Fields {
		if f.Unsummed {
			if err := all.sumByValue(ctx, i, o); err != nil {
				return err
			}
		}
	}
	for i, f := range all.fields {
		if pipeline.NeedsValues(all.plan, f) {
			if err := all.countValues(ctx, i, o); err != nil {
				return err
			}
		}
	}
	if len(all.pairs) > 0 {
		return all.pairUp(ctx, o)
	}
	return nil
}

// each calls visit with every document of the pipeline, as a row of a batch.
func (all *groups) each(ctx context.Context, g *pipeline.Grouping, visit func(b *engine.Batch, i int) error) error {
	whole := *all.plan
	whole.Skip, whole.Limit = 0, -1 // as many as there are
	r, err := all.table.start(ctx, &whole, g.Pipeline, g.Columns)
	if err != nil {
		return err
	}
	defer r.close()
	for {
		b, err := r.Next(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			all.lost = passed(err)
			return err
		}
		for i := range b.Rows {
			if err := visit(b, i); err != nil {
				return err
			}
		}
	}
}

// valueAt returns a value of a batch.
func valueAt(b *engine.Batch, column, i int) plan.Nullable {
	v := &b.Columns[column]
	if v.Null(i) {
		return plan.Nullable{Null: true}
	}
	return plan.Nullable{Value: v.Value(i)}
}

// intAt returns a count of a batch.
func intAt(b *engine.Batch, column, i int) int64 {
	if column == pipeline.NoColumn {
		return 0
	}
	return valueAt(b, column, i).Int
}

// read returns the group that a document is of, without its keys.
func (all *groups) read(g *pipeline.Grouping, b *engine.Batch, i int) *group {
	read := &group{rows: intAt(b, g.Rows, i), fields: make([]fieldAggregates, len(g.Fields))}
	for j, columns := range g.Fields {
		f := &read.fields[j]
		f.values = intAt(b, columns.Values, i)
		if columns.Least != pipeline.NoColumn {
			f.least, f.greatest = valueAt(b, columns.Least, i).Value, valueAt(b, columns.Greatest, i).Value
		}
		for _, part := range columns.Parts {
			f.sum.add(valueAt(b, part, i).Float)
		}
	}
	return read
}

// merge adds what another document says of the same group.
func (a *group) merge(b *group) {
	a.rows += b.rows
	if a.fields == nil {
		a.fields = b.fields
		return
	}
	for i := range a.fields {
		a.fields[i].merge(&b.fields[i])
	}
}

func (a *fieldAggregates) merge(b *fieldAggregates) {
	switch {
	case b.values == 0:
		return
	case a.values == 0:
		*a = *b
		return
	}
	// Only one part of each value is set.
	if b.least.Float < a.least.Float || b.least.Int < a.least.Int || b.least.Str < a.least.Str {
		a.least = b.least
	}
	if b.greatest.Float > a.greatest.Float || b.greatest.Int > a.greatest.Int || b.greatest.Str > a.greatest.Str {
		a.greatest = b.greatest
	}
	a.values += b.values
	a.sum.merge(&b.sum)
}

// find returns the group that a document belongs to. Where there is none, it is
// made on demand; else the result is negative.
func (all *groups) find(g *pipeline.Grouping, b *engine.Batch, i int, add bool) (int, error) {
	keys, starts, name := all.keys, all.starts, all.name[:0]
	for j, columns := range g.Keys {
		var err error
		if columns.Value != pipeline.NoColumn {
			keys[j] = valueAt(b, columns.Value, i)
		} else if keys[j], starts[j], err = all.labels[j].label(valueAt(b, columns.Least, i), valueAt(b, columns.Greatest, i)); err != nil {
			return -1, err
		}
		name = appendKey(name, keys[j])
	}
	all.name = name
	at, ok := all.index[string(name)]
	switch {
	case ok:
		return at, nil
	case !add:
		return -1, nil
	case len(all.all) >= all.max:
		return -1, fault.TooManyGroupsError(all.max)
	}
	if err := all.claim.Take(all.groupBytes(len(name))); err != nil {
		return -1, err
	}
	for j := range all.labels {
		if g.Keys[j].Value == pipeline.NoColumn && !keys[j].Null {
			starts[j] = all.labels[j].first(keys[j], starts[j])
		}
	}
	at = len(all.all)
	all.index[string(name)] = at
	all.all = append(all.all, group{keys: slices.Clone(keys), starts: slices.Clone(starts)})
	return at, nil
}

// groupBytes is about how much memory a group takes that has a name of so many bytes: its
// entry of the index, its keys, and what is known of its fields and pairs, in slices that
// are copied when they grow.
func (all *groups) groupBytes(name int) int64 {
	const indexBytes, groupBytes, keyBytes, fieldBytes, pairBytes = 64, 2 * 128, 64, 512, 512
	return int64(indexBytes + groupBytes + 2*name + keyBytes*len(all.keys) + fieldBytes*len(all.fields) + pairBytes*len(all.pairs))
}

// appendKey writes a key so that only equal keys are written in the same way.
func appendKey(dst []byte, v plan.Nullable) []byte {
	if v.Null {
		return append(dst, 0)
	}
	dst = binary.LittleEndian.AppendUint64(append(dst, 1), uint64(v.Int))
	dst = binary.LittleEndian.AppendUint64(dst, math.Float64bits(v.Float))
	return append(binary.LittleEndian.AppendUint32(dst, uint32(len(v.Str))), v.Str...)
}

// aggregates returns what the i-th measured field's measures are computed of.
func (all *groups) aggregates(g *group, i int) *plan.Aggregates {
	f := &g.fields[i]
	a := &plan.Aggregates{Type: all.plan.Dataset.Fields[all.fields[i]].Type, Rows: g.rows, Values: f.values,
		Least: f.least, Greatest: f.greatest, Sum: f.sum.float64()}
	if a.Type != datasets.Number {
		a.IntSum, a.Fits = f.sum.int64()
	}
	if f.counted != nil {
		f.counted.fill(a)
	}
	return a
}

// appendRow appends the answer's row of a group: its measures and its keys.
func (all *groups) appendRow(row []plan.Nullable, g *group) []plan.Nullable {
	known := make([]*plan.Aggregates, len(all.fields))
	for i := range known {
		known[i] = all.aggregates(g, i)
	}
	keysFirst := all.plan.Groups.KeysFirst
	if keysFirst {
		row = append(row, g.keys...)
	}
	for _, m := range all.plan.Groups.Measures {
		of := &plan.Aggregates{Rows: g.rows}
		if m.OfPair {
			g.pairs[slices.Index(all.pairs, m.Pair())].fill(of)
		} else if m.Field != plan.NoField {
			of = known[slices.Index(all.fields, m.Field)]
		}
		v, ok := m.Result(of)
		row = append(row, plan.Nullable{Value: v, Null: !ok})
	}
	if keysFirst {
		return row
	}
	return append(row, g.keys...)
}

// finishing returns a function that computes a batch of an answer of a batch of
// groups' documents.
func (all *groups) finishing(g *pipeline.Grouping) func(*engine.Batch) *engine.Batch {
	out := newBatchBuilder(all.plan.Columns)
	var row []plan.Nullable
	return func(b *engine.Batch) *engine.Batch {
		out.begin()
		for i := range b.Rows {
			read := all.read(g, b, i)
			for _, columns := range g.Keys {
				read.keys = append(read.keys, valueAt(b, columns.Value, i))
			}
			row = all.appendRow(row[:0], read)
			out.add(row)
		}
		return out.end()
	}
}
