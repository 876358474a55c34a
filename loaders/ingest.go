package loaders

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/loaders/decode"
	"herbarium/loaders/source"
	"herbarium/loaders/xlsx"
	"herbarium/schemas"
)

// ingest reads the rows of sources, in their order, and writes those that are
// right.
type ingest struct {
	ds      *datasets.Dataset
	options *Options
	write   func(context.Context, *engine.Batch) error
	keys    *keySet // nil where rows need no key of their own
	summary Summary
	faults  faults
	rejects *rejects
	columns columnUse

	source string
	sheet  string         // of the source, where it is a workbook
	layout *decode.Layout // of the source
	row    int64          // rows of the source before the part at hand
	// broken is set once a source has a fault that belongs to no row.
	broken bool
}

func newIngest(ds *datasets.Dataset, options *Options) *ingest {
	in := &ingest{ds: ds, options: options, faults: faults{limit: options.MaxFaults}, rejects: newRejects(options.Rejects)}
	in.summary.Dataset = ds.Name
	if len(ds.Key) > 0 && options.Mode != Upsert {
		in.keys = newKeySet(ds.Key)
	}
	return in
}

// read reads all sources. A *DataError says what is wrong with them, if that ends
// the load.
func (in *ingest) read(ctx context.Context, sources []Source) error {
	for _, s := range sources {
		if err := in.readSource(ctx, s); err != nil {
			return wrap(in.ds, "load", err)
		}
	}
	in.summary.Unread, in.summary.Absent = in.columns.lists()
	if err := in.rejects.flush(); err != nil {
		return wrap(in.ds, "load", err)
	}
	if in.faults.total > 0 && (in.broken || !in.options.Skip) {
		return &DataError{Dataset: in.ds.Name, Faults: in.faults.first, Total: in.faults.total}
	}
	if in.summary.Rejected > 0 && in.summary.Rejected == in.summary.Read {
		// A load whose rows are all faulty must not empty the dataset.
		all := Fault{File: sources[0].Name, Detail: "every row has faults, so that nothing is left to load"}
		return &DataError{Dataset: in.ds.Name, Faults: append([]Fault{all}, in.faults.first...), Total: in.faults.total + 1}
	}
	return nil
}

func (in *ingest) readSource(ctx context.Context, src Source) (err error) {
	in.source, in.sheet, in.row = src.Name, "", 0
	if in.keys != nil {
		in.keys.source(src.Name)
	}
	content, err := src.open(in.options.limits, in.options.Progress)
	if content == nil {
		return err
	}
	defer func() {
		in.summary.Bytes += content.BytesRead()
		content.Release()
		if closed := content.Close(); err == nil {
			err = closed
		}
	}()
	var damaged *source.DamagedError
	if errors.As(err, &damaged) {
		in.fail(Fault{Line: 1, Column: 1, Detail: "the compressed data is damaged: " + err.Error()})
		return nil
	}
	if err != nil {
		return err
	}
	r, err := in.open(content)
	if r != nil {
		defer r.Close()
	}
	if err == nil && r != nil {
		err = in.run(ctx, content, r)
	}
	if err == nil {
		in.endSource()
		return nil
	}
	return in.ended(err, r != nil)
}

// ended makes a fault of an error that says where the source cannot be read on:
// one of a row, if reading had reached the rows.
func (in *ingest) ended(err error, rows bool) error {
	var wrong *source.SyntaxError
	if errors.As(err, &wrong) {
		row := in.row + 1
		if !rows || in.row == 0 && wrong.Line <= 1 || wrong.Line == 0 {
			row = 0 // the fault is the file's
		}
		in.fail(Fault{Line: wrong.Line, Column: wrong.Column, Row: row, Detail: wrong.Detail})
		return nil
	}
	return fmt.Errorf("read %s: %w", in.source, err)
}

// fail adds a fault that belongs to no row, after which nothing can be published.
func (in *ingest) fail(f Fault) {
	in.place(&f)
	in.broken = true
	in.faults.add(f)
}

// place says in which source, and in which cell, a fault is.
func (in *ingest) place(f *Fault) {
	f.File = in.source
	if in.sheet != "" {
		f.Cell = xlsx.Place(in.sheet, f.Line, f.Column)
	}
}

// take adds the result of the source's next part.
func (in *ingest) take(ctx context.Context, d *decode.Result) error {
	in.checkKeys(d)
	for i := range d.Faults {
		d.Faults[i].Row += in.row
		in.place(&d.Faults[i])
	}
	in.faults.addAll(d.Faults, d.Total)
	in.summary.Rejected += d.Wrong
	in.summary.Read += d.Rows
	in.options.Progress.checked(d.Rows, d.Wrong)
	in.columns.add(d)
	if d.Loose > 0 {
		if in.summary.Loose += d.Loose; in.summary.LooseAt == "" {
			in.summary.LooseAt = fmt.Sprintf("%s:%d", in.source, d.LooseLine)
		}
	}
	if err := in.rejects.write(in, d.Rejects); err != nil {
		return err
	}
	in.row += d.Rows
	if in.publishable() {
		for _, b := range d.Batches {
			if b.Rows == 0 {
				continue
			}
			if err := in.write(ctx, &b.Batch); err != nil {
				return err
			}
		}
	}
	if err := d.Err; err != nil {
		return err
	}
	return ctx.Err()
}

// publishable reports whether it still makes sense to write rows.
func (in *ingest) publishable() bool {
	return !in.broken && (in.options.Skip || in.faults.total == 0)
}

// checkKeys refuses rows with the key of an earlier one.
func (in *ingest) checkKeys(d *decode.Result) {
	if in.keys == nil {
		return
	}
	var added bool
	for _, b := range d.Batches {
		var out []int
		for i := range b.Rows {
			p := b.Places[i]
			detail := in.keys.check(&b.Batch, i, in.row+p.Row)
			if detail == "" {
				continue
			}
			f := Fault{Line: p.Line, Column: min(1, p.Line), Row: p.Row, Field: in.keys.names(in.ds), Detail: detail}
			d.Total++
			d.Wrong++
			if added = true; in.options.Skip || len(d.Faults) < 2*in.options.MaxFaults {
				d.Faults = append(d.Faults, f)
			}
			if in.options.Skip {
				out = append(out, i)
				values := d.Texts[p.From:p.To]
				if len(values) == 0 {
					values = valuesOf(in.ds, &b.Batch, i)
				}
				d.Rejects = append(d.Rejects, decode.Reject{Row: p.Row, Faults: []Fault{f}, Values: values})
			}
		}
		if len(out) > 0 {
			b.Drop(out)
		}
	}
	if added {
		slices.SortStableFunc(d.Faults, func(a, b Fault) int { return cmp.Compare(a.Row, b.Row) })
		slices.SortStableFunc(d.Rejects, func(a, b decode.Reject) int { return cmp.Compare(a.Row, b.Row) })
	}
}

// valuesOf returns a row of a source with typed columns as the JSON object that an
// answer would have.
func valuesOf(ds *datasets.Dataset, b *engine.Batch, i int) []byte {
	dst := []byte{'{'}
	for f := range b.Columns {
		if f > 0 {
			dst = append(dst, ',')
		}
		dst = append(schemas.AppendString(dst, ds.Fields[f].Column), ':')
		if v := &b.Columns[f]; v.Null(i) {
			dst = append(dst, "null"...)
		} else {
			dst = v.Value(i).Append(dst, v.Type)
		}
	}
	return append(dst, '}')
}
