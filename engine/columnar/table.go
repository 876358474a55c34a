package columnar

import (
	"context"
	"fmt"

	"herbarium/datasets"
	"herbarium/engine"
)

// table is one version of a dataset's rows. It does not change, but for the
// group codes, which are made when they are first asked for.
type table struct {
	layout  string
	fields  []datasets.Field
	version string
	rows    int64
	blocks  []block // all of blockRows rows but the last
	texts   [][]string
	groups  []groupIndex // by field

	// id names the table among all of its store, to keep rankings by.
	id        uint64
	rankings  *rankings
	blockRows int
	workers   int
	mostDense int
}

// newTable returns a table of the blocks; texts, the sorted dictionary of each
// text field, is for the caller to fill in.
func newTable(ds *datasets.Dataset, s *Store, blocks []block, version string) *table {
	t := &table{
		layout:    ds.Layout,
		fields:    ds.Fields,
		version:   version,
		blocks:    blocks,
		texts:     make([][]string, len(ds.Fields)),
		groups:    make([]groupIndex, len(ds.Fields)),
		id:        s.lastID.Add(1),
		rankings:  s.rankings,
		blockRows: s.blockRows,
		workers:   s.workers,
		mostDense: s.mostDense,
	}
	for i := range blocks {
		t.rows += int64(blocks[i].rows)
	}
	return t
}

// largestBlock returns the rows of the largest block, which is how much room
// working on one takes.
func (t *table) largestBlock() int { return int(min(t.rows, int64(t.blockRows))) }

// fits reports whether the dataset's layout is the one that was loaded.
func (t *table) fits(ds *datasets.Dataset) bool {
	if ds.Layout != t.layout || len(ds.Fields) != len(t.fields) {
		return false
	}
	for i := range t.fields {
		if ds.Fields[i].Name != t.fields[i].Name || ds.Fields[i].Type != t.fields[i].Type {
			return false
		}
	}
	return true
}

// Info returns what is known of the table without reading it.
func (t *table) Info() engine.TableInfo {
	return engine.TableInfo{Version: t.version, Rows: t.rows, Place: place}
}

// Run starts the plan. Means are complete when it returns; rows are read as
// the cursor goes on.
func (t *table) Run(ctx context.Context, plan *engine.Plan) (engine.Cursor, error) {
	if !t.fits(plan.Dataset) {
		return nil, fmt.Errorf("the plan is of other fields than table %s", t.version)
	}
	switch plan.Operation {
	case datasets.Range:
		return newRangeCursor(ctx, t, plan)
	case datasets.Mean:
		return t.mean(ctx, plan)
	default:
		return nil, &engine.Error{Code: engine.UnknownOperation,
			Detail: fmt.Sprintf("the columnar store has no operation %q", plan.Operation)}
	}
}

// Count returns how many rows or groups the plan matches, on all pages.
func (t *table) Count(ctx context.Context, plan *engine.Plan) (int64, error) {
	if !t.fits(plan.Dataset) {
		return 0, fmt.Errorf("the plan is of other fields than table %s", t.version)
	}
	if plan.Operation == datasets.Mean {
		groups, err := t.mean(ctx, plan)
		if err != nil {
			return 0, err
		}
		return groups.count, nil
	}
	if len(plan.Filter) == 0 {
		return t.rows, nil
	}
	return t.ranking(plan).total(ctx, t)
}
