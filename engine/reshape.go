package engine

import (
	"cmp"
	"context"
	"io"
	"slices"

	"herbarium/datasets"
	"herbarium/engine/fault"
	"herbarium/engine/memory"
	"herbarium/engine/plan"
)

// A plan that reshapes groups runs in two steps. The store runs the plan of the groups.
// Here they are held, column by column, and the rows of the answer are made of them, a
// batch at a time: what is kept for a row is at most its place in the order.

// run starts a plan on the table: what the table runs of it, and the rest.
func run(ctx context.Context, table Table, p *plan.Plan) (Cursor, error) {
	if p.Reshape == nil {
		return table.Run(ctx, p)
	}
	rows, err := reshape(ctx, table, p)
	if err != nil {
		return nil, err
	}
	return newReshaped(ctx, p, rows)
}

// count counts what the plan answers with, on all pages.
func count(ctx context.Context, table Table, p *plan.Plan) (int64, error) {
	if p.Reshape == nil {
		return table.Count(ctx, p)
	}
	if u, ok := p.Reshape.(*plan.Unpivot); ok {
		groups, err := table.Count(ctx, p.Inner())
		return groups * int64(len(u.Sources)), err
	}
	rows, err := reshape(ctx, table, p)
	if err != nil {
		return 0, err
	}
	return rows.len(), nil
}

// madeRows are the rows that are made of groups, in the order of the groups.
type madeRows interface {
	len() int64
	// value returns a row's value in a column of the answer, and its type.
	value(row int64, column int) (plan.Nullable, datasets.Type)
}

// reshape runs the plan's groups and makes its rows of them.
func reshape(ctx context.Context, table Table, p *plan.Plan) (madeRows, error) {
	p, err := settle(ctx, table, p)
	if err != nil {
		return nil, err
	}
	groups, err := hold(ctx, table, p.Inner())
	if err != nil {
		return nil, err
	}
	if u, ok := p.Reshape.(*plan.Unpivot); ok {
		return unpivoted{u, groups, len(p.Groups.Measures)}, nil
	}
	return newBinned(p, groups), nil
}

// settle runs what has to be known before the plan is settled.
func settle(ctx context.Context, table Table, p *plan.Plan) (*plan.Plan, error) {
	if p.Settled() {
		return p, nil
	}
	extremes, err := hold(ctx, table, p.Inner())
	if err != nil {
		return nil, err
	}
	least, greatest := plan.Nullable{Null: true}, plan.Nullable{Null: true}
	if extremes.rows > 0 {
		least, _ = extremes.value(0, 0)
		greatest, _ = extremes.value(0, 1)
	}
	return p.Settle(least, greatest), nil
}

// reshaped is the cursor of a plan that reshapes groups.
type reshaped struct {
	plan  *plan.Plan
	rows  madeRows
	order []int64 // the rows in the plan's order; nil for that of the groups
	next  int64   // in the order
	end   int64
	batch Batch
}

func newReshaped(ctx context.Context, p *plan.Plan, rows madeRows) (*reshaped, error) {
	r := &reshaped{plan: p, rows: rows, end: rows.len()}
	if err := r.sort(ctx); err != nil {
		return nil, err
	}
	r.next = min(p.Skip, r.end)
	if p.Limit >= 0 {
		r.end = min(r.end, r.next+p.Limit)
	}
	r.batch.Columns = make([]Vector, len(p.Columns))
	return r, nil
}

// maxSorted is how many rows of a reshaped answer are sorted.
const maxSorted = 10_000_000

// sort orders the rows as the plan says.
func (r *reshaped) sort(ctx context.Context) error {
	if len(r.plan.Order) == 0 {
		return nil
	}
	if r.end > maxSorted {
		return fault.TooManyGroupsError(maxSorted)
	}
	if err := memory.Take(ctx, 8*r.end); err != nil {
		return err
	}
	r.order = make([]int64, r.end)
	for i := range r.order {
		r.order[i] = int64(i)
	}
	compared, err := 0, error(nil)
	slices.SortFunc(r.order, func(a, b int64) int {
		if compared++; compared%(1<<16) == 0 && err == nil {
			err = ctx.Err()
		}
		for _, key := range r.plan.Order {
			x, t := r.rows.value(a, key.By)
			y, _ := r.rows.value(b, key.By)
			if c := plan.CompareNullable(x, y, t); c != 0 && key.Descending {
				return -c
			} else if c != 0 {
				return c
			}
		}
		return cmp.Compare(a, b)
	})
	return err
}

// Next returns the next rows, or io.EOF.
func (r *reshaped) Next(ctx context.Context) (*Batch, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if r.next == r.end {
		return nil, io.EOF
	}
	r.batch.Rows = int(min(BatchRows, r.end-r.next))
	for c := range r.plan.Columns {
		r.fill(&r.batch.Columns[c], c)
	}
	r.next += int64(r.batch.Rows)
	return &r.batch, nil
}

// fill writes a column of the next rows.
func (r *reshaped) fill(v *Vector, column int) {
	w := newVectorWriter(v, &r.plan.Columns[column], r.batch.Rows)
	for i := range r.batch.Rows {
		row := r.next + int64(i)
		if r.order != nil {
			row = r.order[row]
		}
		value, t := r.rows.value(row, column)
		w.set(i, value, t)
	}
}

// PageEnd returns where the page ends: all rows are known.
func (r *reshaped) PageEnd(context.Context) (PageEnd, error) {
	all := r.rows.len()
	return PageEnd{More: all-r.plan.Limit > r.plan.Skip, Total: all}, nil
}

// Close does nothing: the rows are memory alone.
func (r *reshaped) Close() error { return nil }
