package plan

import (
	"math"

	"herbarium/datasets"
)

// Total is the sum of a field's values: of numbers exact and rounded once to
// float64; of integers an int64, and null where it is beyond the range of one; of
// booleans how many are true. A group without a value has no sum.
var Total = &Measure{
	Name:     "sum",
	Title:    "Sum",
	Takes:    summable,
	Gives:    sumType,
	SameUnit: true,
	Needs:    []Aggregate{Values, Sum},
	Result: func(a *Aggregates) (Value, bool) {
		if a.Type == datasets.Number {
			return Value{Float: a.Sum}, a.Values > 0 && !math.IsInf(a.Sum, 0)
		}
		return Value{Int: a.IntSum}, a.Values > 0 && a.Fits
	},
}

func sumType(t datasets.Type) datasets.Type {
	if t == datasets.Number {
		return datasets.Number
	}
	return datasets.Integer
}
