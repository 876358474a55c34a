package loaders

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"herbarium/datasets"
	"herbarium/loaders/arrow"
	"herbarium/loaders/arrow/ipc"
	"herbarium/loaders/csv"
	"herbarium/loaders/decode"
	"herbarium/loaders/frictionless"
	"herbarium/loaders/infer"
	"herbarium/loaders/parquet"
	"herbarium/loaders/source"
	"herbarium/loaders/xlsx"
)

// InferOptions change how a descriptor is inferred.
type InferOptions struct {
	// Dataset is the dataset's name; "" means one made of the source's name.
	Dataset string
	// Data are the paths of the data in the descriptor, or patterns of them; nil
	// means none.
	Data []string
	// NoEnums makes no enum of texts that recur.
	NoEnums bool
	// Skip leaves faulty rows out, and describes the others.
	Skip bool
	// Sample is how many bytes of text are read; 0 means all.
	Sample int64
	// Format, Delimiter, Rows and Sheet are as in Options.
	Format    Format
	Delimiter string
	Rows      string
	Sheet     string
	// Described is what a Data Package says of the sources; nil if none does.
	Described *frictionless.Resource

	limits source.Limits
}

// DefaultSample is the size in bytes of a sample that is read in a fraction of a
// second.
const DefaultSample = 8 << 20

// Inference is a descriptor that was inferred from a source.
type Inference struct {
	Dataset string
	// Descriptor is YAML with comments that say what was seen.
	Descriptor []byte
	Rows       int64 // that were read
	Whole      bool  // they are all rows of the source
	// Skipped says which rows were left out; nil if none.
	Skipped *DataError
}

// DatasetName returns a name for a dataset of several sources: that of the folder
// that they are in.
func DatasetName(sources []Source) string {
	folder := filepath.ToSlash(filepath.Dir(sources[0].Name))
	for strings.Contains(filepath.Base(folder), "=") {
		folder = filepath.ToSlash(filepath.Dir(folder))
	}
	if base := filepath.Base(folder); base != "." && base != ".." && base != "/" {
		return infer.DatasetName(strings.ReplaceAll(base, ".", "_"))
	}
	return infer.DatasetName(sources[0].Name)
}

// Infer infers a descriptor from sources of one dataset: the names and types of
// its fields, and how their values are written. If it has read all rows, the same
// bytes load with the descriptor without a fault. A *DataError says what is wrong
// in a source that no descriptor could read.
func Infer(ctx context.Context, sources []Source, options InferOptions) (Inference, error) {
	first := sources[0]
	if options.Dataset == "" {
		options.Dataset = infer.DatasetName(first.Name)
	}
	if !datasets.ValidName(options.Dataset) {
		return Inference{}, fmt.Errorf("a dataset cannot be called %q: a name is made of a to z, 0 to 9, _ and -, begins with a letter, and is not one of the server's own", options.Dataset)
	}
	if options.limits == (source.Limits{}) {
		options.limits = source.DefaultLimits()
	}
	in := newInferrer(sources, &options)
	for i := range sources {
		if err := in.begin(ctx, i); err != nil {
			return Inference{}, fmt.Errorf("infer %s: %w", in.source.Name, err)
		}
	}
	wrong := &DataError{Dataset: options.Dataset, Faults: in.faults.first, Total: in.faults.total, Rows: !in.broken}
	if wrong.Total > 0 && (in.broken || !options.Skip || in.sample.Rows() == 0) {
		return Inference{}, wrong
	}
	return in.describe(wrong)
}

// describe writes the descriptor.
func (in *inferrer) describe(skipped *DataError) (Inference, error) {
	name := filepath.Base(in.sources[0].Name)
	if n := len(in.sources); n > 1 {
		name = fmt.Sprintf("%d files, from %s to %s", n, name, filepath.Base(in.sources[n-1].Name))
	}
	described := infer.Source{
		Dataset: in.options.Dataset, Name: name, Data: in.options.Data, Rows: in.options.Rows, CSV: in.dialect, Sheet: in.declaredSheet, Seen: in.seen(), Notes: in.notes(), NullColumns: in.differ,
	}
	in.declare(&described)
	text, err := in.sample.Descriptor(described)
	if err == nil {
		_, err = datasets.Parse(in.options.Dataset+".yaml", text, nil)
	}
	if err != nil {
		return Inference{}, &DataError{Dataset: in.options.Dataset, Total: 1, Faults: []Fault{{File: in.sources[0].Name, Detail: "no descriptor can have its columns: " + err.Error()}}}
	}
	inferred := Inference{Dataset: in.options.Dataset, Descriptor: text, Rows: in.sample.Rows(), Whole: in.sample.Whole}
	if skipped.Total > 0 {
		inferred.Skipped = skipped
	}
	return inferred, nil
}

// inferrer reads rows of sources, or a sample of them.
type inferrer struct {
	sources []Source
	source  Source // the one at hand
	sheet   string // of the source, where it is a workbook
	options *InferOptions
	sample  *infer.Sample
	faults  faults
	// Where the source is a CSV: how it was sampled, how it is written, and what
	// shows that.
	sampled      csv.Sampled
	dialect      datasets.CSV
	dialectNotes []string

	declaredSheet string // "" for the first

	broken bool     // a fault belongs to no row
	whole  bool     // all rows of the sources so far were seen
	differ bool     // the sources have different columns
	names  []string // of the first source's columns
}

func newInferrer(sources []Source, options *InferOptions) *inferrer {
	in := &inferrer{sources: sources, options: options, faults: faults{limit: defaultFaults}, whole: true}
	in.sample = &infer.Sample{Table: infer.NewTable(), MaxBytes: options.Sample, Fail: in.fail}
	in.sample.NoEnums = options.NoEnums
	if options.Sample > 0 {
		in.sample.MaxBytes = max(options.Sample/int64(len(sources)), minSample)
	}
	return in
}

// minSample is how many bytes of each of many sources are read at least.
const minSample = 64 << 10

// begin reads the next source. Each must be of the first one's format and
// dialect, but may have other columns.
func (in *inferrer) begin(ctx context.Context, i int) error {
	in.source, in.sheet = in.sources[i], ""
	dialect, before := in.dialect, in.sample.Rows()
	in.sample.Whole = false
	if err := in.read(ctx); err != nil {
		return err
	}
	in.whole = in.whole && in.sample.Whole
	in.sample.Whole = in.whole
	in.hive()
	names := in.sampled.Header
	switch {
	case i == 0:
		in.names = names
	case in.dialect != dialect && in.faults.total == 0:
		in.fail(Fault{Line: 1, Column: 1, Detail: "this file is not written as " + in.sources[0].Name + " is, so that no one descriptor reads both; load them as two datasets"})
	case !sameNames(names, in.names) && in.sample.Rows() > before:
		in.differ = true
	}
	return nil
}

// sameNames reports whether two headers have the same columns, in any order.
func sameNames(a, b []string) bool {
	a, b = slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	return slices.Equal(a, b)
}

// hive makes columns of the folders called KEY=VALUE that the source is in.
func (in *inferrer) hive() {
	parts := strings.Split(filepath.ToSlash(in.source.Name), "/")
	for _, part := range parts[:len(parts)-1] {
		key, value, ok := strings.Cut(part, "=")
		if ok && key != "" && len(in.sources) > 1 {
			in.sample.Column(key + "=").AddAll(&decode.Value{Kind: decode.Text, Text: []byte(decode.HiveValue(value))})
		}
	}
}

// fail adds what is wrong with the source.
func (in *inferrer) fail(f Fault) {
	f.File = in.source.Name
	if in.sheet != "" {
		f.Cell = xlsx.Place(in.sheet, f.Line, f.Column)
	}
	in.broken = in.broken || f.Row == 0
	in.faults.add(f)
}

func (in *inferrer) read(ctx context.Context) (err error) {
	content, err := in.source.open(in.options.limits, nil)
	if content == nil {
		return err
	}
	defer func() {
		content.Release()
		if closed := content.Close(); err == nil {
			err = closed
		}
	}()
	if err == nil {
		err = in.readContent(ctx, content)
	}
	var damaged *source.DamagedError
	var wrong *source.SyntaxError
	switch {
	case errors.As(err, &wrong):
		in.broken = true
		row := in.sample.Rows() + 1
		if wrong.Line == 0 {
			row = 0 // the fault is the file's
		}
		in.fail(Fault{Line: wrong.Line, Column: wrong.Column, Row: row, Detail: wrong.Detail})
		return nil
	case errors.As(err, &damaged):
		in.fail(Fault{Line: 1, Column: 1, Detail: "the compressed data is damaged: " + err.Error()})
		return nil
	}
	return err
}

func (in *inferrer) readContent(ctx context.Context, c *source.Content) error {
	head, err := source.Peek(c.Text)
	if err != nil {
		return err
	}
	format := in.options.Format
	if format == "" {
		format = sniff(head, in.options.Rows)
	}
	switch format {
	case JSON, NDJSON:
		return in.readJSON(ctx, c, format)
	case Parquet:
		r, err := parquet.Open(c)
		return in.readColumns(ctx, r, err)
	case XLSX:
		return in.readSheet(ctx, c)
	case Arrow:
		r, err := ipc.Open(c)
		return in.readColumns(ctx, r, err)
	default:
		other := cmp.Or(foreignFormat(head), notCSV(head))
		if in.known() == (datasets.CSV{}) {
			other = cmp.Or(other, drawnTable(head))
		}
		if other != "" {
			in.fail(Fault{Line: 1, Column: 1, Detail: other})
			return nil
		}
		return in.readCSV(ctx, c)
	}
}

func (in *inferrer) readColumns(ctx context.Context, r *arrow.Reader, err error) error {
	if err != nil {
		return err
	}
	defer r.Close()
	return r.Infer(ctx, in.sample)
}
