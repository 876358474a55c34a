package plan

import (
	"math/big"
	"slices"
	"strings"

	"herbarium/datasets"
)

// Measure computes one value of each group of rows, such as a mean. Each has a
// file of its own, which holds all there is to know about it.
//
// A measure is computed from aggregates, which a store accumulates in its own
// way. Those that can be merged it may accumulate by block, core or shard; the
// others it reads off the group's values. Result turns them into the value. So a
// store that has an aggregate has every measure that is made of it, and what two
// stores compute agrees to the last bit.
type Measure struct {
	// Name is the measure's name in descriptors and queries, and begins the
	// names of its columns: "mean" gives "mean_height".
	Name string
	// Title begins what documents call its columns: "Mean" gives "Mean of
	// Height". A measure of rows has no more to its name.
	Title string
	// OfPair says that the measure is of two fields.
	OfPair bool
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
}

// Aggregate is something that is known of a field's values in a group.
type Aggregate uint8

// The aggregates. Up to PairSums they can be merged, and take a few words a
// group. The others need the group's values. The last of each kind are of a pair of
// fields, and of the rows in which both have values.
const (
	Values       Aggregate = iota // how many rows have a value
	Sum                           // the exact sum of the values
	Extremes                      // the least and the greatest value
	Pairs                         // how many rows have both values
	PairSums                      // the exact sums of both fields over these rows
	Ranks                         // the value at any rank
	Distinct                      // how many distinct values there are
	Mode                          // the most frequent value, of equally frequent ones the least
	Deviations                    // the exact sums of the deviations from the mean, and of their squares
	CoDeviations                  // those of both fields of a pair, and of the products of both
)

// Mergeable reports whether what two sets of rows have of the aggregate gives
// what both together have.
func (a Aggregate) Mergeable() bool { return a <= PairSums }

// Aggregates are what is known of one group. Only what the measure Needs is set,
// and Type and Rows.
type Aggregates struct {
	Type   datasets.Type // of the field
	Rows   int64
	Values int64
	// Sum is rounded once to float64, and infinite where it is beyond its range.
	Sum float64
	// IntSum is the sum of integers and booleans, where Fits says that it is in
	// the range of an int64.
	IntSum int64
	Fits   bool
	// Least and Greatest have no meaning where Values is 0. A zero is positive.
	Least, Greatest Value
	// At returns the value that has so many values before it in ascending
	// order, from 0 up to, not including, Values. A zero is positive.
	At func(rank int64) Value
	// Distinct counts distinct values; -0 and 0 are one.
	Distinct int64
	// Mode has no meaning where Values is 0. A zero is positive.
	Mode Value
	// Deviations are set where Values is above 0 and the mean is finite.
	Deviations *DeviationSums
	// Pairs and PairSums are of the rows in which both fields of a pair have values.
	// A sum is rounded once, and infinite where it is beyond the range.
	Pairs    int64
	PairSums [2]float64
	// CoDeviations are set where Pairs is above 0 and both means are finite.
	CoDeviations *CoDeviationSums
}

// DeviationSums are exact sums over the values x of a group whose mean is m, as
// Mean computes it. d is x - m, rounded to float64; its square is rounded to
// float64, too.
type DeviationSums struct {
	Residue *big.Float // of all d
	Squares *big.Float // of all squares of d
}

// Measures returns every measure of single fields that has no parameter, and Median. The other
// quantiles have names of their own (see MeasureNamed).
func Measures() []*Measure {
	return []*Measure{CountOf, Missing, Total, Mean, Min, Max, Stddev, StddevPop, Variance, VariancePop, Median, DistinctCount, MostFrequent}
}

// MeasureNames returns the names of Measures.
func MeasureNames() []string {
	var names []string
	for _, m := range Measures() {
		names = append(names, m.Name)
	}
	return names
}

// MeasureNamed returns the measure of fields that has that name: one of
// Measures, or a quantile such as p95, p99.9 or p50_discrete.
func MeasureNamed(name string) (*Measure, bool) {
	all := Measures()
	i := slices.IndexFunc(all, func(m *Measure) bool { return m.Name == name })
	if i < 0 {
		return quantileNamed(name)
	}
	return all[i], true
}

// MeasureOfPairs returns the measure of pairs of fields that has that name.
func MeasureOfPairs(name string) (*Measure, bool) {
	for _, m := range []*Measure{PairCount, Correlation} {
		if m.Name == name {
			return m, true
		}
	}
	return nil, false
}

// MeasureOfRows returns the measure of rows that has that name.
func MeasureOfRows(name string) (*Measure, bool) { return Count, name == Count.Name }

// Measured is a measure of a plan: of the field with that index into
// Dataset.Fields, or of rows, where Field is NoField. A measure of pairs is of the
// fields Field and With, of which no other measure has the second.
type Measured struct {
	*Measure
	Field int
	With  int
}

// Pair returns the two fields of a measure of pairs.
func (m Measured) Pair() [2]int { return [2]int{m.Field, m.With} }

// NoField stands for a field where there is none.
const NoField = -1

// column returns the measure's column of an answer.
func (m Measured) column(ds *datasets.Dataset) Column {
	if m.Field == NoField {
		return Column{Name: m.Name, Type: m.Gives(datasets.Integer), Field: NoField}
	}
	field := &ds.Fields[m.Field]
	if m.OfPair {
		name := datasets.MeasureName(datasets.MeasureName(m.Name, field.Name), ds.Fields[m.With].Name)
		return Column{Name: name, Type: m.Gives(field.Type), Field: NoField}
	}
	c := Column{Name: datasets.MeasureName(m.columnPart(), field.Name), Type: m.Gives(field.Type), Field: NoField}
	if m.SameUnit {
		c.Field = m.Field
	}
	return c
}

// columnPart is the measure's name as columns have it. A dot would make a nested
// value, so p99.9 is p99_9 there.
func (m *Measure) columnPart() string { return strings.ReplaceAll(m.Name, ".", "_") }

// NeedsOf reports whether the measure reads the aggregate.
func (m *Measure) NeedsOf(a Aggregate) bool { return slices.Contains(m.Needs, a) }

func numeric(t datasets.Type) bool { return t == datasets.Number || t == datasets.Integer }

// summable reports whether values of the type have a sum; that of booleans is
// how many are true.
func summable(t datasets.Type) bool { return numeric(t) || t == datasets.Boolean }

// continuous reports whether there are values between two values of the type.
func continuous(t datasets.Type) bool {
	return numeric(t) || t == datasets.Date || t == datasets.DateTime
}

func ordered(t datasets.Type) bool { return t != datasets.Boolean }

func anyType(datasets.Type) bool { return true }

func sameType(t datasets.Type) datasets.Type { return t }

func integerType(datasets.Type) datasets.Type { return datasets.Integer }

func numberType(datasets.Type) datasets.Type { return datasets.Number }
