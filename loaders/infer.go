package loaders

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
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
	"herbarium/loaders/json"
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
	in := &inferrer{sources: sources, options: options, faults: faults{limit: 20}, whole: true}
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
		if other := cmp.Or(foreignFormat(head), notCSV(head)); other != "" {
			in.fail(Fault{Line: 1, Column: 1, Detail: other})
			return nil
		}
		return in.readCSV(ctx, c)
	}
}

func (in *inferrer) readJSON(ctx context.Context, c *source.Content, format Format) error {
	if format == JSON || in.options.Rows != "" {
		return json.InferArray(ctx, c.Text, in.options.limits, in.options.Rows, in.sample)
	}
	lines := in.options.Format == NDJSON || linesByName(in.source.Name)
	guess, err := json.InferLines(ctx, c.Text, in.options.limits, lines, in.sample)
	if guess.Transposed {
		in.dialectNotes = append(in.dialectNotes, "The table stands by columns, as pandas writes it.")
	}
	if in.options.Rows = guess.Pointer; guess.Pointer != "" {
		note := "The rows seem to be at " + guess.Pointer + "; --rows names another place"
		if len(guess.Others) > 0 {
			note += ": " + strings.Join(guess.Others, ", ")
		}
		in.dialectNotes = append(in.dialectNotes, note+".")
	}
	return err
}

// linesByName reports whether a source is called as one with a row a line is.
func linesByName(name string) bool {
	return slices.ContainsFunc(strings.Split(strings.ToLower(filepath.Base(name)), "."), func(part string) bool {
		return part == "ndjson" || part == "jsonl" || part == "jsonlines"
	})
}

func (in *inferrer) readColumns(ctx context.Context, r *arrow.Reader, err error) error {
	if err != nil {
		return err
	}
	defer r.Close()
	return r.Infer(ctx, in.sample)
}

func (in *inferrer) readCSV(ctx context.Context, c *source.Content) error {
	dialect, err := in.sniff(c)
	if err != nil {
		return err
	}
	r, err := csv.Open(c.Text, in.options.limits, dialect, nil)
	if err != nil {
		return err
	}
	in.sample.Semicolons = r.Delimiter() == ";"
	in.sampled, err = r.Infer(ctx, c.File(), in.source.Size, in.sample)
	in.dialect = r.Declared(dialect)
	return err
}

// sniff finds out how a CSV is written.
func (in *inferrer) sniff(c *source.Content) (datasets.CSV, error) {
	dialect := in.known()
	head, err := source.Peek(c.Text)
	if err != nil {
		return dialect, err
	}
	name, err := in.encoding(head, dialect.Encoding)
	if err != nil {
		return dialect, err
	}
	dialect.Encoding = name
	whole := len(head) < source.PeekBytes
	var tail []byte
	if file := c.File(); file != nil && !whole && name == "" {
		tail = tailOf(file)
	}
	sniffed := csv.Sniff(csv.DecodeHead(head, name), tail, whole, dialect)
	in.dialectNotes = append(in.dialectNotes, sniffed.Notes...)
	if d := in.options.Described; d != nil && d.HeaderGiven {
		sniffed.Header = d.CSV.Header
	}
	return sniffed.CSV, nil
}

// encoding returns the name of the text's encoding: the one that is known, or else
// the one that it looks like.
func (in *inferrer) encoding(head []byte, known string) (string, error) {
	if known != "" {
		return known, nil
	}
	name, ok := csv.GuessEncoding(head)
	if !ok {
		return "", source.ErrorAt(1, 1, "the text is not UTF-8, and does not show which encoding it has; convert it: iconv -f gb18030 -t UTF-8, or with another encoding")
	}
	if name != "" {
		in.dialectNotes = append(in.dialectNotes, "The text is not UTF-8; it looks like "+name+".")
	}
	return name, nil
}

// tailOf returns the end of a file, from the beginning of a line; nil where it
// cannot be read.
func tailOf(file *os.File) []byte {
	info, err := file.Stat()
	if err != nil {
		return nil
	}
	buf := make([]byte, source.PeekBytes)
	n, err := file.ReadAt(buf, max(0, info.Size()-int64(len(buf))))
	if err != nil && err != io.EOF {
		return nil
	}
	_, text, _ := bytes.Cut(buf[:n], []byte{'\n'})
	return text
}

// seen says which rows were seen.
func (in *inferrer) seen() string {
	rows := in.sample.Rows()
	switch {
	case in.sample.Whole && rows == 0:
		return "it has no rows"
	case in.sample.Whole && rows == 1:
		return "its only row"
	case in.sample.Whole:
		return fmt.Sprintf("all of its %d rows", rows)
	case in.sampled.Pieces > 0:
		return fmt.Sprintf("a sample of %d rows, in %d places spread evenly over its %s, begin and end among them", rows, in.sampled.Pieces, bytesText(in.source.Size))
	}
	return fmt.Sprintf("a sample, its first %d rows", rows)
}

// notes say what the descriptor does not hold.
func (in *inferrer) notes() (notes []string) {
	if !in.sample.Whole {
		notes = append(notes, "A row that was not seen may break a type: check reads them all, and infer --sample 0 does.")
	}
	notes = append(notes, in.dialectNotes...)
	if n := in.sampled.Loose; n > 0 {
		place := ""
		if in.sampled.LooseLine > 0 {
			place = fmt.Sprintf(", first in line %d", in.sampled.LooseLine)
		}
		notes = append(notes, fmt.Sprintf("%s with quotes that RFC 4180 does not allow%s: these are read as they stand, where they do not enclose a value.", rowCount(int64(n)), place))
	}
	if in.options.Format != "" {
		notes = append(notes, "A load may have to be told the format, as infer was.")
	}
	return notes
}

func bytesText(n int64) string {
	switch {
	case n >= 1e9:
		return fmt.Sprintf("%.1f GB", float64(n)/1e9)
	case n >= 1e6:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%d bytes", n)
}

func rowCount(n int64) string {
	if n == 1 {
		return "1 row"
	}
	return fmt.Sprintf("%d rows", n)
}
