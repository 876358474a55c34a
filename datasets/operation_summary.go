package datasets

// Summary answers with what each field is like: how many values it has, its extremes,
// its mean and its quartiles.
var Summary = &Operation{
	Path:  "stats/summary",
	Takes: append(ConditionProperties(), "group_by", "sort", "fields", "page", "per_page", "version"),
	Measures: []Measured{
		{Measure: "count", Of: OfField},
		{Measure: "missing", Of: OfField},
		{Measure: "distinct", Of: OfField},
		{Measure: "min", Of: OfField},
		{Measure: "max", Of: OfField},
		{Measure: "mean", Of: OfField},
		{Measure: "stddev", Of: OfField},
		{Measure: "p25", Of: OfField},
		{Measure: "median", Of: OfField},
		{Measure: "p75", Of: OfField},
		{Measure: "mode", Of: OfField, As: "most_frequent"},
	},
	Rows:   PerField,
	Labels: []string{"field", "type"},
	Words: Words{
		Summary: "Summary of {title}{by}",
		Description: "What the fields are like in the rows that the query selects: a row for each field{by}, in the dataset's order. " +
			"`group_by` groups by something else, and [] not at all. What a type does not have, such as the mean of text, is null. " +
			"`fields` names the fields that come back. Pages count rows of the answer.",
		Answer: "The fields; [] where no row is selected",
		Paging: "after does not apply to a summary; use page",
	},
}
