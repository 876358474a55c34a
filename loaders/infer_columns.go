package loaders

import (
	"context"
	"io"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"herbarium/loaders/infer"
)

// readColumns looks at the rows of a source whose columns have types.
func (s *survey) readColumns(ctx context.Context, r *columnsReader, err error) error {
	if r != nil {
		defer r.close()
	}
	if err != nil {
		return err
	}
	leaves := s.leaves(r.schema.Fields())
	if s.faults.total > 0 {
		return nil
	}
	var read int64
	for most := s.options.Sample; most == 0 || read < most; {
		p, err := r.next(ctx)
		if err == io.EOF {
			s.table.Whole = true
			return nil
		}
		if err != nil {
			return err
		}
		err = guarded(r.what, func() error {
			read += s.batch(p.(*columnsPart).batch, leaves)
			return nil
		})
		r.recycle(p)
		if err != nil {
			return err
		}
	}
	return nil
}

// leaf is a column of values: one of the schema, or of a struct in it.
type leaf struct {
	at     arrowField
	column *infer.Column
	list   bool
}

// leaves returns the columns of values of a schema.
func (s *survey) leaves(fields []arrow.Field) []leaf {
	var all []leaf
	seen := map[string]bool{}
	for i, f := range fields {
		if seen[f.Name] {
			s.fail(Fault{Detail: "there are two columns " + quote(f.Name)})
		}
		seen[f.Name] = true
		if !strings.HasPrefix(f.Name, pandasIndex) {
			all = s.within(all, f.Type, arrowField{column: i}, []string{f.Name})
		}
	}
	return all
}

func (s *survey) within(all []leaf, t arrow.DataType, at arrowField, path []string) []leaf {
	switch t := t.(type) {
	case *arrow.StructType:
		for _, f := range t.Fields() {
			deeper := arrowField{at.column, append(append([]string(nil), at.path...), f.Name)}
			all = s.within(all, f.Type, deeper, append(append([]string(nil), path...), f.Name))
		}
		return all
	case arrow.ListLikeType:
		return append(all, leaf{at, s.table.Column(path...), true})
	}
	column := s.table.Column(path...)
	column.Declare(declared(t))
	return append(all, leaf{at, column, false})
}

// declared is the kind of a type's values, and whether they may have fractions.
func declared(t arrow.DataType) (kind infer.Kind, fractions bool) {
	if d, ok := t.(*arrow.DictionaryType); ok {
		t = d.ValueType
	}
	switch {
	case t.ID() == arrow.BOOL:
		return infer.Boolean, false
	case arrow.IsInteger(t.ID()):
		return infer.Number, false
	case arrow.IsFloating(t.ID()), arrow.IsDecimal(t.ID()):
		return infer.Number, true
	case t.ID() == arrow.DATE32, t.ID() == arrow.DATE64, t.ID() == arrow.TIMESTAMP:
		return infer.Instant, false
	}
	return infer.String, false
}

// batch gives all rows of a batch to the table, and returns how long they are
// as text.
func (s *survey) batch(batch arrow.RecordBatch, leaves []leaf) (size int64) {
	var buf []byte
	for i := range int(batch.NumRows()) {
		for _, l := range leaves {
			from := batch.Column(l.at.column)
			if l.list {
				s.places(l, from, i)
				continue
			}
			var v value
			buf, v = arrowValue(buf[:0], from, i, l.at.path)
			size += int64(len(v.text)) + 1
			l.column.Add(&infer.Value{Kind: v.kind, Text: v.text})
		}
		s.table.EndRow()
	}
	return size
}

// places makes columns of the elements of a short list, by their places.
func (s *survey) places(l leaf, from arrow.Array, i int) {
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
	l.column.Add(&infer.Value{Kind: infer.Nested})
	start, end := lists.ValueOffsets(at)
	if end-start > maxPlaces {
		l.column.LeaveOut()
		return
	}
	for n := range int(end - start) {
		_, v := arrowValue(nil, lists.ListValues(), int(start)+n, nil)
		if v.kind == infer.Nested {
			l.column.LeaveOut()
			return
		}
		path := append(append([]string(nil), l.column.Path...), strconv.Itoa(n))
		s.table.Column(path...).Add(&infer.Value{Kind: v.kind, Text: v.text})
	}
}
