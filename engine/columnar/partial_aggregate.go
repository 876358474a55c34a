package columnar

import (
	"herbarium/datasets"
	"herbarium/engine/columnar/internal/exact"
)

// aggregated is a field of which aggregates are accumulated: how many rows have a
// value, and, where asked for, the exact sum of the values, and the least and the
// greatest.
type aggregated struct {
	field    int
	sum      bool
	extremes bool
	// countsTell says that sums or extremes were asked for, and that the counts of
	// values tell them.
	countsTell bool
	// paired says that the field is in a pair, whose measures take its sum.
	paired  bool
	values  valueNeeds // what a second pass makes
	counted *coding    // where the second pass makes all, by counting codes
}

// partialAggregate is what some of the rows add up to, by group. Partial aggregates
// are merged exactly, so it makes no difference which rows were in which.
type partialAggregate struct {
	fields   []datasets.Field
	of       []aggregated
	rows     []int64
	sums     []exact.Sums // by place among the aggregated fields; nil where none is asked for
	extremes []*extremes  // by place; nil where none are asked for
	nulls    [][]int64    // by place, of the rows by group; nil where the field has none
}

// newPartialAggregate returns an empty partial aggregate of some of the fields.
func newPartialAggregate(fields []datasets.Field, of []aggregated, nullable func(field int) bool) partialAggregate {
	a := partialAggregate{fields: fields, of: of, sums: make([]exact.Sums, len(of)), extremes: make([]*extremes, len(of)), nulls: make([][]int64, len(of))}
	for i, o := range of {
		switch {
		case !o.sum:
		case fields[o.field].Type == datasets.Number:
			a.sums[i] = &exact.FloatSums{}
		default:
			a.sums[i] = &exact.IntSums{}
		}
		if o.extremes {
			a.extremes[i] = &extremes{}
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
	for i, o := range a.of {
		if s := a.sums[i]; s != nil {
			s.Grow(n)
		}
		if e := a.extremes[i]; e != nil {
			e.grow(n, a.fields[o.field].Type)
		}
		if a.nulls[i] != nil {
			a.nulls[i] = extend(a.nulls[i], n)
		}
	}
}

// addGroup merges a group of other into a group of a.
func (a *partialAggregate) addGroup(group uint32, other *partialAggregate, from uint32) {
	a.rows[group] += other.rows[from]
	for i := range a.of {
		if s := a.sums[i]; s != nil {
			s.Merge(group, other.sums[i], from)
		}
		if e := a.extremes[i]; e != nil {
			e.merge(group, other.extremes[i], from)
		}
		if other.nulls[i] != nil {
			a.nulls[i][group] += other.nulls[i][from]
		}
	}
}

// values returns how many rows of a group have a value in the field at that place.
func (a *partialAggregate) values(group uint32, place int) int64 {
	n := a.rows[group]
	if nulls := a.nulls[place]; nulls != nil {
		n -= nulls[group]
	}
	return n
}
