package plan

import (
	"cmp"
	"strconv"
	"strings"

	"herbarium/datasets"
	"herbarium/schemas"
)

// Value is one value of a field that is not null. Which part holds it follows
// from the field's type.
type Value struct {
	Float float64 // number
	Int   int64   // integer; boolean as 0 or 1; date as days, date-time as milliseconds since 1970 UTC
	Str   string  // string
}

// Append writes the value as JSON, as answers and canonical queries write it.
func (v Value) Append(dst []byte, t datasets.Type) []byte {
	switch t {
	case datasets.Number:
		return datasets.AppendFloat(dst, v.Float)
	case datasets.Integer:
		return strconv.AppendInt(dst, v.Int, 10)
	case datasets.Boolean:
		return strconv.AppendBool(dst, v.Int != 0)
	case datasets.Date:
		return append(datasets.AppendDate(append(dst, '"'), v.Int), '"')
	case datasets.DateTime:
		return append(datasets.AppendDateTime(append(dst, '"'), v.Int), '"')
	default:
		return schemas.AppendString(dst, v.Str)
	}
}

// AppendText writes the value as text, as CSV writes it without quotes.
func (v Value) AppendText(dst []byte, t datasets.Type) []byte {
	switch t {
	case datasets.Number:
		return datasets.AppendNumber(dst, v.Float)
	case datasets.Date:
		return datasets.AppendDate(dst, v.Int)
	case datasets.DateTime:
		return datasets.AppendDateTime(dst, v.Int)
	case datasets.String:
		return append(dst, v.Str...)
	default:
		return v.Append(dst, t)
	}
}

// Compare orders values of a type: numbers by size, text by bytes.
func Compare(a, b Value, t datasets.Type) int {
	switch t {
	case datasets.Number:
		return cmp.Compare(a.Float, b.Float)
	case datasets.String:
		return strings.Compare(a.Str, b.Str)
	default:
		return cmp.Compare(a.Int, b.Int)
	}
}
