package datasets

// Count answers with how many rows each group has.
var Count = &Operation{
	Path:     "stats/count",
	Takes:    append(ConditionProperties(), "group_by", "sort", "page", "per_page", "version"),
	Measures: []Measured{{Measure: "count", Of: OfRows}},
	Words: Words{
		Summary:     "Counts of {title}{by}",
		Description: "How many rows the query selects{by}{order}. `group_by` groups by something else. Pages count groups.",
		Answer:      "The counts; [] where no row is selected",
		Paging:      "after does not apply to groups; use page",
	},
}
