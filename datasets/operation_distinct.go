package datasets

// Distinct answers with the distinct values of a field and how many rows have
// each.
var Distinct = &Operation{
	Path:     "stats/distinct",
	Takes:    append(ConditionProperties(), "field", "sort", "page", "per_page", "version"),
	Measures: []Measured{{Measure: "count", Of: OfRows}},
	ByField:  "value",
	Sort:     []string{"-count", "value"},
	Words: Words{
		Summary: "Distinct values of {title}",
		Description: "The values of `field` in the rows that the query selects, null among them, and how many rows have each; " +
			"the most frequent first. Pages count values.",
		Answer: "The values and their counts; [] where no row is selected",
		Paging: "after does not apply to values; use page",
	},
}
