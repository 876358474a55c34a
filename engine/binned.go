package engine

import (
	"sort"

	"herbarium/datasets"
	"herbarium/engine/plan"
)

// binned are the rows that a settled plan.Histogram makes of groups. The store's groups have
// as their last key the number of a bin, and come in ascending order of their keys, so
// that those with equal other keys follow each other. Such a run of groups becomes a run
// of rows: one for each bin, and before and after them one for each of the store's groups that is in
// none. Rows are found by binary search; nothing is kept for an empty bin.
type binned struct {
	histogram *plan.Histogram
	groups    *heldRows
	runs      []binRun
}

// binRun is what has equal keys but for the bin.
type binRun struct {
	row, group         int64 // the first ones
	before, in, beyond int   // how many of the store's groups are before, in and beyond the bins
}

// The columns of the store's groups.
const (
	countColumn = 0
	firstKey    = 1
)

// The columns of a histogram's answer, before its keys.
const (
	fromColumn = iota
	toColumn
	rowsColumn
	keysColumn
)

func newBinned(p *plan.Plan, groups *heldRows) *binned {
	b := &binned{histogram: p.Reshape.(*plan.Histogram), groups: groups}
	bin := len(groups.columns) - 1
	bins := int64(b.histogram.Bins.Len())
	row := int64(0)
	for group := range groups.rows {
		if group == 0 || !b.equal(group-1, group, bin) {
			if n := len(b.runs); n > 0 {
				row += b.runs[n-1].rows(bins)
			}
			b.runs = append(b.runs, binRun{row: row, group: int64(group)})
		}
		run := &b.runs[len(b.runs)-1]
		switch number, _ := groups.value(group, bin); {
		case number.Null || number.Int == 0:
			run.before++
		case number.Int > bins:
			run.beyond++
		default:
			run.in++
		}
	}
	return b
}

// equal reports whether two groups have equal keys but for the bin.
func (b *binned) equal(x, y, bin int) bool {
	for key := firstKey; key < bin; key++ {
		v, t := b.groups.value(x, key)
		w, _ := b.groups.value(y, key)
		if plan.CompareNullable(v, w, t) != 0 {
			return false
		}
	}
	return true
}

// rows returns how many rows the run becomes.
func (r *binRun) rows(bins int64) int64 { return int64(r.before+r.beyond) + bins }

func (b *binned) len() int64 {
	if len(b.runs) == 0 {
		return 0
	}
	last := &b.runs[len(b.runs)-1]
	return last.row + last.rows(int64(b.histogram.Bins.Len()))
}

func (b *binned) value(row int64, column int) (plan.Nullable, datasets.Type) {
	run := &b.runs[sort.Search(len(b.runs), func(i int) bool { return b.runs[i].row > row })-1]
	if column >= keysColumn {
		return b.groups.value(int(run.group), firstKey+column-keysColumn)
	}
	bin, group := b.at(run, row-run.row)
	if column != rowsColumn {
		return b.edge(bin, column), b.histogram.Bins.EdgeType
	}
	if group < 0 {
		return plan.Nullable{}, datasets.Integer
	}
	return b.groups.value(group, countColumn)
}

// at returns the number of the bin of a row of the run, null for rows without a value, and the
// store's group; negative if the bin is empty.
func (b *binned) at(run *binRun, row int64) (bin plan.Nullable, group int) {
	bins, first := int64(b.histogram.Bins.Len()), int(run.group)
	last := len(b.groups.columns) - 1
	switch in := row - int64(run.before); {
	case in < 0:
		group = first + int(row)
	case in >= bins:
		group = first + run.before + run.in + int(in-bins)
	default:
		number := in + 1
		group = first + run.before + sort.Search(run.in, func(i int) bool {
			v, _ := b.groups.value(first+run.before+i, last)
			return v.Int >= number
		})
		if group < first+run.before+run.in {
			if v, _ := b.groups.value(group, last); v.Int == number {
				return v, group
			}
		}
		return plan.Nullable{Value: plan.Value{Int: number}}, -1
	}
	bin, _ = b.groups.value(group, last)
	return bin, group
}

// edge returns the lower or the upper edge of a bin, which is null beyond the bins.
func (b *binned) edge(bin plan.Nullable, column int) plan.Nullable {
	at := bin.Int
	if column == fromColumn {
		at--
	}
	if edges := b.histogram.Bins.Edges; !bin.Null && at >= 0 && at < int64(len(edges)) {
		return plan.Nullable{Value: edges[at]}
	}
	return plan.Nullable{Null: true}
}
