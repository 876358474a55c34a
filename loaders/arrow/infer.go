package arrow

import (
	"context"
	"io"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"herbarium/loaders/decode"
	"herbarium/loaders/infer"
)

// Infer gives the first rows to a sample.
func (r *Reader) Infer(ctx context.Context, sample *infer.Sample) error {
	s := &sampler{sample}
	leaves, ok := s.leaves(r.Schema.Fields())
	if !ok {
		return nil
	}
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

// leaves returns the columns of values of a schema, and whether their names are
// right.
func (s *sampler) leaves(fields []arrow.Field) (all []leaf, ok bool) {
	ok = true
	seen := map[string]bool{}
	for i, f := range fields {
		if seen[f.Name] {
			s.Fail(decode.Fault{Detail: "there are two columns " + decode.Quote(f.Name)})
			ok = false
		}
		seen[f.Name] = true
		all = s.within(all, f.Type, position{column: i}, []string{f.Name})
	}
	return all, ok
}

func (s *sampler) within(all []leaf, t arrow.DataType, at position, path []string) []leaf {
	switch t := t.(type) {
	case *arrow.StructType:
		for _, f := range t.Fields() {
			deeper := position{at.column, append(append([]string(nil), at.path...), f.Name)}
			all = s.within(all, f.Type, deeper, append(append([]string(nil), path...), f.Name))
		}
		return all
	case arrow.ListLikeType:
		return append(all, leaf{at, s.Column(path...), true})
	}
	column := s.Column(path...)
	column.Declare(declared(t))
	return append(all, leaf{at, column, false})
}

// declared is the kind of a type's values, and whether they may have fractions.
func declared(t arrow.DataType) (kind decode.Kind, fractions bool) {
	if d, ok := t.(*arrow.DictionaryType); ok {
		t = d.ValueType
	}
	switch {
	case t.ID() == arrow.BOOL:
		return decode.Boolean, false
	case arrow.IsInteger(t.ID()):
		return decode.Number, false
	case arrow.IsFloating(t.ID()), arrow.IsDecimal(t.ID()):
		return decode.Number, true
	case t.ID() == arrow.DATE32, t.ID() == arrow.DATE64, t.ID() == arrow.TIMESTAMP:
		return decode.Instant, false
	}
	return decode.String, false
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
			l.column.Add(&decode.Value{Kind: v.Kind, Text: v.Text})
		}
		s.EndRow()
	}
	return size
}

// places makes a column of each element of a short list.
func (s *sampler) places(l leaf, from arrow.Array, i int) {
	list, at := from, i
	for _, name := range l.at.path {
		if list == nil || list.IsNull(at) {
			return
		}
		list, at = within(list, at, name)
	}
	lists, ok := list.(array.ListLike)
	if !ok || lists.IsNull(at) {
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
		s.Column(path...).Add(&decode.Value{Kind: v.Kind, Text: v.Text})
	}
}
