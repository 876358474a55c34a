package loaders

import (
	"context"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/loaders/decode"
)

// merge holds the rows of an upsert, each under its key, until they can take
// the place of those that are stored. Its memory grows with the rows of the
// sources, not with those of the store.
type merge struct {
	keyer
	ds     *datasets.Dataset
	staged []*gather   // of BatchRows rows each, but the last
	at     map[key]int // where a key's row is staged
	placed []bool      // the staged row has taken a stored one's place
	out    *gather

	replaced, repeated int64
}

func newMerge(ds *datasets.Dataset) *merge {
	return &merge{keyer: keyer{fields: ds.Key}, ds: ds, at: map[key]int{}, out: newGather(ds)}
}

// add takes rows of the sources. A row with the key of an earlier one takes
// its place.
func (m *merge) add(ctx context.Context, b *engine.Batch) error {
	for i := range b.Rows {
		k := m.of(b, i)
		if at, ok := m.at[k]; ok {
			m.repeated++
			m.staged[at/engine.BatchRows].set(at%engine.BatchRows, b, i)
			continue
		}
		at := len(m.placed)
		if at%engine.BatchRows == 0 {
			m.staged = append(m.staged, newGather(m.ds))
		}
		m.at[k] = at
		m.placed = append(m.placed, false)
		m.staged[at/engine.BatchRows].append(b, i)
	}
	return ctx.Err()
}

// over writes stored rows, with the staged ones in place of those whose keys
// they have.
func (m *merge) over(ctx context.Context, b *engine.Batch, load engine.Load) error {
	for i := range b.Rows {
		from, row := b, i
		if at, ok := m.at[m.of(b, i)]; ok {
			m.placed[at] = true
			m.replaced++
			from, row = &m.staged[at/engine.BatchRows].Batch.Batch, at%engine.BatchRows
		}
		m.out.append(from, row)
		if m.out.Rows == engine.BatchRows {
			if err := m.flush(ctx, load); err != nil {
				return err
			}
		}
	}
	return nil
}

func (m *merge) flush(ctx context.Context, load engine.Load) error {
	if m.out.Rows == 0 {
		return nil
	}
	defer m.out.empty()
	return load.Write(ctx, &m.out.Batch.Batch)
}

// rest writes the staged rows that took no other's place.
func (m *merge) rest(ctx context.Context, load engine.Load) error {
	for at, placed := range m.placed {
		if placed {
			continue
		}
		m.out.append(&m.staged[at/engine.BatchRows].Batch.Batch, at%engine.BatchRows)
		if m.out.Rows == engine.BatchRows {
			if err := m.flush(ctx, load); err != nil {
				return err
			}
		}
	}
	return m.flush(ctx, load)
}

// gather is a batch that is made of rows of others.
type gather struct {
	*decode.Batch
	codes []map[string]uint32
}

func newGather(ds *datasets.Dataset) *gather {
	return &gather{decode.NewBatch(ds, engine.BatchRows), make([]map[string]uint32, len(ds.Fields))}
}

// append adds a row, which must have room.
func (g *gather) append(from *engine.Batch, row int) {
	g.Rows++
	g.set(g.Rows-1, from, row)
}

// set makes row at the same as another batch's row.
func (g *gather) set(at int, from *engine.Batch, row int) {
	for f := range g.Columns {
		v, w := &g.Columns[f], &from.Columns[f]
		if w.Null(row) {
			g.SetNull(f, at)
			continue
		}
		if v.Valid != nil {
			v.Valid[at>>6] |= 1 << (at & 63)
		}
		switch v.Type {
		case datasets.Number:
			v.Floats[at] = w.Floats[row]
		case datasets.String:
			v.Codes[at] = g.code(f, w.Dict[w.Codes[row]])
		default:
			v.Ints[at] = w.Ints[row]
		}
	}
}

func (g *gather) code(f int, text string) uint32 {
	code, ok := g.codes[f][text]
	if ok {
		return code
	}
	if g.codes[f] == nil {
		g.codes[f] = map[string]uint32{}
	}
	v := &g.Columns[f]
	code = uint32(len(v.Dict))
	v.Dict = append(v.Dict, text)
	g.codes[f][text] = code
	return code
}

func (g *gather) empty() {
	g.Batch.Reset()
	for f := range g.Columns {
		if v := &g.Columns[f]; len(v.Dict) > engine.BatchRows {
			v.Dict, g.codes[f] = nil, nil
		}
	}
}
