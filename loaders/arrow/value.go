package arrow

import (
	"math"
	"strconv"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"herbarium/datasets"
	"herbarium/loaders/decode"
)

// valueAt returns row i of an array, or the value at a path within it, as JSON
// would write it. The text is in the memory of buf or of the array.
func valueAt(buf []byte, from arrow.Array, i int, path []int) ([]byte, decode.Value) {
	from, i, of := plain(from, i)
	if from == nil {
		return buf, decode.Value{Kind: decode.Null}
	}
	if len(path) > 0 {
		next, at := within(from, i, path[0])
		if next == nil {
			return buf, decode.Value{Kind: decode.Null}
		}
		return valueAt(buf, next, at, path[1:])
	}
	if of != "" {
		if buf, v, ok := extended(buf, from, i, of); ok {
			return buf, v
		}
	}
	switch from := from.(type) {
	case *array.Boolean:
		return appendTo(strconv.AppendBool(buf, from.Value(i)), decode.Boolean)
	case *array.Float64:
		return appendFloat(buf, from.Value(i), 64)
	case *array.Float32:
		return appendFloat(buf, float64(from.Value(i)), 32)
	case *array.Float16:
		return appendFloat(buf, float64(from.Value(i).Float32()), 64)
	case *array.Date32, *array.Date64, *array.Timestamp:
		return appendInstant(buf, from, i)
	case *array.Time32:
		return appendTo(appendClock(buf, from.Value(i).ToTime(from.DataType().(*arrow.Time32Type).Unit)), decode.String)
	case *array.Time64:
		return appendTo(appendClock(buf, from.Value(i).ToTime(from.DataType().(*arrow.Time64Type).Unit)), decode.String)
	case *array.Duration:
		return appendTo(appendSeconds(buf, int64(from.Value(i)), from.DataType().(*arrow.DurationType).Unit), decode.Number)
	case bytesArray:
		return appendBytes(buf, from.Value(i))
	case textArray:
		if isText(from.(arrow.Array).DataType()) {
			return appendTo(append(buf, from.Value(i)...), decode.String)
		}
	}
	switch t := from.DataType(); {
	case arrow.IsDecimal(t.ID()):
		return appendTo(appendDecimal(buf, from, i), decode.Number)
	case arrow.IsInteger(t.ID()):
		return appendTo(append(buf, from.ValueStr(i)...), decode.Number)
	default:
		return buf, decode.Value{Kind: decode.Nested, Text: []byte("a value of the type " + t.String())}
	}
}

func appendTo(text []byte, k decode.Kind) ([]byte, decode.Value) {
	return text, decode.Value{Kind: k, Text: text}
}

// appendFloat writes a number; NaN is a missing value.
func appendFloat(buf []byte, f float64, bits int) ([]byte, decode.Value) {
	switch {
	case math.IsNaN(f):
		return buf, decode.Value{Kind: decode.Null}
	case math.IsInf(f, 0):
		return appendTo(strconv.AppendFloat(buf, f, 'g', -1, 64), decode.Number)
	case bits == 32:
		// The shortest text that is this float32, which is what was meant.
		return appendTo(strconv.AppendFloat(buf, f, 'g', -1, 32), decode.Number)
	}
	return appendTo(datasets.AppendFloat(buf, f), decode.Number)
}

// appendInstant writes a day or an instant as RFC 3339 does. One without a
// time zone has no offset, so that it is read in the field's.
func appendInstant(buf []byte, from arrow.Array, i int) ([]byte, decode.Value) {
	switch from := from.(type) {
	case *array.Date32:
		return appendTo(from.Value(i).ToTime().AppendFormat(buf, time.DateOnly), decode.Instant)
	case *array.Date64:
		// Not by ToTime, which takes a time before 1970 for one of the day after.
		return appendTo(time.UnixMilli(int64(from.Value(i))).UTC().AppendFormat(buf, time.DateOnly), decode.Instant)
	}
	stamps := from.(*array.Timestamp)
	t := stamps.DataType().(*arrow.TimestampType)
	buf = stamps.Value(i).ToTime(t.Unit).UTC().AppendFormat(buf, "2006-01-02T15:04:05.999999999")
	if t.TimeZone != "" {
		buf = append(buf, 'Z')
	}
	return appendTo(buf, decode.Instant)
}

// within returns where the part of row i at a place is: a struct's field, or a
// list's element; nil where there is none.
func within(from arrow.Array, i, place int) (arrow.Array, int) {
	from, i, _ = plain(from, i)
	switch from := from.(type) {
	case *array.Struct:
		if place < from.NumField() {
			return from.Field(place), i
		}
	case array.ListLike:
		if start, end := from.ValueOffsets(i); int64(place) < end-start {
			return from.ListValues(), int(start) + place
		}
	}
	return nil, 0
}
