package datasets

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/itchyny/timefmt-go"
	"gopkg.in/yaml.v3"

	"herbarium/schemas"
)

// Notation is how a field's values are written in its source. The zero value is the
// default notation.
type Notation struct {
	// Format is the strptime format of a date or date-time, such as %d/%m/%Y, or one
	// of EpochFormats for a date-time that is a number; "" is RFC 3339.
	Format string
	// Alternatives are formats that are tried in order where Format does not fit.
	Alternatives []string `json:",omitempty"`
	// Decimal is the decimal mark of numbers; "" is the point.
	Decimal string
	// Thousands is the separator between groups of three digits; "" is none.
	Thousands string
	// Missing are words for a missing value, in addition to those that every source
	// has.
	Missing []string
	// Coerce lets a string field take numbers, booleans, dates and times from a
	// typed source, as JSON would write them. In a date-time field it truncates
	// values to milliseconds.
	Coerce bool
}

// isDefault reports whether n is the zero value.
func (n *Notation) isDefault() bool {
	return n.Format == "" && n.Decimal == "" && n.Thousands == "" && n.Missing == nil && !n.Coerce
}

// notation reads how a field's values are written.
func (d *descriptor) notation(field *Field, parts map[string]entry, at string, known bool) {
	d.format(field, parts, at, known)
	field.Decimal = d.separator(field, parts, at, "decimal", known)
	field.Thousands = d.separator(field, parts, at, "thousands", known)
	decimal := field.Decimal
	if decimal == "" {
		decimal = "."
	}
	if e, ok := parts["thousands"]; ok && field.Thousands == decimal {
		d.fault(e.value, join(at, "thousands"), "%s is the decimal mark already; decimal and thousands must differ", describe(e.value))
	}
	if e, ok := parts["missing"]; ok {
		for _, it := range d.texts(e.value, join(at, "missing")) {
			field.Missing = append(field.Missing, it.text)
		}
	}
	if e, ok := parts["coerce"]; ok {
		field.Coerce = d.boolean(e.value, join(at, "coerce"))
		if known && field.Type != String && field.Type != DateTime {
			d.fault(e.key, join(at, "coerce"), "only a string or date-time field can have coerce, not one of type %s", field.Type)
		}
	}
}

// separator reads the decimal mark or the thousands separator.
func (d *descriptor) separator(field *Field, parts map[string]entry, at, key string, known bool) string {
	e, ok := parts[key]
	if !ok {
		return ""
	}
	at = join(at, key)
	if known && !field.Numeric() {
		d.fault(e.key, at, "only a number or integer field can have %s, not one of type %s", key, field.Type)
	}
	mark, ok := d.text(e.value, at)
	if !ok {
		return ""
	}
	r, size := utf8.DecodeRuneInString(mark)
	if size != len(mark) || size == 0 || unicode.IsDigit(r) || unicode.IsLetter(r) || unicode.IsControl(r) || strings.ContainsRune("+-\"", r) {
		d.fault(e.value, at, "a single character that is not a digit, letter, sign or quote belongs here, not %s", describe(e.value))
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
		d.fault(e.key, at, "only a date or date-time field can have a format, not one of type %s", field.Type)
		return
	}
	formats := []item{{path: at, node: e.value}}
	if e.value.Kind == yaml.SequenceNode {
		if formats = d.texts(e.value, at); len(formats) == 0 && len(e.value.Content) == 0 {
			d.fault(e.value, at, "the list of formats is empty")
		}
	} else if formats[0].text, ok = d.text(e.value, at); !ok {
		return
	}
	for i, it := range formats {
		if known && !validFormat(it.text, field.Type) {
			d.fault(it.node, it.path, "%s; write a strptime format, such as %s%s", formatFault(it.text, it.node, field.Type), sampleFormat(field.Type), epochAdvice(it.text, field.Type))
		}
		if i == 0 {
			field.Format = it.text
		} else {
			field.Alternatives = append(field.Alternatives, it.text)
		}
	}
}

// RFC3339 is the format of the default notation, in a list of formats.
const RFC3339 = "rfc3339"

// epochFormats are the formats of numbers that count from 1970-01-01T00:00:00Z, by
// the power of ten of their unit in milliseconds.
var epochFormats = map[string]int{"epoch_s": 3, "epoch_ms": 0, "epoch_us": -3, "epoch_ns": -6}

// EpochFormat returns the unit of a format of numbers that count from
// 1970-01-01T00:00:00Z, as a power of ten in milliseconds; ok is false for other
// formats.
func EpochFormat(format string) (power int, ok bool) {
	power, ok = epochFormats[format]
	return power, ok
}

// validFormat reports whether values of a type can be read by a format.
func validFormat(format string, t Type) bool {
	if _, ok := EpochFormat(format); ok {
		return t == DateTime
	}
	return format == RFC3339 || strings.Contains(format, "%") && roundTrips(format, t)
}

// epochAdvice names the formats of numbers to whom asks for one.
func epochAdvice(format string, t Type) string {
	switch {
	case t == DateTime && !strings.Contains(format, "%"):
		return ", or epoch_s, epoch_ms, epoch_us, epoch_ns for numbers since 1970" + schemas.DidYouMean(format, []string{"epoch_s", "epoch_ms", "epoch_us", "epoch_ns", RFC3339})
	case strings.HasPrefix(format, "epoch_"):
		return "; a field of type date-time can have " + format
	}
	return ""
}

// roundTrips reports whether a day, or a date-time to the minute, survives being
// written and read in the format.
func roundTrips(format string, t Type) bool {
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

// formatFault says why a format cannot be used.
func formatFault(format string, n *yaml.Node, t Type) string {
	switch {
	case !strings.Contains(format, "%"):
		return describe(n) + " has no directive"
	case t == Date:
		return describe(n) + " does not give year, month and day in a form that can be read"
	default:
		return describe(n) + " does not give year, month, day, hour and minute in a form that can be read"
	}
}

func sampleFormat(t Type) string {
	if t == Date {
		return "%d/%m/%Y"
	}
	return "%d/%m/%Y %H:%M:%S"
}
