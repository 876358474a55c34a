package plan

import "math"

// Mean is the arithmetic mean of a field's values: their exact sum, rounded
// once to float64, divided by their number; of booleans it is the share that is
// true. No order of rows, blocks or cores changes it. A group without a value has
// no mean, nor has one whose sum is beyond the range of a float64.
var Mean = &Measure{
	Name:     "mean",
	Title:    "Mean",
	Takes:    summable,
	Gives:    numberType,
	SameUnit: true,
	Needs:    []Aggregate{Values, Sum},
	Result: func(a *Aggregates) (Value, bool) {
		mean, ok := a.Mean()
		return Value{Float: mean}, ok
	},
}

// Mean returns the mean of the values, if it is finite.
func (a *Aggregates) Mean() (mean float64, ok bool) {
	if a.Values == 0 {
		return 0, false
	}
	mean = MeanOf(a.Sum, a.Values)
	return mean, !math.IsInf(mean, 0)
}
