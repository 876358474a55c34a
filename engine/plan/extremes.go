package plan

// Min is the least of a field's values; text is ordered by its UTF-8 bytes.
var Min = &Measure{
	Name:     "min",
	Title:    "Least",
	Takes:    ordered,
	Gives:    sameType,
	SameUnit: true,
	Needs:    []Aggregate{Values, Extremes},
	Result:   func(a *Aggregates) (Value, bool) { return a.Least, a.Values > 0 },
}

// Max is the greatest of a field's values.
var Max = &Measure{
	Name:     "max",
	Title:    "Greatest",
	Takes:    ordered,
	Gives:    sameType,
	SameUnit: true,
	Needs:    []Aggregate{Values, Extremes},
	Result:   func(a *Aggregates) (Value, bool) { return a.Greatest, a.Values > 0 },
}
