package parquet

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// stored returns the type that the library reads for a type of Arrow: integers for
// durations, also within structs and lists. Any other type is returned as it is.
func stored(t arrow.DataType) arrow.DataType {
	switch t := t.(type) {
	case *arrow.DurationType:
		return arrow.PrimitiveTypes.Int64
	case *arrow.StructType:
		fields, changed := t.Fields(), false
		for i := range fields {
			plain := stored(fields[i].Type)
			changed = changed || plain != fields[i].Type
			fields[i].Type = plain
		}
		if changed {
			return arrow.StructOf(fields...)
		}
	case arrow.ListLikeType:
		if elem := stored(t.Elem()); elem != t.Elem() {
			return listOf(t, elem)
		}
	}
	return t
}

// withDurations returns the type of values that were read as integers and declared
// as durations.
func withDurations(read, declared arrow.DataType) arrow.DataType {
	switch read := read.(type) {
	case *arrow.Int64Type:
		if d, ok := declared.(*arrow.DurationType); ok {
			return d
		}
	case *arrow.StructType:
		as, ok := declared.(*arrow.StructType)
		if !ok || as.NumFields() != read.NumFields() {
			return read
		}
		fields, changed := read.Fields(), false
		for i := range fields {
			t := withDurations(fields[i].Type, as.Field(i).Type)
			changed = changed || t != fields[i].Type
			fields[i].Type = t
		}
		if changed {
			return arrow.StructOf(fields...)
		}
	case arrow.ListLikeType:
		as, ok := declared.(arrow.ListLikeType)
		if !ok {
			return read
		}
		if elem := withDurations(read.Elem(), as.Elem()); elem != read.Elem() {
			return listOf(read, elem)
		}
	}
	return read
}

// listOf returns a type of lists with other elements; any other type than a list's as
// it is.
func listOf(t arrow.ListLikeType, elem arrow.DataType) arrow.DataType {
	field := t.ElemField()
	field.Type = elem
	switch t := t.(type) {
	case *arrow.ListType:
		return arrow.ListOfField(field)
	case *arrow.LargeListType:
		return arrow.LargeListOfField(field)
	case *arrow.FixedSizeListType:
		return arrow.FixedSizeListOfField(t.Len(), field)
	}
	return t
}

// retyped returns the values of an array as those of another type that is stored in
// the same way.
func retyped(from arrow.Array, t arrow.DataType) arrow.Array {
	data := retypedData(from.Data(), t)
	defer data.Release()
	return array.MakeFromData(data)
}

func retypedData(from arrow.ArrayData, t arrow.DataType) arrow.ArrayData {
	var within []arrow.DataType
	switch t := t.(type) {
	case *arrow.StructType:
		for _, f := range t.Fields() {
			within = append(within, f.Type)
		}
	case arrow.ListLikeType:
		within = []arrow.DataType{t.Elem()}
	}
	children := make([]arrow.ArrayData, len(from.Children()))
	for i, c := range from.Children() {
		if i < len(within) {
			children[i] = retypedData(c, within[i])
			defer children[i].Release()
		}
	}
	if d, ok := from.DataType().(*arrow.DictionaryType); ok {
		return array.NewDataWithDictionary(d, from.Len(), from.Buffers(), from.NullN(), from.Offset(), from.Dictionary().(*array.Data))
	}
	return array.NewData(t, from.Len(), from.Buffers(), children, from.NullN(), from.Offset())
}
