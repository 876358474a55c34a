package docs_test

import "slices"

// described makes a column's metadata of keys, each before its value.
func described(pairs ...string) map[string]string {
	m := map[string]string{}
	for pair := range slices.Chunk(pairs, 2) {
		m[pair[0]] = pair[1]
	}
	return m
}

// shippedAnswers are answers about the datasets that ship.
func shippedAnswers() []answer {
	iris := map[string]string{"title": "Iris flower measurements", "license": "CC-BY-4.0",
		"source": "https://archive.ics.uci.edu/dataset/53/iris",
		"description": "Sepal and petal measurements of 150 iris flowers of three species, with the " +
			"corrections that R and scikit-learn carry. R. A. Fisher, 1936."}
	penguins := map[string]string{"title": "Palmer penguins", "license": "CC0-1.0",
		"source": "https://allisonhorst.github.io/palmerpenguins/",
		"description": "Size measurements of 344 adult penguins of three species on three islands of " +
			"the Palmer Archipelago, Antarctica, 2007 to 2009. Some birds were not measured, " +
			"and the sex of some is not known."}
	diamonds := map[string]string{"title": "Diamonds", "license": "MIT",
		"source": "https://ggplot2.tidyverse.org/reference/diamonds.html",
		"description": "Prices and attributes of 53,940 round-cut diamonds, as ggplot2 carries them. A " +
			"length, width or depth of 0 mm was not measured."}
	species, sex := described("title", "Species"), described("title", "Sex", "description", "By a blood sample; missing where it failed")
	cut := described("title", "Quality of the cut", "description", "From worst to best")
	depth := described("unit", "%", "title", "Total depth", "description", "Of the mean of length and width")
	table := described("unit", "%", "title", "Table", "description", "Width of the top, of the widest point")
	return []answer{
		{"iris/range", "", 150, []column{
			{"sepal_length", "number", described("unit", "cm", "title", "Sepal length")},
			{"sepal_width", "number", described("unit", "cm", "title", "Sepal width")},
			{"petal_length", "number", described("unit", "cm", "title", "Petal length")},
			{"petal_width", "number", described("unit", "cm", "title", "Petal width")},
			{"label", "string", species}}, iris},
		{"iris/stats/mean", "", 3, []column{
			{"mean_sepal_length", "number", described("unit", "cm", "title", "Sepal length")},
			{"mean_sepal_width", "number", described("unit", "cm", "title", "Sepal width")},
			{"mean_petal_length", "number", described("unit", "cm", "title", "Petal length")},
			{"mean_petal_width", "number", described("unit", "cm", "title", "Petal width")},
			{"label", "string", species}}, iris},
		{"penguins/range", "", 344, []column{
			{"species", "string", species},
			{"island", "string", described("title", "Island")},
			{"bill_length_mm", "number", described("unit", "mm", "title", "Bill length")},
			{"bill_depth_mm", "number", described("unit", "mm", "title", "Bill depth")},
			{"flipper_length_mm", "integer", described("unit", "mm", "title", "Flipper length")},
			{"body_mass_g", "integer", described("unit", "g", "title", "Body mass")},
			{"sex", "string", sex}}, penguins},
		{"penguins/stats/mean", "", 8, []column{
			{"mean_bill_length_mm", "number", described("unit", "mm", "title", "Bill length")},
			{"mean_bill_depth_mm", "number", described("unit", "mm", "title", "Bill depth")},
			{"mean_flipper_length_mm", "number", described("unit", "mm", "title", "Flipper length")},
			{"mean_body_mass_g", "number", described("unit", "g", "title", "Body mass")},
			{"species", "string", species},
			{"sex", "string", sex}}, penguins},
		{"diamonds/range", "per_page=10000&page=6", 3940, []column{
			{"carat", "number", described("unit", "ct", "title", "Weight")},
			{"cut", "string", cut},
			{"color", "string", described("title", "Colour", "description", "From best to worst")},
			{"clarity", "string", described("title", "Clarity", "description", "From worst to best")},
			{"depth", "number", depth},
			{"table", "number", table},
			{"price", "integer", described("unit", "USD", "title", "Price")},
			{"x", "number", described("unit", "mm", "title", "Length")},
			{"y", "number", described("unit", "mm", "title", "Width")},
			{"z", "number", described("unit", "mm", "title", "Depth")}}, diamonds},
		{"diamonds/stats/mean", "", 5, []column{
			{"mean_carat", "number", described("unit", "ct", "title", "Weight")},
			{"mean_depth", "number", depth},
			{"mean_table", "number", table},
			{"mean_price", "number", described("unit", "USD", "title", "Price")},
			{"mean_x", "number", described("unit", "mm", "title", "Length")},
			{"mean_y", "number", described("unit", "mm", "title", "Width")},
			{"mean_z", "number", described("unit", "mm", "title", "Depth")},
			{"cut", "string", cut}}, diamonds},
	}
}

// madeAnswers are answers about the datasets of makeDatasets.
func madeAnswers() []answer {
	about := map[string]string{"title": "Every type", "license": "CC0-1.0", "source": "https://example.org/every",
		"description": "Every type, \"nulls\" and the ends of what each can hold – ä 山."}
	mass := described("unit", "kg", "title", "Mass", "description", "Of one piece")
	checked, day := described("title", "Checked by hand"), described("title", "Day")
	rows := []column{
		{"id", "integer", nil},
		{"mass", "number", mass},
		{"pieces", "integer", described("unit", "1")},
		{"checked", "boolean", checked},
		{"kind", "string", nil},
		{"note", "string", nil},
		{"site.day", "date", day},
		{"site.city.name", "string", described("title", "City")},
		{"seen", "date-time", nil},
		{"never", "string", described("description", "No row has one")}}
	means := []column{
		{"mean_id", "number", nil},
		{"mean_mass", "number", mass},
		{"mean_pieces", "number", described("unit", "1")},
		{"checked", "boolean", checked},
		{"site.day", "date", day},
		{"kind", "string", nil}}
	return []answer{
		{"every/range", "", 8, rows, about},
		{"every/range", "lower[id]=9", 0, rows, about},
		{"every/stats/mean", "", 6, means, about},
		{"many/range", "", manyRows, rows, about},
		{"many/stats/mean", "per_page=5000", 5000, means, about},
	}
}
