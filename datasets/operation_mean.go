package datasets

// Mean answers with the means of the dataset's stats fields, by group.
var Mean = &Operation{
	Path:     "stats/mean",
	Takes:    append(ConditionProperties(), "group_by", "sort", "fields", "page", "per_page", "version"),
	Measures: []Measured{{Measure: "mean", Of: OfStatsField}},
	Words: Words{
		Summary: "Means of {title}{by}",
		Description: "The means{by} of the rows that the query selects{order}. Pages count groups. " +
			"`fields` names the fields whose means come back; `group_by` groups by something else.",
		Answer: "The means; [] where no row is selected, null where no selected row has a value",
		Paging: "after does not apply to groups; use page",
	},
}
