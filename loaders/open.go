package loaders

import (
	"cmp"
	"errors"
	"slices"

	"herbarium/datasets"
	"herbarium/loaders/arrow"
	"herbarium/loaders/arrow/ipc"
	"herbarium/loaders/csv"
	"herbarium/loaders/decode"
	"herbarium/loaders/json"
	"herbarium/loaders/parquet"
	"herbarium/loaders/source"
	"herbarium/loaders/xlsx"
	"herbarium/schemas"
)

// open returns the reader of the source's format. It is nil if the source is wrong
// as a whole, which becomes a fault.
func (in *ingest) open(c *source.Content) (decode.Reader, error) {
	head, err := source.Peek(c.Text)
	if err != nil {
		return nil, source.DamagedAt(err, 1, 1)
	}
	format := in.options.Format
	if format == "" {
		format = sniff(head, in.options.Rows)
	}
	in.layout = decode.NewLayout(in.ds, in.source)
	switch format {
	case JSON:
		in.columns.begin(in.ds)
		return json.OpenArray(c.Text, in.options.limits, in.options.Rows, in.layout)
	case Parquet:
		return in.bindColumns(parquet.Open(c))
	case Arrow:
		return in.bindColumns(ipc.Open(c))
	case XLSX:
		return in.openSheet(c)
	case NDJSON:
		in.columns.begin(in.ds)
		return json.OpenLines(c.Text, in.options.limits, in.layout)
	default:
		return in.openCSV(c, cmp.Or(foreignFormat(head), notCSV(head), scalar(head), drawnTable(head)))
	}
}

// openCSV opens a CSV. Where it does not have the dataset's columns, other says
// what the source is instead; "" where it is a CSV.
func (in *ingest) openCSV(c *source.Content, other string) (decode.Reader, error) {
	dialect := in.ds.CSV
	if in.options.Delimiter != "" {
		dialect.Delimiter = in.options.Delimiter
	}
	r, err := csv.Open(c.Text, in.options.limits, dialect, func(name string) bool { return hasColumn(in.ds, name) })
	var wrong *source.SyntaxError
	if errors.As(err, &wrong) && other != "" {
		return nil, source.ErrorAt(1, 1, other)
	}
	if err != nil {
		return nil, err
	}
	faults := r.Bind(in.layout)
	if faults != nil && other != "" {
		return nil, source.ErrorAt(1, 1, other)
	}
	if in.failed(faults) {
		return nil, nil
	}
	return r, nil
}

// failed adds faults of the source as a whole, and reports whether there are any.
func (in *ingest) failed(faults []Fault) bool {
	for _, f := range faults {
		in.fail(f)
	}
	return len(faults) > 0
}

// sheetReader is the reader of a sheet, and the workbook that it closes.
type sheetReader struct {
	*xlsx.Reader
	book *xlsx.Workbook
}

// Close closes the sheet and the workbook.
func (r sheetReader) Close() {
	r.Reader.Close()
	r.book.Close()
}

// openSheet opens a sheet of a workbook.
func (in *ingest) openSheet(c *source.Content) (decode.Reader, error) {
	book, err := xlsx.Open(c, in.options.limits)
	if err != nil {
		return nil, err
	}
	sheet, err := book.Sheet(cmp.Or(in.options.Sheet, in.ds.Sheet))
	if err != nil {
		book.Close()
		return nil, err
	}
	in.sheet = sheet.Name
	rows, err := book.Rows(sheet, in.ds.CSV)
	if err != nil {
		book.Close()
		return nil, err
	}
	r := sheetReader{rows, book}
	if in.failed(rows.Bind(in.layout)) {
		r.Close()
		return nil, nil
	}
	return r, nil
}

// bindColumns finds the fields' columns in a source that has typed ones.
func (in *ingest) bindColumns(r *arrow.Reader, err error) (decode.Reader, error) {
	if err != nil {
		return nil, err
	}
	if in.failed(r.Bind(in.layout)) {
		r.Close()
		return nil, nil
	}
	return r, nil
}

func hasColumn(ds *datasets.Dataset, name string) bool {
	return slices.ContainsFunc(ds.Fields, func(f datasets.Field) bool { return f.Column == name })
}

// checker returns a checker of the dataset's rows.
func (in *ingest) checker() *decode.Checker {
	o := in.options
	keep := o.Skip && o.Rejects != nil
	return decode.NewChecker(in.ds, decode.Options{MaxFaults: o.MaxFaults, Skip: o.Skip, KeepValues: keep, KeepTexts: keep && o.Mode != Upsert, Constants: in.layout.Constants})
}

// endSource ends a source that was read to its end. A column that no row of a
// JSON source has is a fault where another one has a name like it.
func (in *ingest) endSource() {
	absent := in.columns.end(in.row > 0)
	if len(absent) == len(in.ds.Fields) && in.faults.total == 0 {
		in.fail(Fault{Line: 1, Column: 1, Detail: "no row has a column that a field reads; rows that lie deeper are named by rows in the descriptor, or --rows"})
		return
	}
	for _, f := range absent {
		field := &in.ds.Fields[f]
		if hint := schemas.DidYouMean(field.Column, in.columns.unreadHere()); hint != "" {
			in.fail(Fault{Line: 1, Column: 1, Field: field.Name, Detail: "no row has the column " + decode.Quote(field.Column) + hint})
		}
	}
}
