package arrow

import (
	"context"
	"io"
	"slices"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"herbarium/datasets"
	"herbarium/loaders/decode"
	"herbarium/loaders/infer"
)

// Infer gives the first rows to a sample.
func (r *Reader) Infer(ctx context.Context, sample *infer.Sample) error {
	s := &sampler{sample}
	s.DottedNames = true
	leaves := s.leaves(r.Schema.Fields(), r.Unreadable)
	for read := int64(0); s.Wants(read); {
		p, err := r.Next(ctx)
		if err == io.EOF {
			s.Whole = true
			return nil
		}
		if err != nil {
			return err
		}
		err = guarded(r.format, func() error {
			read += s.batch(p.(*part).batch, leaves)
			return nil
		})
		r.Recycle(p)
		if err != nil {
			return err
		}
	}
	return nil
}

// sampler gives record batches to a sample.
type sampler struct{ *infer.Sample }

// leaf is a column of values: one of the schema, or of a struct in it.
type leaf struct {
	at     position
	column *infer.Column
	list   bool
}

// leaves returns the columns of values of a schema. One without a name, or with
// that of another, goes by its place.
func (s *sampler) leaves(fields []arrow.Field, unreadable map[int]string) (all []leaf) {
	names := pathNames(fields)
	for i, f := range fields {
		name := names[i]
		if why, ok := unreadable[i]; ok {
			s.Column(name).Unreadable(why)
			continue
		}
		all = s.within(all, f.Type, position{column: i}, []string{name})
	}
	return all
}

func (s *sampler) within(all []leaf, t arrow.DataType, at position, path []string) []leaf {
	if d, ok := t.(*arrow.DictionaryType); ok {
		if inner, ok := d.ValueType.(arrow.NestedType); ok {
			t = inner
		}
	}
	switch t := t.(type) {
	case *arrow.StructType:
		names := pathNames(t.Fields())
		for i, f := range t.Fields() {
			deeper := position{at.column, append(slices.Clone(at.path), i)}
			all = s.within(all, f.Type, deeper, append(slices.Clone(path), names[i]))
		}
		return all
	case arrow.ListLikeType:
		return append(all, leaf{at, s.Column(path...), true})
	}
	column := s.Column(path...)
	column.Declare(declared(t))
	return append(all, leaf{at, column, false})
}

// declared says what a type declares of its values.
func declared(t arrow.DataType) infer.Declaration {
	t, extension := storedType(t)
	switch {
	case t.ID() == arrow.BOOL, extension == bool8Extension:
		return infer.Declaration{Kind: decode.Boolean, Type: datasets.Boolean}
	case arrow.IsInteger(t.ID()):
		return infer.Declaration{Kind: decode.Number, Type: datasets.Integer}
	case arrow.IsFloating(t.ID()):
		return infer.Declaration{Kind: decode.Number, Type: datasets.Number}
	case t.ID() == arrow.DURATION:
		return infer.Declaration{Kind: decode.Number, Type: datasets.Number, Unit: "s"}
	case t.ID() == arrow.DATE32, t.ID() == arrow.DATE64:
		return infer.Declaration{Kind: decode.Instant, Type: datasets.Date}
	case t.ID() == arrow.TIMESTAMP:
		return infer.Declaration{Kind: decode.Instant, Type: datasets.DateTime}
	}
	if d, ok := t.(arrow.DecimalType); ok {
		if d.GetScale() <= 0 {
			return infer.Declaration{Kind: decode.Number, Type: datasets.Integer}
		}
		return infer.Declaration{Kind: decode.Number, Type: datasets.Number, Digits: int(d.GetPrecision())}
	}
	return infer.Declaration{Kind: decode.String, Type: datasets.String}
}

// batch gives all rows of a batch to the table, and returns how long they are
// as text.
func (s *sampler) batch(batch arrow.RecordBatch, leaves []leaf) (size int64) {
	var buf []byte
	for i := range int(batch.NumRows()) {
		for _, l := range leaves {
			from := batch.Column(l.at.column)
			if l.list {
				s.places(l, from, i)
				continue
			}
			var v decode.Value
			buf, v = valueAt(buf[:0], from, i, l.at.path)
			size += int64(len(v.Text)) + 1
			if v.Kind == decode.Nested {
				l.column.Describe(string(v.Text))
			}
			l.column.Add(&decode.Value{Kind: v.Kind, Text: v.Text})
		}
		s.EndRow()
	}
	return size
}

// places makes a column of each element of a short list.
func (s *sampler) places(l leaf, from arrow.Array, i int) {
	list, at, _ := plain(from, i)
	for _, place := range l.at.path {
		if list == nil {
			return
		}
		if list, at = within(list, at, place); list != nil {
			list, at, _ = plain(list, at)
		}
	}
	lists, ok := list.(array.ListLike)
	if !ok {
		return
	}
	l.column.Add(&decode.Value{Kind: decode.Nested})
	start, end := lists.ValueOffsets(at)
	if end-start > infer.MaxPlaces {
		l.column.LeaveOut()
		return
	}
	for n := range int(end - start) {
		_, v := valueAt(nil, lists.ListValues(), int(start)+n, nil)
		if v.Kind == decode.Nested {
			l.column.LeaveOut()
			return
		}
		path := append(append([]string(nil), l.column.Path...), strconv.Itoa(n))
		column := s.Column(path...)
		column.Declare(declared(lists.ListValues().DataType()))
		column.Add(&decode.Value{Kind: v.Kind, Text: v.Text})
	}
}
