package datasets

// Correlation answers with how each pair of fields is correlated.
var Correlation = &Operation{
	Path:  "stats/correlation",
	Takes: append(ConditionProperties(), "group_by", "sort", "fields", "page", "per_page", "version"),
	Measures: []Measured{
		{Measure: "n", Of: OfPair},
		{Measure: "r", Of: OfPair},
	},
	Rows:   PerPair,
	Labels: []string{"x", "y"},
	Words: Words{
		Summary: "Correlations of {title}{by}",
		Description: "Pearson's correlation `r` of each pair of number and integer fields, over the `n` selected rows in which both have values: " +
			"a row for each pair{by}, in the dataset's order. `group_by` groups by something else, and [] not at all. " +
			"`fields` names the fields that are paired. Pages count rows of the answer.",
		Answer: "The pairs; [] where no row is selected. r is null where fewer than two rows have both values, or where the values of a field are all equal",
		Paging: "after does not apply to correlations; use page",
	},
}
