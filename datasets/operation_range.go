package datasets

// Range answers with the selected rows, in load order.
var Range = &Operation{
	Path:  "range",
	Takes: []string{"lower", "upper", "fields", "page", "per_page", "after"},
	Words: Words{
		Summary:     "Rows of {title}",
		Description: "The rows that the query selects, in load order.",
		Answer:      "The rows; [] where none is selected",
	},
}
