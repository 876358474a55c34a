package columnar

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/fault"
	"herbarium/engine/plan"
)

// table is one version of a dataset's rows. It does not change, except for what is made
// when it is first needed: group codes, row groups, block aggregates, and in a stored
// table the dictionaries.
type table struct {
	*resources
	layout        string // "" for a stored table: its fields alone count
	fields        []datasets.Field
	version       string
	place         string
	published     atomic.Pointer[time.Time] // when it became current; nil in memory
	rows          int64
	blocks        []block      // all of the same number of rows but the last
	texts         [][]string   // by field, of a table in memory, and
	textParts     [][]string   // the same in larger pieces; see the function
	groups        []groupIndex // by field
	aggregates    aggregateSets
	rowGroupsOnce sync.Once
	// rowGroupMaps are the row groups, once rowGroupsOnce has made them.
	rowGroupMaps []block
	segment      *segment                    // the file that a stored table lies in; nil in memory
	fault        atomic.Pointer[fault.Error] // what was found wrong with that file

	// id names the table among all of its store, to keep selection indexes by.
	id uint64
	// blockRows is how many rows the blocks have; the store's own number may
	// be another by now.
	blockRows int
}

// newTable returns a table of the blocks. The caller fills in texts and
// textParts: the sorted dictionary of each text field.
func newTable(ds *datasets.Dataset, r *resources, blocks []block, version string) *table {
	t := &table{
		resources: r,
		layout:    ds.Layout,
		fields:    ds.Fields,
		version:   version,
		place:     inMemory,
		blocks:    blocks,
		texts:     make([][]string, len(ds.Fields)),
		textParts: make([][]string, len(ds.Fields)),
		groups:    make([]groupIndex, len(ds.Fields)),
		id:        r.lastID.Add(1),
		blockRows: r.blockRows,
	}
	for i := range t.groups {
		t.groups[i].making = newMutex()
	}
	for i := range blocks {
		t.rows += int64(blocks[i].rows)
	}
	return t
}

// dictionary returns the sorted texts of a field, after an entry that stands
// for null.
func (t *table) dictionary(field int) []string {
	if t.segment != nil {
		return t.segment.dictionary(field)
	}
	return t.texts[field]
}

// largestBlock returns how many rows the largest block has, and so how much scratch
// memory a block takes.
func (t *table) largestBlock() int { return int(min(t.rows, int64(t.blockRows))) }

// fits reports whether the dataset's layout is the one that was loaded.
func (t *table) fits(ds *datasets.Dataset) bool {
	if t.segment == nil && ds.Layout != t.layout || len(ds.Fields) != len(t.fields) {
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
	info := engine.TableInfo{Version: t.version, Rows: t.rows, Place: t.place}
	if published := t.published.Load(); published != nil {
		info.Published = *published
	}
	if fault := t.fault.Load(); fault != nil {
		info.Fault = fault
	}
	return info
}

// Run starts the plan. Groups are complete when it returns; rows are read as
// the cursor goes on.
func (t *table) Run(ctx context.Context, p *plan.Plan) (cursor engine.Cursor, err error) {
	if !t.fits(p.Dataset) {
		return nil, fmt.Errorf("the plan is of other fields than table %s", t.version)
	}
	err = t.guard(func() (err error) {
		cursor, err = t.run(ctx, p)
		return err
	})
	if err != nil {
		return nil, err
	}
	return cursor, nil
}

func (t *table) run(ctx context.Context, p *plan.Plan) (engine.Cursor, error) {
	if p.Groups != nil {
		return t.groupsOf(ctx, p)
	}
	if len(p.Order) > 0 {
		return newOrderedCursor(ctx, t, p)
	}
	return newRangeCursor(ctx, t, p)
}

// Count returns how many rows or groups the plan matches, on all pages.
func (t *table) Count(ctx context.Context, p *plan.Plan) (n int64, err error) {
	if !t.fits(p.Dataset) {
		return 0, fmt.Errorf("the plan is of other fields than table %s", t.version)
	}
	err = t.guard(func() (err error) {
		n, err = t.count(ctx, p)
		return err
	})
	return n, err
}

func (t *table) count(ctx context.Context, p *plan.Plan) (int64, error) {
	if p.Groups != nil {
		groups, err := t.groupsOf(ctx, p)
		if err != nil {
			return 0, err
		}
		return groups.count, nil
	}
	if p.Filter.Always() {
		return t.rows, nil
	}
	index, err := t.selectionIndex(ctx, p)
	if err != nil {
		return 0, err
	}
	return index.total(ctx, t)
}
