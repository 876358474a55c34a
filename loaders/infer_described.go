package loaders

import (
	"cmp"
	"slices"

	"herbarium/datasets"
	"herbarium/loaders/infer"
	"herbarium/schemas"
)

// What a Data Package says of sources goes before what is inferred: the dialect
// before it is sniffed, and the declarations of columns when all rows were seen,
// where the values agree.

// known returns what is known of the dialect before the text is looked at.
func (in *inferrer) known() (dialect datasets.CSV) {
	if in.options.Described != nil {
		dialect = in.options.Described.CSV
	}
	dialect.Delimiter = cmp.Or(in.options.Delimiter, dialect.Delimiter)
	return dialect
}

// declare adds what the package says to what is described.
func (in *inferrer) declare(described *infer.Source) {
	d := in.options.Described
	if d == nil {
		return
	}
	byPlace := len(in.sampled.Header) > 0 && in.dialect.Header != 0
	absent := in.sample.Declare(d.Columns, byPlace)
	described.About = infer.About{Title: d.Title, Description: d.Description, License: d.License, Source: d.Source, Key: d.Key}
	notes := slices.Clone(d.Notes)
	if len(d.Others) > 0 {
		notes = append(notes, "The package has other resources, which infer --resource NAME describes: "+schemas.List(d.Others)+".")
	}
	if d.Lacking {
		described.NullColumns = described.NullColumns || len(absent) > 0
		described.Absent = absent
	} else {
		for i := range absent {
			notes = append(notes, "The package declares a column "+schemas.Quote(absent[i].Column)+", which the data lacks; it is left out.")
		}
	}
	described.Notes = append(described.Notes, notes...)
}
