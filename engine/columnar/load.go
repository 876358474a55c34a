package columnar

import (
	"context"
	"fmt"

	"herbarium/datasets"
	"herbarium/engine"
)

// load fills the blocks of a table that nobody sees yet.
type load struct {
	store  *Store
	ds     *datasets.Dataset
	hasher *engine.Hasher
	blocks []block
	open   block         // takes rows until it is full
	dicts  []*dictionary // by field; nil where the field is no text
	ended  bool
}

func newLoad(s *Store, ds *datasets.Dataset) *load {
	l := &load{store: s, ds: ds, hasher: engine.NewHasher(ds), dicts: make([]*dictionary, len(ds.Fields))}
	for i := range ds.Fields {
		if ds.Fields[i].Type == datasets.String {
			l.dicts[i] = newDictionary()
		}
	}
	l.open.columns = make([]column, len(ds.Fields))
	return l
}

// Write adds the rows. It refuses, with code InvalidData, columns that are not
// the dataset's and numbers that are not finite; then the batch adds nothing.
func (l *load) Write(ctx context.Context, batch *engine.Batch) error {
	if err := l.check(ctx, batch); err != nil {
		return fmt.Errorf("load %s: %w", l.ds.Name, err)
	}
	l.hasher.Write(batch)
	codes := make([][]uint32, len(batch.Columns))
	for i, d := range l.dicts {
		if d != nil {
			codes[i] = d.translate(&batch.Columns[i], batch.Rows)
		}
	}
	most := l.store.blockRows
	for first := 0; first < batch.Rows; {
		n := min(batch.Rows-first, most-l.open.rows)
		for i := range batch.Columns {
			l.open.columns[i].append(&batch.Columns[i], codes[i], first, n, most)
		}
		l.open.rows += n
		first += n
		if l.open.rows == most {
			l.seal()
		}
	}
	return nil
}

func (l *load) check(ctx context.Context, batch *engine.Batch) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if l.ended {
		return fmt.Errorf("rows after the load's end")
	}
	if len(batch.Columns) != len(l.ds.Fields) {
		return &engine.Error{Code: engine.InvalidData,
			Detail: fmt.Sprintf("rows of %d columns for %d fields", len(batch.Columns), len(l.ds.Fields))}
	}
	for i := range batch.Columns {
		field, v := &l.ds.Fields[i], &batch.Columns[i]
		if v.Type != field.Type {
			return &engine.Error{Code: engine.InvalidData,
				Detail: fmt.Sprintf("field %s: a column of type %s, not %s", field.Name, v.Type, field.Type)}
		}
		if v.Type != datasets.Number {
			continue
		}
		for row, f := range v.Floats[:batch.Rows] {
			if f-f != 0 && !v.Null(row) {
				return &engine.Error{Code: engine.InvalidData,
					Detail: fmt.Sprintf("field %s: row %d: %v is not finite", field.Name, row, f)}
			}
		}
	}
	return nil
}

// seal ends the open block and opens the next.
func (l *load) seal() {
	for i := range l.open.columns {
		l.open.columns[i].seal()
	}
	l.blocks = append(l.blocks, l.open)
	l.open = block{columns: make([]column, len(l.ds.Fields))}
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

// table makes the table of what was written.
func (l *load) table(ctx context.Context) (*table, error) {
	if l.open.rows > 0 {
		l.seal()
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	t := newTable(l.ds, l.store, l.blocks, l.hasher.Version())
	for i, d := range l.dicts {
		if d == nil {
			continue
		}
		texts, places := d.sort()
		t.texts[i] = texts
		for b := range l.blocks {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			l.blocks[b].columns[i].recode(places)
		}
	}
	// Any field can be grouped by; those that are meant to be should not cost
	// the first query.
	for _, f := range l.ds.GroupBy {
		if _, err := t.groupCodes(ctx, f); err != nil {
			return nil, err
		}
	}
	return t, nil
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
	l.blocks, l.open, l.dicts = nil, block{}, nil
	l.store.end(l.ds, t)
}
