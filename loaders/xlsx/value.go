package xlsx

import (
	"bytes"
	"strconv"

	"herbarium/loaders/decode"
	"herbarium/schemas"
)

var trueText, falseText = []byte("true"), []byte("false")

// values makes values of cells.
type values struct {
	formats []numberFormat
	epoch   epoch
	buf     []byte
}

// of returns the value of a cell of a row. short says that a day is to be written
// without its midnight. The text of an error is in the value too, beside its fault.
func (v *values) of(r *rows, c *cell, short bool) decode.Value {
	text := r.textOf(c)
	value := decode.Value{Kind: decode.Text, Text: text, Line: r.row, Column: c.column, Fault: c.fault}
	switch c.kind {
	case numberCell:
		v.number(&value, c, bytes.TrimSpace(text), short)
	case booleanCell:
		value.Kind, value.Text = decode.Boolean, falseText
		if t := string(bytes.TrimSpace(text)); t == "1" || t == "true" {
			value.Text = trueText
		}
	case errorCell:
		if value.Kind = decode.Nested; c.fault == "" {
			value.Fault = "the cell has the error " + schemas.Clip(string(text)) + "; missing: [" + strconv.Quote(string(text)) + "] in the descriptor reads no value there"
		}
	case isoCell:
		v.iso(&value, text, short)
	}
	return value
}

// number gives a value what a number means by its format.
func (v *values) number(value *decode.Value, c *cell, text []byte, short bool) {
	format := plainFormat
	if c.style >= 0 && c.style < len(v.formats) {
		format = v.formats[c.style]
	}
	value.Kind = decode.Number
	if format == plainFormat {
		v.buf = number(v.buf[:0], text)
		if value.Text = v.buf; value.Fault == "" && !decode.IsDecimal(text) {
			value.Fault = decode.Quote(string(text)) + " is not a number, and the cell says that it is one"
		}
		return
	}
	serial, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		value.Fault = decode.Quote(string(text)) + " is not a number, and the cell says that it is one"
		return
	}
	switch format {
	case elapsedFormat:
		v.buf = seconds(v.buf[:0], serial)
		value.Text = v.buf
		return
	case clockFormat:
		if text, ok := clock(v.buf[:0], serial); ok {
			v.buf = text
			value.Kind, value.Text = decode.String, text
			return
		}
	}
	instant, day, ok := v.epoch.instant(v.buf[:0], serial)
	if v.buf = instant; !ok {
		value.Fault = "the number " + string(text) + " has the format of a date, and is beyond the days that a sheet can have"
		return
	}
	value.Kind, value.Text = decode.Instant, instant
	if short && day && format == dateFormat {
		value.Text = instant[:len("1900-01-01")]
	}
}

// iso gives a value a date, a date and time, or a time of day.
func (v *values) iso(value *decode.Value, text []byte, short bool) {
	switch {
	case bytes.IndexByte(text, '-') <= 0:
		value.Kind = decode.String
	case bytes.IndexByte(text, 'T') < 0 && !short:
		v.buf = append(append(v.buf[:0], text...), "T00:00:00"...)
		value.Kind, value.Text = decode.Instant, v.buf
	default:
		value.Kind = decode.Instant
	}
}

// shows reports what a cell's format says of its values.
func (v *values) shows(c *cell) numberFormat {
	if c.kind == numberCell && c.style >= 0 && c.style < len(v.formats) {
		return v.formats[c.style]
	}
	return plainFormat
}
