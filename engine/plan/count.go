package plan

// Count is how many rows a group has, with or without values.
var Count = &Measure{
	Name:   "count",
	Title:  "Number of rows",
	Total:  true,
	Gives:  integerType,
	Result: func(a *Aggregates) (Value, bool) { return Value{Int: a.Rows}, true },
}

// CountOf is how many rows of a group have a value.
var CountOf = &Measure{
	Name:   "count",
	Title:  "Number of values",
	Total:  true,
	Takes:  anyType,
	Gives:  integerType,
	Needs:  []Aggregate{Values},
	Result: func(a *Aggregates) (Value, bool) { return Value{Int: a.Values}, true },
}

// Missing is how many rows of a group have no value.
var Missing = &Measure{
	Name:   "missing",
	Title:  "Number of rows without a value",
	Total:  true,
	Takes:  anyType,
	Gives:  integerType,
	Needs:  []Aggregate{Values},
	Result: func(a *Aggregates) (Value, bool) { return Value{Int: a.Rows - a.Values}, true },
}
