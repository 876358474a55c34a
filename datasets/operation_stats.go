package datasets

// Stats answers with the measures that the query names, by the groups that it
// names.
var Stats = &Operation{
	Path:     "stats",
	Takes:    append(ConditionProperties(), "group_by", "measures", "sort", "page", "per_page", "version"),
	Measures: []Measured{{Measure: "count", Of: OfRows}},
	Words: Words{
		Summary: "Statistics of {title}",
		Description: "`measures` of the rows that the query selects, by `group_by`. Without `measures`, the number of rows; " +
			"without `group_by`, one row for each group{by}{order}. Pages count groups.",
		Answer: "The statistics; [] where no row is selected",
		Paging: "after does not apply to groups; use page",
	},
}
