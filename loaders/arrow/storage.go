package arrow

import (
	"encoding/hex"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"herbarium/loaders/decode"
)

// bytesArray is what all arrays of bytes have in common.
type bytesArray interface{ Value(i int) []byte }

// plain returns the array that has the value of row i, and where: values may be
// stored in a dictionary, once for a run of rows, or as an extension of another
// type, whose name it returns. It returns nil where there is no value.
func plain(from arrow.Array, i int) (in arrow.Array, at int, extension string) {
	for {
		if from.IsNull(i) {
			return nil, 0, ""
		}
		switch outer := from.(type) {
		case *array.Null:
			return nil, 0, ""
		case *array.Dictionary:
			from, i = outer.Dictionary(), outer.GetValueIndex(i)
		case *array.RunEndEncoded:
			from, i = outer.Values(), outer.GetPhysicalIndex(i)
		case array.ExtensionArray:
			from, extension = outer.Storage(), outer.ExtensionType().ExtensionName()
		default:
			return from, i, extension
		}
	}
}

// storedType returns the type of the values that plain finds in arrays of a type.
func storedType(t arrow.DataType) (stored arrow.DataType, extension string) {
	for {
		switch outer := t.(type) {
		case *arrow.DictionaryType:
			t = outer.ValueType
		case *arrow.RunEndEncodedType:
			t = outer.Encoded()
		case arrow.ExtensionType:
			t, extension = outer.StorageType(), outer.ExtensionName()
		default:
			return t, extension
		}
	}
}

// The extensions whose values are not those of their storage.
const (
	uuidExtension    = "arrow.uuid"
	bool8Extension   = "arrow.bool8"
	variantExtension = "parquet.variant"
)

// extended returns a value of an extension; ok is false where it is that of its
// storage.
func extended(buf []byte, from arrow.Array, i int, extension string) (_ []byte, v decode.Value, ok bool) {
	switch extension {
	case uuidExtension:
		if b, is := from.(bytesArray); is && len(b.Value(i)) == 16 {
			buf, v = appendTo(appendUUID(buf, b.Value(i)), decode.String)
			return buf, v, true
		}
	case bool8Extension:
		if b, is := from.(*array.Int8); is {
			buf, v = appendTo(strconv.AppendBool(buf, b.Value(i) != 0), decode.Boolean)
			return buf, v, true
		}
	case variantExtension:
		return buf, decode.Value{Kind: decode.Nested, Text: []byte("a VARIANT")}, true
	}
	return buf, v, false
}

// appendUUID writes 16 bytes as RFC 9562 does.
func appendUUID(buf, id []byte) []byte {
	buf = hex.AppendEncode(buf, id[:4])
	for _, group := range [][]byte{id[4:6], id[6:8], id[8:10], id[10:]} {
		buf = hex.AppendEncode(append(buf, '-'), group)
	}
	return buf
}

// appendBytes takes bytes that are text as text.
func appendBytes(buf, value []byte) ([]byte, decode.Value) {
	if !utf8.Valid(value) || strings.IndexByte(string(value), 0) >= 0 {
		return buf, decode.Value{Kind: decode.Nested, Text: []byte("bytes that are not text")}
	}
	return appendTo(append(buf, value...), decode.String)
}

// appendClock writes a time of day, such as 10:11:12.5.
func appendClock(buf []byte, t time.Time) []byte {
	return t.UTC().AppendFormat(buf, "15:04:05.999999999")
}

// appendSeconds writes a duration as a number of seconds.
func appendSeconds(buf []byte, n int64, unit arrow.TimeUnit) []byte {
	places := map[arrow.TimeUnit]int{arrow.Second: 0, arrow.Millisecond: 3, arrow.Microsecond: 6, arrow.Nanosecond: 9}[unit]
	return pointed(buf, strconv.FormatInt(n, 10), places)
}

// pointed writes an integer divided by a power of ten, without zeros at its end.
func pointed(buf []byte, digits string, places int) []byte {
	if rest, ok := strings.CutPrefix(digits, "-"); ok {
		buf, digits = append(buf, '-'), rest
	}
	if places <= 0 {
		return append(buf, digits...)
	}
	if short := places + 1 - len(digits); short > 0 {
		digits = strings.Repeat("0", short) + digits
	}
	whole, fraction := digits[:len(digits)-places], strings.TrimRight(digits[len(digits)-places:], "0")
	buf = append(buf, whole...)
	if fraction == "" {
		return buf
	}
	return append(append(buf, '.'), fraction...)
}

// appendDecimal writes a decimal with all of its digits, of which it may have more
// than its type says; the library rounds such ones. Its scale may be negative.
func appendDecimal(buf []byte, from arrow.Array, i int) []byte {
	scale := from.DataType().(arrow.DecimalType).GetScale()
	digits := unscaled(from, i)
	switch {
	case scale >= 0:
		return pointed(buf, digits, int(scale))
	case digits == "0":
		return append(buf, digits...)
	case scale > -38:
		return append(append(buf, digits...), strings.Repeat("0", int(-scale))...)
	}
	return append(append(append(buf, digits...), 'e'), strconv.Itoa(int(-scale))...)
}

// unscaled returns the digits of a decimal.
func unscaled(from arrow.Array, i int) string {
	switch from := from.(type) {
	case *array.Decimal32:
		return strconv.FormatInt(int64(from.Value(i)), 10)
	case *array.Decimal64:
		return strconv.FormatInt(int64(from.Value(i)), 10)
	case *array.Decimal128:
		if n := from.Value(i); n.HighBits() == int64(n.LowBits())>>63 {
			return strconv.FormatInt(int64(n.LowBits()), 10)
		}
		return from.Value(i).BigInt().String()
	case *array.Decimal256:
		return from.Value(i).BigInt().String()
	}
	return from.ValueStr(i)
}
