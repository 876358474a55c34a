package loaders

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"herbarium/datasets"
	"herbarium/loaders/infer"
	"herbarium/loaders/source"
)

// InferOptions say how a source is looked at.
type InferOptions struct {
	// Dataset is the name that the descriptor gives; "" makes one of the
	// source's name.
	Dataset string
	// Data is the path of the data in the descriptor; "" is none.
	Data string
	// Sample is how many bytes of text are looked at; 0 is all.
	Sample int64
	// Format, Delimiter and Rows are as in Options.
	Format    Format
	Delimiter byte
	Rows      string

	limits source.Limits
}

// DefaultSample is a sample that takes a fraction of a second, in bytes.
const DefaultSample = 8 << 20

// Inference is a descriptor for a source that nobody described.
type Inference struct {
	Dataset string
	// Descriptor is YAML with comments that say what was seen.
	Descriptor []byte
	Rows       int64 // that were seen
	Whole      bool  // those are all
}

// Infer describes a source: names and types of its fields, and how their
// values are written. Where it has seen all rows, a load of the same bytes
// takes the descriptor without a fault. A *DataError says what is wrong in a
// source that no descriptor could read.
func Infer(ctx context.Context, src Source, options InferOptions) (Inference, error) {
	if options.Dataset == "" {
		options.Dataset = infer.DatasetName(src.Name)
	}
	if !datasets.ValidName(options.Dataset) {
		return Inference{}, fmt.Errorf("a dataset cannot be called %q: a name is made of a to z, 0 to 9, _ and -, begins with a letter, and is none of the server's own", options.Dataset)
	}
	if options.limits == (source.Limits{}) {
		options.limits = source.DefaultLimits()
	}
	s := newSurvey(src, &options)
	if err := s.read(ctx); err != nil {
		return Inference{}, fmt.Errorf("infer %s: %w", src.Name, err)
	}
	if s.faults.total > 0 {
		return Inference{}, &DataError{Dataset: options.Dataset, Faults: s.faults.first, Total: s.faults.total}
	}
	text, err := s.table.Descriptor(infer.Source{
		Dataset: options.Dataset, Name: filepath.Base(src.Name), Data: options.Data, Rows: s.options.Rows, Seen: s.seen(), Notes: s.notes(),
	})
	if err == nil {
		_, err = datasets.Parse(options.Dataset+".yaml", text, nil)
	}
	if err != nil {
		return Inference{}, fmt.Errorf("infer %s: %w", src.Name, err)
	}
	return Inference{options.Dataset, text, s.table.Rows(), s.table.Whole}, nil
}

// survey looks at a source's rows.
type survey struct {
	source  Source
	options *InferOptions
	table   *infer.Table
	faults  faults
	header  []string // of a CSV
	pieces  int      // that the sample is made of; 0 where it is the begin
	size    int64    // of the file, where pieces were taken
}

func newSurvey(src Source, options *InferOptions) *survey {
	return &survey{source: src, options: options, table: infer.NewTable(judge), faults: faults{most: 20}}
}

// fail adds what is wrong with the source.
func (s *survey) fail(f Fault) {
	f.File = s.source.Name
	s.faults.add(f)
}

func (s *survey) read(ctx context.Context) (err error) {
	content, err := s.source.open(s.options.limits, nil)
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
		err = s.readContent(ctx, content)
	}
	var damaged *source.DamagedError
	var wrong *source.SyntaxError
	switch {
	case errors.As(err, &wrong):
		s.fail(Fault{Line: wrong.Line, Column: wrong.Column, Row: s.table.Rows() + 1, Detail: wrong.Detail})
		return nil
	case errors.As(err, &damaged):
		s.fail(Fault{Line: 1, Column: 1, Detail: "the compressed data is damaged: " + err.Error()})
		return nil
	}
	return err
}

func (s *survey) readContent(ctx context.Context, c *source.Content) error {
	head, err := source.Peek(c.Text)
	if err != nil {
		return err
	}
	format := s.options.Format
	if format == "" {
		format = sniff(head, s.options.Rows)
	}
	switch format {
	case JSON, NDJSON:
		return s.readJSON(ctx, c, head, format)
	case Parquet:
		r, err := openParquet(ctx, c)
		return s.readColumns(ctx, r, err)
	case Arrow:
		r, err := openArrow(c, head)
		return s.readColumns(ctx, r, err)
	default:
		if mistake := mistaken(head); mistake != "" {
			s.fail(Fault{Line: 1, Column: 1, Detail: mistake})
			return nil
		}
		return s.readCSV(ctx, c)
	}
}

// seen says which rows were seen.
func (s *survey) seen() string {
	rows := s.table.Rows()
	switch {
	case s.table.Whole && rows == 0:
		return "it has no rows"
	case s.table.Whole && rows == 1:
		return "its only row"
	case s.table.Whole:
		return fmt.Sprintf("all of its %d rows", rows)
	case s.pieces > 0:
		return fmt.Sprintf("a sample of %d rows, in %d places spread evenly over its %s, begin and end among them", rows, s.pieces, bytesText(s.size))
	}
	return fmt.Sprintf("a sample, its first %d rows", rows)
}

// notes say what the descriptor does not hold.
func (s *survey) notes() (notes []string) {
	if !s.table.Whole {
		notes = append(notes, "A row that was not seen may break a type: check reads them all, and infer --sample 0 does.")
	}
	if s.headless() {
		notes = append(notes, "The first line was taken for names, but looks like values.")
	}
	if s.options.Delimiter != 0 {
		notes = append(notes, "A load may have to be told the delimiter, as infer was.")
	}
	if s.options.Format != "" {
		notes = append(notes, "A load may have to be told the format, as infer was.")
	}
	return notes
}

// headless reports whether numbers stand where a CSV has names.
func (s *survey) headless() bool {
	for _, name := range s.header {
		if !decimal([]byte(name)) {
			return false
		}
	}
	return len(s.header) > 0
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

// fieldReading reads values for inference as a load does.
type fieldReading struct{ reading }

func judge(f *datasets.Field) infer.Reading { return &fieldReading{newReading(f)} }

// Missing reports whether a load takes the value for none.
func (r *fieldReading) Missing(v *infer.Value) bool {
	return r.missing(&value{kind: v.Kind, text: v.Text})
}

// Read returns the value as a place in its type's order, if a load takes it.
func (r *fieldReading) Read(v *infer.Value) (order float64, ok bool) {
	given := &value{kind: v.Kind, text: v.Text}
	if r.field.Type == datasets.Number {
		order, detail := r.number(given)
		return order, detail == ""
	}
	n, detail := r.int(given)
	return float64(n), detail == ""
}
