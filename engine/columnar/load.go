package columnar

import (
	"context"
	"fmt"

	"herbarium/datasets"
	"herbarium/engine"
)

// load fills the blocks of a table that is not published yet.
type load struct {
	resources *resources
	ds        *datasets.Dataset
	// expected is the version that the rows must have to be published; "" for any.
	expected string
	// done is called once at the end, with the table or with nil.
	done    func(*table)
	hasher  *engine.Hasher
	builder *blockBuilder
	blocks  []block
	arenas  []byteCodesArena // by field
	ended   bool
}

func newLoad(r *resources, ds *datasets.Dataset, done func(*table)) *load {
	return &load{resources: r, ds: ds, done: done, hasher: engine.NewHasher(ds), builder: newBlockBuilder(ds, r.blockRows), arenas: make([]byteCodesArena, len(ds.Fields))}
}

// Write adds the rows. It refuses, with code InvalidData, columns that are not
// the dataset's and numbers that are not finite; then the batch adds nothing.
func (l *load) Write(ctx context.Context, batch *engine.Batch) error {
	if l.ended {
		return fmt.Errorf("load %s: rows after the load's end", l.ds.Name)
	}
	if err := l.builder.check(ctx, batch); err != nil {
		return fmt.Errorf("load %s: %w", l.ds.Name, err)
	}
	l.hasher.Write(batch)
	return l.builder.add(batch, l.seal)
}

// seal completes the block and returns the next one.
func (l *load) seal(b block) (block, error) {
	b.seal()
	for i := range b.columns {
		if l.ds.Fields[i].Type != datasets.String { // whose codes are not final
			b.columns[i].byteCodes = l.arenas[i].encode(&b.columns[i])
		}
	}
	l.blocks = append(l.blocks, b)
	return block{columns: make([]column, len(l.ds.Fields))}, nil
}

// Commit publishes the rows: from now on, Table returns them. The load has
// ended then, also where Commit fails.
func (l *load) Commit(ctx context.Context) (engine.TableInfo, error) {
	if l.ended {
		return engine.TableInfo{}, fmt.Errorf("load %s: commit after the load's end", l.ds.Name)
	}
	t, err := l.table(ctx)
	if err != nil {
		l.end(nil)
		return engine.TableInfo{}, fmt.Errorf("load %s: %w", l.ds.Name, err)
	}
	l.end(t)
	return t.Info(), nil
}

// table returns the table of the rows that were written.
func (l *load) table(ctx context.Context) (*table, error) {
	if open := l.builder.open; open.rows > 0 {
		l.builder.open, _ = l.seal(open) // it never fails
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	version := l.hasher.Version()
	if err := checkContent(l.expected, version); err != nil {
		return nil, err
	}
	t := newTable(l.ds, l.resources, l.blocks, version)
	for i, d := range l.builder.dicts {
		if d == nil {
			continue
		}
		texts, packed, places := d.sort()
		t.texts[i], t.textParts[i] = texts, textParts(texts, packed)
		for b := range l.blocks {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			c := &l.blocks[b].columns[i]
			c.recode(places)
			c.byteCodes = l.arenas[i].encode(c)
		}
	}
	// Any field can be grouped by; those that are meant to be should not cost
	// the first query.
	for _, f := range l.ds.GroupBy {
		if _, err := t.groupCodes(ctx, f); err != nil {
			return nil, err
		}
	}
	return t, t.aggregateBlocks(ctx, l.ds)
}

// Abort drops what was written. It does nothing after Commit.
func (l *load) Abort(context.Context) error {
	if !l.ended {
		l.end(nil)
	}
	return nil
}

func (l *load) end(t *table) {
	l.ended = true
	l.blocks, l.builder = nil, nil
	l.done(t)
}
