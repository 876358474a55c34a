package columnar

import (
	"herbarium/datasets"
	"herbarium/engine/plan"
)

// aggregated is a field of which aggregates are accumulated: how many rows have
// a value, and, where sum is set, the exact sum of the values.
type aggregated struct {
	field int
	sum   bool
}

// aggregates are what rows add up to, by group. They can be merged in any
// order.
type aggregates struct {
	rows  []int64
	sums  []sums    // by place among the aggregated fields; nil where none is asked for
	nulls [][]int64 // by place, of the rows by group; nil where the field has none
}

// newAggregates returns empty aggregates of some of the fields.
func newAggregates(fields []datasets.Field, of []aggregated, nullable func(field int) bool) aggregates {
	a := aggregates{sums: make([]sums, len(of)), nulls: make([][]int64, len(of))}
	for i, o := range of {
		switch {
		case !o.sum:
		case fields[o.field].Type == datasets.Number:
			a.sums[i] = &floatSums{}
		default:
			a.sums[i] = &intSums{}
		}
		if nullable(o.field) {
			a.nulls[i] = []int64{}
		}
	}
	return a
}

// grow makes room for groups up to, not including, n.
func (a *aggregates) grow(n int) {
	a.rows = extend(a.rows, n)
	for i, s := range a.sums {
		if s != nil {
			s.grow(n)
		}
		if a.nulls[i] != nil {
			a.nulls[i] = extend(a.nulls[i], n)
		}
	}
}

// addGroup adds a group of other, which may be a part of the table, to a group
// of a.
func (a *aggregates) addGroup(group uint32, other *aggregates, from uint32) {
	a.rows[group] += other.rows[from]
	for i, s := range a.sums {
		if s != nil {
			s.merge(group, other.sums[i], from)
		}
		if other.nulls[i] != nil {
			a.nulls[i][group] += other.nulls[i][from]
		}
	}
}

// of returns what measures read of a group: of the aggregated field at that
// place, or of rows alone where place is negative.
func (a *aggregates) of(group uint32, place int) plan.Aggregates {
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
		of.Sum = s.total(group)
	}
	return of
}
