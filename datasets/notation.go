package datasets

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/itchyny/timefmt-go"
	"gopkg.in/yaml.v3"
)

// Notation is how a field's values are written in its source, where that is
// not the usual way. The zero value is the usual way.
type Notation struct {
	// Format is how a date or date-time is written, in the directives of
	// strptime, such as %d/%m/%Y; "" is RFC 3339.
	Format string
	// Decimal is the character before a number's fraction; "" is the point.
	Decimal string
	// Thousands is the character between groups of three digits; "" is none.
	Thousands string
	// Missing are the words that stand for no value, beside those that do in
	// every source.
	Missing []string
	// Coerce lets a source that has types of its own give a string field
	// numbers, booleans, dates and times, as they would be written in JSON; of
	// a date and time it cuts off what is finer than a millisecond.
	Coerce bool
}

// usual reports whether nothing is written in another way than the usual one.
func (n *Notation) usual() bool {
	return n.Format == "" && n.Decimal == "" && n.Thousands == "" && n.Missing == nil && !n.Coerce
}

// notation reads how a field's values are written.
func (d *descriptor) notation(field *Field, parts map[string]entry, at string, known bool) {
	d.format(field, parts, at, known)
	field.Decimal = d.numberMark(field, parts, at, "decimal", known)
	field.Thousands = d.numberMark(field, parts, at, "thousands", known)
	decimal := field.Decimal
	if decimal == "" {
		decimal = "."
	}
	if e, ok := parts["thousands"]; ok && field.Thousands == decimal {
		d.fault(e.value, join(at, "thousands"), "%s stands before the fraction already; name the one with decimal, the other with thousands", describe(e.value))
	}
	if e, ok := parts["missing"]; ok {
		for _, it := range d.texts(e.value, join(at, "missing")) {
			field.Missing = append(field.Missing, it.text)
		}
	}
	if e, ok := parts["coerce"]; ok {
		field.Coerce = d.boolean(e.value, join(at, "coerce"))
		if known && field.Type != String && field.Type != DateTime {
			d.fault(e.key, join(at, "coerce"), "only a string says whether it takes other types, and a date-time whether it cuts off what is finer than a millisecond, not a field of type %s", field.Type)
		}
	}
}

// numberMark reads a character that stands in numbers.
func (d *descriptor) numberMark(field *Field, parts map[string]entry, at, key string, known bool) string {
	e, ok := parts[key]
	if !ok {
		return ""
	}
	at = join(at, key)
	if known && !field.Numeric() {
		d.fault(e.key, at, "only a number or integer field has %s, not one of type %s", key, field.Type)
	}
	mark, ok := d.text(e.value, at)
	if !ok {
		return ""
	}
	r, size := utf8.DecodeRuneInString(mark)
	if size != len(mark) || size == 0 || unicode.IsDigit(r) || unicode.IsLetter(r) || unicode.IsControl(r) || strings.ContainsRune("+-\"", r) {
		d.fault(e.value, at, "one character belongs here that is no digit, letter, sign or quote, not %s", describe(e.value))
		return ""
	}
	return mark
}

func (d *descriptor) format(field *Field, parts map[string]entry, at string, known bool) {
	e, ok := parts["format"]
	if !ok {
		return
	}
	at = join(at, "format")
	if known && field.Type != Date && field.Type != DateTime {
		d.fault(e.key, at, "only a date or date-time field has a format, not one of type %s", field.Type)
		return
	}
	format, ok := d.text(e.value, at)
	if !ok || !known {
		return
	}
	field.Format = format
	if !names(format, field.Type) {
		d.fault(e.value, at, "%s; write directives of strptime, such as %s", lacks(format, e.value), sampleFormat(field.Type))
	}
}

// names reports whether what the format writes names a day, or an instant to
// the minute, such that reading it gives it back.
func names(format string, t Type) bool {
	sample := time.Date(2019, 11, 23, 20, 21, 0, 0, time.UTC)
	read, err := timefmt.Parse(timefmt.Format(sample, format), format)
	if err != nil {
		return false
	}
	if t == Date {
		return read.UTC().Format(time.DateOnly) == sample.Format(time.DateOnly)
	}
	return read.Equal(sample)
}

// lacks says why a format cannot be used.
func lacks(format string, n *yaml.Node) string {
	if strings.Contains(format, "%") {
		return describe(n) + " does not say what can be read back, all of a day and of its time where there is one"
	}
	return describe(n) + " has no directive"
}

func sampleFormat(t Type) string {
	if t == Date {
		return "%d/%m/%Y"
	}
	return "%d/%m/%Y %H:%M:%S"
}

// rows reads where the rows of a JSON document are.
func (d *descriptor) rows() {
	e, ok := d.entries["rows"]
	if !ok {
		return
	}
	pointer, ok := d.text(e.value, "rows")
	if ok && !ValidRows(pointer) {
		d.fault(e.value, "rows", "a JSON pointer belongs here, such as /features, not %s", describe(e.value))
		return
	}
	d.ds.Rows = pointer
}

// ValidRows reports whether the text is a JSON pointer (RFC 6901) to something
// within a document: parts that begin with a slash, in which ~ is written ~0
// and a slash ~1.
func ValidRows(pointer string) bool {
	if !strings.HasPrefix(pointer, "/") {
		return false
	}
	for i := range len(pointer) {
		if pointer[i] == '~' && (i+1 == len(pointer) || pointer[i+1] != '0' && pointer[i+1] != '1') {
			return false
		}
	}
	return true
}
