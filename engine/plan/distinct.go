package plan

// DistinctCount is how many distinct values a field has in a group, exactly.
var DistinctCount = &Measure{
	Name:   "distinct",
	Title:  "Number of distinct values",
	Total:  true,
	Takes:  anyType,
	Gives:  integerType,
	Needs:  []Aggregate{Distinct},
	Result: func(a *Aggregates) (Value, bool) { return Value{Int: a.Distinct}, true },
}

// MostFrequent is the most frequent of a field's values; of equally frequent ones the
// least.
var MostFrequent = &Measure{
	Name:     "mode",
	Title:    "Most frequent",
	Takes:    anyType,
	Gives:    sameType,
	SameUnit: true,
	Needs:    []Aggregate{Values, Mode},
	Result:   func(a *Aggregates) (Value, bool) { return a.Mode, a.Values > 0 },
}
