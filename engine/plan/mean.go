package plan

import (
	"math"

	"herbarium/datasets"
	"herbarium/schemas"
)

// Mean is the arithmetic mean of a field's values: their exact sum, rounded
// once to float64, divided by their number. No order of rows, blocks or cores
// changes it. A group without a value has no mean, nor has one whose sum is
// beyond the range of a float64.
var Mean = &Measure{
	Name:     "mean",
	Title:    "Mean",
	Takes:    numeric,
	Gives:    func(datasets.Type) datasets.Type { return datasets.Number },
	SameUnit: true,
	Needs:    []Aggregate{Values, Sum},
	Result: func(a *Aggregates) (Value, bool) {
		if a.Values == 0 {
			return Value{}, false
		}
		mean := a.Sum / float64(a.Values)
		return Value{Float: mean}, !math.IsInf(mean, 0)
	},
	Accumulator: func(path string) schemas.Ordered { return schemas.Ordered{{Key: "$avg", Value: path}} },
}
