package loaders

import (
	"context"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/loaders/decode"
)

// upsert stages the rows of the sources in memory, each under its key, and then
// merges them with the stored rows in one pass: it is a hash join on the key. Its
// memory grows with the rows of the sources, not with those of the store.
type upsert struct {
	keyer
	ds     *datasets.Dataset
	staged []*batchBuilder // of BatchRows rows each, but the last
	at     map[key]int     // where a key's row is staged
	merged []bool          // the staged row has replaced a stored one
	out    *batchBuilder

	replaced, repeated int64
}

func newUpsert(ds *datasets.Dataset) *upsert {
	return &upsert{keyer: keyer{fields: ds.Key}, ds: ds, at: map[key]int{}, out: newBatchBuilder(ds)}
}

// add takes rows of the sources. A row with the key of an earlier one takes
// its place.
func (u *upsert) add(ctx context.Context, b *engine.Batch) error {
	for i := range b.Rows {
		k := u.of(b, i)
		if at, ok := u.at[k]; ok {
			u.repeated++
			u.staged[at/engine.BatchRows].set(at%engine.BatchRows, b, i)
			continue
		}
		at := len(u.merged)
		if at%engine.BatchRows == 0 {
			u.staged = append(u.staged, newBatchBuilder(u.ds))
		}
		u.at[k] = at
		u.merged = append(u.merged, false)
		u.staged[at/engine.BatchRows].append(b, i)
	}
	return ctx.Err()
}

// mergeStored writes stored rows, or instead of each the staged row that has its
// key.
func (u *upsert) mergeStored(ctx context.Context, b *engine.Batch, load engine.Load) error {
	for i := range b.Rows {
		from, row := b, i
		if at, ok := u.at[u.of(b, i)]; ok {
			u.merged[at] = true
			u.replaced++
			from, row = &u.staged[at/engine.BatchRows].Batch.Batch, at%engine.BatchRows
		}
		u.out.append(from, row)
		if u.out.Rows == engine.BatchRows {
			if err := u.flush(ctx, load); err != nil {
				return err
			}
		}
	}
	return nil
}

func (u *upsert) flush(ctx context.Context, load engine.Load) error {
	if u.out.Rows == 0 {
		return nil
	}
	defer u.out.empty()
	return load.Write(ctx, &u.out.Batch.Batch)
}

// appendNew writes the staged rows whose keys no stored row has.
func (u *upsert) appendNew(ctx context.Context, load engine.Load) error {
	for at, merged := range u.merged {
		if merged {
			continue
		}
		u.out.append(&u.staged[at/engine.BatchRows].Batch.Batch, at%engine.BatchRows)
		if u.out.Rows == engine.BatchRows {
			if err := u.flush(ctx, load); err != nil {
				return err
			}
		}
	}
	return u.flush(ctx, load)
}

// batchBuilder makes a batch of rows of other batches.
type batchBuilder struct {
	*decode.Batch
	codes []map[string]uint32
}

func newBatchBuilder(ds *datasets.Dataset) *batchBuilder {
	return &batchBuilder{decode.NewBatch(ds, engine.BatchRows), make([]map[string]uint32, len(ds.Fields))}
}

// append adds a row; there must be room for it.
func (b *batchBuilder) append(from *engine.Batch, row int) {
	b.Rows++
	b.set(b.Rows-1, from, row)
}

// set makes row at the same as another batch's row.
func (b *batchBuilder) set(at int, from *engine.Batch, row int) {
	for f := range b.Columns {
		v, w := &b.Columns[f], &from.Columns[f]
		if w.Null(row) {
			b.SetNull(f, at)
			continue
		}
		if v.Valid != nil {
			v.Valid[at>>6] |= 1 << (at & 63)
		}
		switch v.Type {
		case datasets.Number:
			v.Floats[at] = w.Floats[row]
		case datasets.String:
			v.Codes[at] = b.code(f, w.Dict[w.Codes[row]])
		default:
			v.Ints[at] = w.Ints[row]
		}
	}
}

func (b *batchBuilder) code(f int, text string) uint32 {
	code, ok := b.codes[f][text]
	if ok {
		return code
	}
	if b.codes[f] == nil {
		b.codes[f] = map[string]uint32{}
	}
	v := &b.Columns[f]
	code = uint32(len(v.Dict))
	v.Dict = append(v.Dict, text)
	b.codes[f][text] = code
	return code
}

func (b *batchBuilder) empty() {
	b.Batch.Reset()
	for f := range b.Columns {
		if v := &b.Columns[f]; len(v.Dict) > engine.BatchRows {
			v.Dict, b.codes[f] = nil, nil
		}
	}
}
