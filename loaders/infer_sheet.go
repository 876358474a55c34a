package loaders

import (
	"context"

	"herbarium/loaders/source"
	"herbarium/loaders/xlsx"
	"herbarium/schemas"
)

// readSheet reads a sheet of a workbook.
func (in *inferrer) readSheet(ctx context.Context, c *source.Content) error {
	book, err := xlsx.Open(c, in.options.limits)
	if err != nil {
		return err
	}
	defer book.Close()
	sheet, err := book.Sheet(in.options.Sheet)
	if err != nil {
		return err
	}
	in.sheet = sheet.Name
	sniffed, err := book.Sniff(ctx, sheet, in.sample.MaxBytes, in.known())
	if err != nil {
		return err
	}
	if d := in.options.Described; d != nil && d.HeaderGiven {
		sniffed.Header = d.CSV.Header
	}
	r, err := book.Rows(sheet, sniffed.CSV)
	if err != nil {
		return err
	}
	defer r.Close()
	in.dialect = sniffed.CSV
	if sheet != book.Sheets[0] {
		in.declaredSheet = sheet.Name
	}
	if in.source.Name == in.sources[0].Name {
		in.dialectNotes = append(in.dialectNotes, sniffed.Notes...)
		if others := r.Others(); others != "" {
			in.dialectNotes = append(in.dialectNotes, "This is the sheet "+schemas.Quote(sheet.Name)+"; the workbook also has "+others+", which --sheet describes.")
		}
	}
	in.sampled.Header, err = r.Infer(ctx, in.sample)
	return err
}
