package datasets

// Range answers with the selected rows, in load order or as `sort` says.
var Range = &Operation{
	Path:  "range",
	Takes: append(ConditionProperties(), "sort", "fields", "page", "per_page", "after", "version"),
	Words: Words{
		Summary:     "Rows of {title}",
		Description: "The rows that the query selects, in load order or as `sort` says.",
		Answer:      "The rows; [] where none is selected",
	},
}
