package datasets

// Histogram answers with how many rows have a value in each of a row of bins.
var Histogram = &Operation{
	Path:     "stats/histogram",
	Takes:    append(ConditionProperties(), "group_by", "field", "bins", "edges", "sort", "page", "per_page", "version"),
	Measures: []Measured{{Measure: "count", Of: OfRows}},
	Rows:     PerBin,
	Labels:   []string{"from", "to"},
	Words: Words{
		Summary: "Histograms of {title}{by}",
		Description: "How many rows have a value of `field` in each bin{by}: from one edge up to, not including, the next; the last bin " +
			"has both of its edges. The bins lie between nice edges, at most `bins` of them, or between `edges`; all groups have the same. " +
			"Rows without a value are counted where `from` and `to` are null, those below the first edge where `from` is, those above the last " +
			"where `to` is. Pages count rows of the answer.",
		Answer: "The bins; [] where no row is selected",
		Paging: "after does not apply to bins; use page",
	},
}
