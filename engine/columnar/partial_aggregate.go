package columnar

import (
	"herbarium/datasets"
	"herbarium/engine/columnar/internal/exact"
	"herbarium/engine/plan"
)

// aggregated is a field of which aggregates are accumulated: how many rows have
// a value, and, where sum is set, the exact sum of the values.
type aggregated struct {
	field int
	sum   bool
}

// partialAggregate is what some of the rows add up to, by group. Partial aggregates
// are merged exactly, so it makes no difference which rows were in which.
type partialAggregate struct {
	rows  []int64
	sums  []exact.Sums // by place among the aggregated fields; nil where none is asked for
	nulls [][]int64    // by place, of the rows by group; nil where the field has none
}

// newPartialAggregate returns an empty partial aggregate of some of the fields.
func newPartialAggregate(fields []datasets.Field, of []aggregated, nullable func(field int) bool) partialAggregate {
	a := partialAggregate{sums: make([]exact.Sums, len(of)), nulls: make([][]int64, len(of))}
	for i, o := range of {
		switch {
		case !o.sum:
		case fields[o.field].Type == datasets.Number:
			a.sums[i] = &exact.FloatSums{}
		default:
			a.sums[i] = &exact.IntSums{}
		}
		if nullable(o.field) {
			a.nulls[i] = []int64{}
		}
	}
	return a
}

// grow makes room for groups up to, not including, n.
func (a *partialAggregate) grow(n int) {
	a.rows = extend(a.rows, n)
	for i, s := range a.sums {
		if s != nil {
			s.Grow(n)
		}
		if a.nulls[i] != nil {
			a.nulls[i] = extend(a.nulls[i], n)
		}
	}
}

// addGroup merges a group of other into a group of a.
func (a *partialAggregate) addGroup(group uint32, other *partialAggregate, from uint32) {
	a.rows[group] += other.rows[from]
	for i, s := range a.sums {
		if s != nil {
			s.Merge(group, other.sums[i], from)
		}
		if other.nulls[i] != nil {
			a.nulls[i][group] += other.nulls[i][from]
		}
	}
}

// of returns what measures read of a group: of the aggregated field at that
// place, or of rows alone where place is negative.
func (a *partialAggregate) of(group uint32, place int) plan.Aggregates {
	rows := a.rows[group]
	of := plan.Aggregates{Rows: rows}
	if place < 0 {
		return of
	}
	of.Values = rows
	if nulls := a.nulls[place]; nulls != nil {
		of.Values -= nulls[group]
	}
	if s := a.sums[place]; s != nil {
		of.Sum = s.Total(group)
	}
	return of
}
