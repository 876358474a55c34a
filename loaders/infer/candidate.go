package infer

import (
	"bytes"
	"cmp"
	"math"
	"strconv"
	"time"

	"herbarium/datasets"
	"herbarium/loaders/decode"
)

// candidate is a type that a column may have, with a notation of its values.
// Types are inferred by elimination: a column begins with all candidates that
// its first value fits, and each value drops those that it does not fit.
type candidate struct {
	field  datasets.Field
	parser *decode.Parser
	// meaning distinguishes notations that read one text as different values.
	meaning meaning
	// shown counts the values that show the notation, as 12,5 does and 12 does
	// not.
	shown     int
	low, high limit
}

// meaning is how a text is understood where it could be in several ways.
type meaning uint8

const (
	usual        meaning = iota
	decimalPoint         // 1,234.5
	decimalComma         // 1.234,5
	dayFirst             // 31/12/1999
	monthFirst           // 12/31/1999
	yearFirst            // 1999/12/31
	compact              // 19991231
	monthByName          // 31 Dec 1999
)

// limit is the smallest or the largest value that was seen.
type limit struct {
	order float64
	text  string
}

func (c *candidate) note(order float64, text []byte) {
	if c.low.text == "" || order < c.low.order || order == c.low.order && less(order, string(text), c.low.text) {
		c.low = limit{order, string(text)}
	}
	if c.high.text == "" || order > c.high.order || order == c.high.order && less(order, c.high.text, string(text)) {
		c.high = limit{order, string(text)}
	}
}

// less compares the texts of two values that are the same float64. Only long integers
// can differ.
func less(order float64, a, b string) bool {
	if math.Abs(order) < 1<<53 {
		return false
	}
	m, err := strconv.ParseInt(a, 10, 64)
	n, err2 := strconv.ParseInt(b, 10, 64)
	return err == nil && err2 == nil && m < n
}

// candidates returns all that a column may be whose first value is this, the
// likeliest first.
func candidates(v *decode.Value, first []byte) []*candidate {
	var all []*candidate
	add := func(f datasets.Field, m meaning) {
		f.Location = time.UTC
		c := &candidate{field: f, meaning: m}
		c.parser = decode.NewParser(&c.field)
		all = append(all, c)
	}
	for _, t := range []datasets.Type{datasets.Boolean, datasets.Integer, datasets.Number, datasets.Date, datasets.DateTime} {
		add(datasets.Field{Type: t}, usual)
	}
	// Used only if the one before does not fit: microseconds are cut off.
	add(datasets.Field{Type: datasets.DateTime, Notation: datasets.Notation{Coerce: true}}, usual)
	notation := func(t datasets.Type, decimal, thousands string, m meaning) {
		add(datasets.Field{Type: t, Notation: datasets.Notation{Decimal: decimal, Thousands: thousands}}, m)
	}
	notation(datasets.Number, ",", "", decimalComma)
	for _, mark := range []string{",", " ", "\u00a0", "\u202f", "'", "’"} {
		m := decimalPoint
		if mark != "," {
			m = usual
		}
		notation(datasets.Integer, "", mark, m)
		notation(datasets.Number, "", mark, m)
	}
	notation(datasets.Integer, ",", ".", decimalComma)
	for _, mark := range []string{".", " ", "\u00a0", "\u202f", "'", "’"} {
		notation(datasets.Number, ",", mark, decimalComma)
	}
	if v.Kind == decode.Number || v.Kind == decode.Boolean || rfc3339(all, v) {
		return all
	}
	for _, f := range formats() {
		if !fits(first, f.text) {
			continue
		}
		add(datasets.Field{Type: f.of, Notation: datasets.Notation{Format: f.text}}, f.meaning)
	}
	return all
}

// rfc3339 reports whether a value is a date, or a date and time, that needs no
// format.
func rfc3339(all []*candidate, v *decode.Value) bool {
	for _, a := range all {
		if a.usualNotation() && (a.field.Type == datasets.Date || a.field.Type == datasets.DateTime) {
			if _, ok := a.parser.Rank(v); ok {
				return true
			}
		}
	}
	return false
}

// takes reports whether the value is surely one of the candidate's. It is
// stricter than a load: 007 is a name, not the number 7.
func (c *candidate) takes(v *decode.Value, text []byte) bool {
	switch v.Kind {
	case decode.Number:
		if !c.field.Numeric() {
			return false
		}
	case decode.Boolean:
		if c.field.Type != datasets.Boolean {
			return false
		}
	case decode.String, decode.Instant:
		marked := c.field.Numeric() && (c.field.Decimal != "" || c.field.Thousands != "")
		if marked && v.Kind == decode.String {
			break // 45,571,090 is written for people; 123 in quotes is meant as text
		}
		if c.field.Type != datasets.Date && c.field.Type != datasets.DateTime {
			return false
		}
	case decode.Null, decode.Nested:
		return false
	case decode.Text:
	}
	if !c.sure(text) {
		return false
	}
	order, ok := c.parser.Rank(v)
	if !ok {
		return false
	}
	if c.marks(text) {
		c.shown++
	}
	c.note(order, text)
	return true
}

// marks reports whether the text shows the candidate's own notation.
func (c *candidate) marks(text []byte) bool {
	return c.field.Decimal != "" && bytes.Contains(text, []byte(c.field.Decimal)) ||
		c.field.Thousands != "" && bytes.Contains(text, []byte(c.field.Thousands)) || c.field.Format != ""
}

// sure reports whether the text is written as values of the type are, and not
// as something else that could be read as one.
func (c *candidate) sure(text []byte) bool {
	switch c.field.Type {
	case datasets.Boolean:
		_, _, ok := pairOf(text)
		return ok
	case datasets.Integer:
		return c.field.Thousands == "" && isInteger(text) || c.field.Thousands != "" && groups(text, c.field.Thousands)
	case datasets.Number:
		if mark := c.field.Thousands; mark != "" {
			decimal := cmp.Or(c.field.Decimal, ".")
			whole, _, _ := bytes.Cut(text, []byte(decimal))
			return groups(whole, mark)
		}
		return !zeroFirst(text, "") && keepsDigits(text)
	case datasets.Date, datasets.DateTime:
		return c.field.Format == "" || fits(text, c.field.Format)
	default:
		return true
	}
}

// takesPlain reports whether the candidate takes a plain number with so many
// digits before the point, where that can be said without reading it; known is
// false where it cannot.
func (c *candidate) takesPlain(whole int, integral bool) (takes, known bool) {
	switch {
	case !c.field.Numeric():
		return false, false
	case c.field.Thousands != "" && whole > 3:
		return false, integral
	case integral:
		return true, true
	case c.field.Type == datasets.Integer && c.field.Thousands != ".":
		return false, true
	}
	return true, c.field.Thousands != "." && c.field.Decimal == ""
}
