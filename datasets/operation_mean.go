package datasets

// Mean answers with the means of the dataset's stats fields, by group.
var Mean = &Operation{
	Path:     "stats/mean",
	Takes:    []string{"lower", "upper", "fields", "page", "per_page"},
	Measures: []Measured{{Measure: "mean", Of: OfStatsField}},
	Words: Words{
		Summary: "Means of {title}{by}",
		Description: "The means{by} of the rows that the query picks{order}. Pages count groups. " +
			"`fields` names the fields whose means come back.",
		Answer: "The means; [] where no row is picked, null where no picked row has a value",
		Paging: "groups have no tokens; ask for the next page of them by page",
	},
}
