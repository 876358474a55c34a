package plan

import (
	"herbarium/datasets"
	"herbarium/schemas"
)

// Count is how many rows a group has, with or without values.
var Count = &Measure{
	Name:        "count",
	Title:       "Number of rows",
	Total:       true,
	Gives:       func(datasets.Type) datasets.Type { return datasets.Integer },
	Result:      func(a *Aggregates) (Value, bool) { return Value{Int: a.Rows}, true },
	Accumulator: func(string) schemas.Ordered { return schemas.Ordered{{Key: "$sum", Value: int64(1)}} },
}
