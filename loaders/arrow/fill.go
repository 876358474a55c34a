package arrow

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"herbarium/datasets"
	"herbarium/loaders/decode"
)

// textArray is what all arrays of text have in common.
type textArray interface{ Value(i int) string }

// fill takes all values of a column at once, where its type is the field's
// and no value needs a closer look. Otherwise it returns false.
func fill(col *decode.Column, from arrow.Array, first, rows int) bool {
	if !col.TakesAny() {
		return false
	}
	ok := false
	switch col.Field.Type {
	case datasets.Number:
		ok = fillNumbers(col.Vector.Floats, from, first, rows)
	case datasets.String:
		ok = fillTexts(col, from, first, rows)
	default:
		ok = fillInts(col, from, first, rows)
	}
	if ok && from.NullN() > 0 {
		for i := range rows {
			if from.IsNull(first + i) {
				col.SetNull(i)
			}
		}
	}
	return ok
}

func fillNumbers(to []float64, from arrow.Array, first, rows int) bool {
	switch from := from.(type) {
	case *array.Float64:
		values := from.Float64Values()[first : first+rows]
		copy(to, values)
		for i, v := range values {
			if v-v != 0 && from.IsValid(first+i) {
				return false // infinities and NaN are told apart one by one
			}
		}
		return true
	case *array.Int64:
		for i, v := range from.Int64Values()[first : first+rows] {
			to[i] = float64(v)
		}
		return true
	case *array.Int32:
		for i, v := range from.Int32Values()[first : first+rows] {
			to[i] = float64(v)
		}
		return true
	}
	return false
}

func fillInts(col *decode.Column, from arrow.Array, first, rows int) bool {
	to := col.Vector.Ints
	switch from := from.(type) {
	case *array.Int64:
		if col.Field.Type != datasets.Integer {
			return false
		}
		copy(to, from.Int64Values()[first:first+rows])
		return true
	case *array.Int32:
		if col.Field.Type != datasets.Integer {
			return false
		}
		for i, v := range from.Int32Values()[first : first+rows] {
			to[i] = int64(v)
		}
		return true
	case *array.Date32:
		if col.Field.Type != datasets.Date {
			return false
		}
		return fillDays(to, from, first, rows)
	case *array.Timestamp:
		return col.Field.Type == datasets.DateTime && fillInstants(col, from, first, rows)
	}
	return false
}

func fillDays(to []int64, from *array.Date32, first, rows int) bool {
	for i, v := range from.Date32Values()[first : first+rows] {
		if (v < datasets.FirstDay || v > datasets.LastDay) && from.IsValid(first+i) {
			return false
		}
		to[i] = int64(v)
	}
	return true
}

// fillInstants takes instants in milliseconds, or in a smaller unit if nothing
// is lost.
func fillInstants(col *decode.Column, from *array.Timestamp, first, rows int) bool {
	t := from.DataType().(*arrow.TimestampType)
	if t.TimeZone == "" && col.Field.Timezone != "" && col.Field.Timezone != "UTC" || t.Unit == arrow.Second {
		return false
	}
	unit := map[arrow.TimeUnit]int64{arrow.Millisecond: 1, arrow.Microsecond: 1e3, arrow.Nanosecond: 1e6}[t.Unit]
	for i, v := range from.TimestampValues()[first : first+rows] {
		millis := int64(v) / unit
		if (millis*unit != int64(v) || millis < datasets.FirstMilli || millis > datasets.LastMilli) && from.IsValid(first+i) {
			return false
		}
		col.Vector.Ints[i] = millis
	}
	return true
}

func fillTexts(col *decode.Column, from arrow.Array, first, rows int) bool {
	if d, ok := from.(*array.Dictionary); ok {
		return fillCodes(col, d, first, rows)
	}
	values, ok := from.(textArray)
	if !ok || !isText(from.DataType()) {
		return false
	}
	for i := range rows {
		if from.IsNull(first + i) {
			continue
		}
		var detail string
		if col.Vector.Codes[i], detail = col.CodeOf(values.Value(first + i)); detail != "" {
			return false
		}
	}
	return true
}

func fillCodes(col *decode.Column, from *array.Dictionary, first, rows int) bool {
	values, ok := from.Dictionary().(textArray)
	if !ok || !isText(from.Dictionary().DataType()) {
		return false
	}
	// Check each text of the dictionary once, if it is not much larger than the
	// rows.
	if n := from.Dictionary().Len(); n <= 2*rows {
		codes := make([]uint32, n)
		seen := make([]bool, n)
		for i := range rows {
			if from.IsNull(first + i) {
				continue
			}
			at := from.GetValueIndex(first + i)
			if from.Dictionary().IsNull(at) {
				return false
			}
			if !seen[at] {
				var detail string
				if codes[at], detail = col.CodeOf(values.Value(at)); detail != "" {
					return false
				}
				seen[at] = true
			}
			col.Vector.Codes[i] = codes[at]
		}
		return true
	}
	return false
}
