package plan

import (
	"slices"

	"herbarium/datasets"
	"herbarium/schemas"
)

// Measure computes one value of each group of rows, such as a mean. Each has a
// file of its own, which holds all there is to know about it.
//
// A measure is computed from aggregates that can be merged: a store
// accumulates those of Needs by block, core or shard, merges them in any order,
// and Result turns them into the value. So a store that has an aggregate has
// every measure that is made of it, and what two stores compute agrees to the
// last bit.
type Measure struct {
	// Name is the measure's name in descriptors, and begins the names of its
	// columns: "mean" gives "mean_height".
	Name string
	// Title begins what documents call its columns: "Mean" gives "Mean of
	// Height". A measure of rows has no more to its name.
	Title string
	// Takes reports whether fields of the type have the measure; nil for a
	// measure of rows, which is of no field.
	Takes func(datasets.Type) bool
	// Gives returns the type of the measure of a field of that type.
	Gives func(datasets.Type) datasets.Type
	// SameUnit says that the measure has the unit of its field.
	SameUnit bool
	// Total says that every group has the measure, so that it is never null.
	Total bool
	// Needs are the aggregates that Result reads, beside the number of rows.
	Needs []Aggregate
	// Result returns the measure of a group, and whether it has one; where it
	// has none the answer is null.
	Result func(a *Aggregates) (Value, bool)
	// Accumulator writes the accumulator expression with which MongoDB's
	// $group computes the measure. path is the field's value in an
	// expression, such as "$height"; "" for a measure of rows.
	Accumulator func(path string) schemas.Ordered
}

// Aggregate is something that can be accumulated of a field's values in a
// group, and merged.
type Aggregate uint8

// The aggregates that stores accumulate.
const (
	Values Aggregate = iota // how many rows have a value
	Sum                     // the exact sum of the values, rounded once to float64
)

// Aggregates are what was accumulated of one group. Only what the measure
// Needs is set, and Rows.
type Aggregates struct {
	Rows   int64
	Values int64
	Sum    float64 // infinite where it is beyond the range of a float64
}

// Measures returns every measure.
func Measures() []*Measure { return []*Measure{Mean, Count} }

// MeasureNamed returns the measure of that name.
func MeasureNamed(name string) (*Measure, bool) {
	all := Measures()
	i := slices.IndexFunc(all, func(m *Measure) bool { return m.Name == name })
	if i < 0 {
		return nil, false
	}
	return all[i], true
}

// Measured is a measure of a plan: of the field with that index into
// Dataset.Fields, or of rows, where Field is NoField.
type Measured struct {
	*Measure
	Field int
}

// NoField stands for a field where there is none.
const NoField = -1

// NeedsOf reports whether the measure reads the aggregate.
func (m *Measure) NeedsOf(a Aggregate) bool { return slices.Contains(m.Needs, a) }

func numeric(t datasets.Type) bool { return t == datasets.Number || t == datasets.Integer }
