package loaders

import (
	"context"
	"errors"
	"slices"

	"herbarium/datasets"
	"herbarium/loaders/source"
	"herbarium/schemas"
)

// open returns the reader of the source's format. It is nil where the source
// is wrong as a whole, which becomes a fault.
func (in *intake) open(ctx context.Context, c *source.Content) (reader, error) {
	head, err := source.Peek(c.Text)
	if err != nil {
		return nil, source.DamagedAt(err, 1, 1)
	}
	format := in.options.Format
	if format == "" {
		format = sniff(head, in.options.Rows)
	}
	switch format {
	case JSON:
		in.columns.begin(in.ds)
		return opened(openJSON(c.Text, in.options.limits, in.options.Rows, fieldPaths(in.ds)))
	case Parquet:
		return in.bindColumns(openParquet(ctx, c))
	case Arrow:
		return in.bindColumns(openArrow(c, head))
	case NDJSON:
		in.columns.begin(in.ds)
		return opened(openNDJSON(c.Text, in.options.limits, fieldPaths(in.ds)))
	default:
		mistake := mistaken(head)
		if mistake == "" {
			mistake = scalar(head)
		}
		return in.openCSV(c, mistake)
	}
}

// opened makes a reader of what opening one gave.
func opened[R reader](r R, err error) (reader, error) {
	if err != nil {
		return nil, err
	}
	return r, nil
}

// openCSV opens a CSV. Where it has not the columns of one, mistake says why, if
// it is not "".
func (in *intake) openCSV(c *source.Content, mistake string) (reader, error) {
	r, err := openCSV(c.Text, in.options.limits, func(head []byte) byte {
		if in.options.Delimiter != 0 {
			return in.options.Delimiter
		}
		return guessDelimiter(head, func(name string) bool { return hasColumn(in.ds, name) })
	})
	var wrong *source.SyntaxError
	if errors.As(err, &wrong) && mistake != "" {
		return nil, source.ErrorAt(1, 1, mistake)
	}
	if err != nil {
		return nil, err
	}
	bindings, faults := bindHeader(in.ds, r)
	if faults != nil && mistake != "" {
		return nil, source.ErrorAt(1, 1, mistake)
	}
	for _, f := range faults {
		in.fail(f)
	}
	if faults != nil {
		return nil, nil
	}
	r.bindings = bindings
	return r, nil
}

// bindColumns finds the fields' columns in a source that has typed ones.
func (in *intake) bindColumns(r *columnsReader, err error) (reader, error) {
	if err != nil {
		r.close()
		return nil, err
	}
	faults := r.bind(in.ds)
	for _, f := range faults {
		in.fail(f)
	}
	if faults != nil {
		r.close()
		return nil, nil
	}
	return r, nil
}

func hasColumn(ds *datasets.Dataset, name string) bool {
	return slices.ContainsFunc(ds.Fields, func(f datasets.Field) bool { return f.Column == name })
}

// checker returns a checker of the dataset's rows.
func (in *intake) checker() *checker { return newChecker(in.ds, in.options) }

// endSource takes in that the source was read to its end. A column that no
// row of a JSON source has is a fault where another one has a name like it.
func (in *intake) endSource() {
	absent := in.columns.end(in.row > 0)
	if len(absent) == len(in.ds.Fields) && in.faults.total == 0 {
		in.fail(Fault{Line: 1, Column: 1, Detail: "no row has a column that a field reads; rows that lie deeper are named by rows in the descriptor, or --rows"})
		return
	}
	for _, f := range absent {
		field := &in.ds.Fields[f]
		if hint := schemas.DidYouMean(field.Column, in.columns.unreadHere()); hint != "" {
			in.fail(Fault{Line: 1, Column: 1, Field: field.Name, Detail: "no row has the column " + quote(field.Column) + hint})
		}
	}
}
