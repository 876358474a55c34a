// Package diff compares two versions of a dataset, row by row.
package diff

import (
	"context"
	"errors"
	"io"
	"strings"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/fault"
	"herbarium/engine/plan"
)

// Versions are compared by a merge join: both are read in the order of the key, and the
// rows that come first on the two sides have the same key, or the lesser key is on one side
// alone. So memory holds one batch of each side, whatever the versions' size; what the order
// takes is the store's affair.

// ErrNoKey is the error for a dataset without a key: nothing says which rows belong together.
var ErrNoKey = errors.New("the descriptor names no key, by which rows of two versions belong together")

// ErrNoVersion is the error for rows without a version.
var ErrNoVersion = errors.New("no load wrote its rows, so they have no version; there is nothing to compare")

// Kind says what became of a row.
type Kind string

// The kinds of changes.
const (
	Added   Kind = "added"   // the older version has no row of the key
	Removed Kind = "removed" // the newer one has none
	Changed Kind = "changed" // both have one, with other values
)

// Change is a row that differs. It is valid until the visitor returns.
type Change struct {
	Kind Kind
	// Old is the row in the older version, and New that in the newer one; the zero Row where
	// there is none.
	Old, New Row
	// Fields are the indexes of the fields whose values differ, of a row that is Changed.
	Fields []int
}

// Row is a row of a version.
type Row struct {
	batch *engine.Batch
	at    int
}

// Value returns the value of the field of that index.
func (r Row) Value(field int) plan.Nullable {
	v := &r.batch.Columns[field]
	if v.Null(r.at) {
		return plan.Nullable{Null: true}
	}
	return plan.Nullable{Value: v.Value(r.at)}
}

// Summary counts rows.
type Summary struct {
	OldVersion, NewVersion             string
	Old, New                           int64 // of the versions
	Added, Removed, Changed, Unchanged int64
	// Fields counts the changed rows by field, in the order of the descriptor.
	Fields []int64
	// Repeated counts the rows, of both versions, whose key an earlier row of the same version
	// has. Rows with one key are paired in load order.
	Repeated int64
}

// Versions compares two versions of the dataset that the store keeps; new may be "" for the
// current one. It calls visit for each row that differs, in the order of the key: null first,
// text by bytes. A key may be null, and equals a null. visit may be nil.
//
// The error is that of visit, which ends the comparison, ErrNoKey, ErrNoVersion, those of
// Store.TableAt and Store.Table, or those of reading. Gone names the nearest version that is
// kept; it is also the code for a version with other fields than the dataset, whether or not
// the store can read it.
func Versions(ctx context.Context, store engine.Store, ds *datasets.Dataset, old, new string, visit func(*Change) error) (Summary, error) {
	s := Summary{Fields: make([]int64, len(ds.Fields))}
	if len(ds.Key) == 0 {
		return s, ErrNoKey
	}
	j := join{ds: ds, summary: &s, visit: visit}
	var err error
	if j.old, err = open(ctx, store, ds, old); err != nil {
		return s, err
	}
	defer j.old.close()
	if new == "" {
		if new, err = current(ctx, store, ds); err != nil {
			return s, err
		}
	}
	if j.new, err = open(ctx, store, ds, new); err != nil {
		return s, err
	}
	defer j.new.close()
	s.OldVersion, s.NewVersion = old, new
	err = j.run(ctx)
	s.Old, s.New, s.Repeated = j.old.rows, j.new.rows, j.old.repeated+j.new.repeated
	return s, err
}

// side reads one version in the order of the key.
type side struct {
	ds             *datasets.Dataset
	cursor         engine.Cursor
	batch          *engine.Batch // nil after the last row
	at             int
	rows, repeated int64
	last           []plan.Nullable // the key of the row before; nil before the first
}

// current returns the name of the current version.
func current(ctx context.Context, store engine.Store, ds *datasets.Dataset) (string, error) {
	table, err := store.Table(ctx, ds)
	if err != nil {
		return "", err
	}
	if table.Info().Version == "" {
		return "", ErrNoVersion
	}
	return table.Info().Version, nil
}

// tableAt returns the rows of the version.
func tableAt(ctx context.Context, store engine.Store, ds *datasets.Dataset, version string) (engine.Table, error) {
	table, err := store.TableAt(ctx, ds, version)
	gone := fault.CodeOf(err) == fault.Gone
	if !gone && (err != nil || !table.Info().OtherFields) {
		return table, err
	}
	list, failed := store.Versions(ctx, ds)
	switch {
	case failed != nil:
		return nil, failed
	case gone && !errors.Is(err, fault.ErrOtherFields):
		return nil, list.Gone(ds, version)
	default:
		return nil, list.GoneOtherFields(ds, version)
	}
}

// open starts reading the version.
func open(ctx context.Context, store engine.Store, ds *datasets.Dataset, version string) (*side, error) {
	table, err := tableAt(ctx, store, ds, version)
	if err != nil {
		return nil, err
	}
	p := plan.Rows(ds, datasets.Range, nil)
	for _, f := range ds.Key {
		p.Order = append(p.Order, plan.SortKey{By: f})
	}
	cursor, err := table.Run(ctx, p)
	if err != nil {
		return nil, err
	}
	s := &side{ds: ds, cursor: cursor, batch: &engine.Batch{}, at: -1}
	if err := s.next(ctx); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *side) close() { _ = s.cursor.Close() } // what was read is whole all the same

// row returns the current row.
func (s *side) row() Row { return Row{s.batch, s.at} }

// next goes on to the next row.
func (s *side) next(ctx context.Context) error {
	s.at++
	for s.at >= s.batch.Rows {
		batch, err := s.cursor.Next(ctx)
		if err == io.EOF {
			s.batch = nil
			return nil
		}
		if err != nil {
			return err
		}
		s.batch, s.at = batch, 0
	}
	s.rows++
	if s.last != nil && s.repeats() {
		s.repeated++
	} else {
		s.remember()
	}
	return nil
}

// repeats reports whether the row has the key of the row before.
func (s *side) repeats() bool {
	for i, f := range s.ds.Key {
		if plan.CompareNullable(s.row().Value(f), s.last[i], s.ds.Fields[f].Type) != 0 {
			return false
		}
	}
	return true
}

// remember keeps the row's key, beyond its batch.
func (s *side) remember() {
	s.last = s.last[:0]
	for _, f := range s.ds.Key {
		v := s.row().Value(f)
		v.Str = strings.Clone(v.Str)
		s.last = append(s.last, v)
	}
}

// join compares two sides.
type join struct {
	ds       *datasets.Dataset
	old, new *side
	summary  *Summary
	visit    func(*Change) error
}

func (j *join) run(ctx context.Context) error {
	for j.old.batch != nil || j.new.batch != nil {
		if err := j.step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// step compares the rows that come first, and goes on behind them.
func (j *join) step(ctx context.Context) error {
	order := j.order()
	c := Change{}
	if order <= 0 {
		c.Old = j.old.row()
	}
	if order >= 0 {
		c.New = j.new.row()
	}
	switch {
	case order < 0:
		c.Kind = Removed
		j.summary.Removed++
	case order > 0:
		c.Kind = Added
		j.summary.Added++
	default:
		j.compare(&c)
	}
	if c.Kind != "" && j.visit != nil {
		if err := j.visit(&c); err != nil {
			return err
		}
	}
	if order <= 0 {
		if err := j.old.next(ctx); err != nil {
			return err
		}
	}
	if order >= 0 {
		return j.new.next(ctx)
	}
	return nil
}

// order compares the keys of the rows that come first; a side without one is behind.
func (j *join) order() int {
	switch {
	case j.old.batch == nil:
		return 1
	case j.new.batch == nil:
		return -1
	}
	a, b := j.old.row(), j.new.row()
	for _, f := range j.ds.Key {
		if order := plan.CompareNullable(a.Value(f), b.Value(f), j.ds.Fields[f].Type); order != 0 {
			return order
		}
	}
	return 0
}

// compare compares two rows with the same key.
func (j *join) compare(c *Change) {
	for f := range j.ds.Fields {
		if plan.CompareNullable(c.Old.Value(f), c.New.Value(f), j.ds.Fields[f].Type) != 0 {
			c.Fields = append(c.Fields, f)
			j.summary.Fields[f]++
		}
	}
	if c.Fields == nil {
		j.summary.Unchanged++
		return
	}
	c.Kind = Changed
	j.summary.Changed++
}
