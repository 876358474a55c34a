package loaders

import (
	"bytes"
	"fmt"
	"slices"
	"unicode/utf8"

	"herbarium/datasets"
	"herbarium/loaders/infer"
	"herbarium/schemas"
)

// reading reads one field's values as its source writes them. It keeps
// memory of its own, so each goroutine has one.
type reading struct {
	field  *datasets.Field
	words  []string // that stand for no value, beside the usual ones
	marked bool     // numbers are written in the field's own way
	// allowed is the enum of what is no text; nil allows any.
	allowed []int64
	buf     []byte
	// instants remembers what texts of a format mean: dates come again.
	instants map[string]int64
}

func newReading(f *datasets.Field) reading {
	return reading{field: f, words: f.Missing, marked: f.Decimal != "" || f.Thousands != "", allowed: f.EnumInts()}
}

// missing reports whether the source gives no value. Text itself is missing
// only where it is empty, since "NA" and " " may be meant.
func (r *reading) missing(v *value) bool {
	switch v.kind {
	case infer.Null:
		return true
	case infer.Text, infer.String:
	default:
		return r.words != nil && r.word(v.text)
	}
	if r.field.Type == datasets.String {
		// A source that has types says null where it means it.
		return v.kind == infer.Text && len(v.text) == 0 || r.words != nil && r.word(v.text)
	}
	text := trim(v.text)
	if len(text) == 0 {
		return true
	}
	switch text[0] {
	case 'N', 'n':
		if t := string(text); t == "NA" || t == "NaN" || t == "null" {
			return true
		}
	}
	return r.words != nil && r.word(text)
}

func (r *reading) word(text []byte) bool {
	return slices.ContainsFunc(r.words, func(w string) bool { return w == string(text) })
}

// trim drops the spaces and tabs around a value that is no text.
func trim(text []byte) []byte {
	for len(text) > 0 && (text[0] == ' ' || text[0] == '\t') {
		text = text[1:]
	}
	for n := len(text); n > 0 && (text[n-1] == ' ' || text[n-1] == '\t'); n-- {
		text = text[:n-1]
	}
	return text
}

// number reads a number; detail says why it cannot.
func (r *reading) number(v *value) (number float64, detail string) {
	text, detail := r.figure(v, "a number")
	if detail != "" {
		return 0, detail
	}
	return parseNumber(text, v.text)
}

// integer reads an integer; detail says why it cannot.
func (r *reading) integer(v *value) (n int64, detail string) {
	text, detail := r.figure(v, "an integer")
	if detail != "" {
		return 0, detail
	}
	return parseInteger(text, v.text)
}

// figure returns a number's text without the field's own marks; detail says
// why the value is not what it is to be.
func (r *reading) figure(v *value, what string) (text []byte, detail string) {
	switch v.kind {
	case infer.Boolean, infer.Instant, infer.Nested:
		return nil, shown(v) + " is not " + what
	case infer.Number:
		return v.text, ""
	}
	text = trim(v.text)
	if !r.marked {
		return text, ""
	}
	plain, ok := r.unmark(text)
	if !ok {
		return nil, quote(string(v.text)) + " is not " + what + r.marks()
	}
	return plain, ""
}

// int reads what a column of int64 holds: an integer, a boolean, a day or an
// instant.
func (r *reading) int(v *value) (n int64, detail string) {
	n, detail = r.anyInt(v)
	if detail == "" && r.allowed != nil && !slices.Contains(r.allowed, n) {
		return 0, shown(v) + " is not allowed; allowed: " + schemas.List(r.field.Enum)
	}
	return n, detail
}

// anyInt is int for fields that allow any value.
func (r *reading) anyInt(v *value) (n int64, detail string) {
	switch r.field.Type {
	case datasets.Integer:
		return r.integer(v)
	case datasets.Boolean:
		return r.boolean(v)
	}
	switch v.kind {
	case infer.Text, infer.String:
	case infer.Instant:
		return r.typedInstant(v)
	default:
		return 0, shown(v) + " is no text, and a " + r.field.Type.String() + " is written as text"
	}
	return r.instant(v)
}

// boolean reads true and false, yes and no, t and f, 1 and 0, in any case.
func (r *reading) boolean(v *value) (n int64, detail string) {
	if v.kind != infer.Nested {
		switch string(bytes.ToLower(trim(v.text))) {
		case "true", "yes", "t", "1":
			return 1, ""
		case "false", "no", "f", "0":
			return 0, ""
		}
	}
	return 0, shown(v) + " is not true or false, yes or no, t or f, 1 or 0"
}

// text returns the text of a string.
func (r *reading) text(v *value) (text []byte, detail string) {
	switch v.kind {
	case infer.Text, infer.String:
		return v.text, ""
	case infer.Number, infer.Boolean, infer.Instant:
		if r.field.Coerce {
			return v.text, ""
		}
		return nil, shown(v) + " is no text; coerce: true in the descriptor takes it as text"
	}
	return nil, shown(v) + " is no text"
}

// shown says what a value is, for a message.
func shown(v *value) string {
	switch v.kind {
	case infer.Number:
		return "the number " + string(v.text)
	case infer.Boolean, infer.Instant:
		return string(v.text)
	case infer.Nested:
		return string(v.text) // what it is, in words
	}
	return quote(string(v.text))
}

// code returns the dictionary's code of a text. A text is checked once, when
// it enters the dictionary.
func (col *column) code(text []byte) (code uint32, detail string) {
	if code, ok := col.codes[string(text)]; ok {
		return code, ""
	}
	s := string(text)
	if !utf8.ValidString(s) {
		return 0, quote(s) + " is not valid UTF-8"
	}
	if col.field.Enum != nil && !slices.Contains(col.field.Enum, s) {
		return 0, fmt.Sprintf("%s is not allowed%s; allowed: %s", quote(s), schemas.DidYouMean(s, col.field.Enum), schemas.List(col.field.Enum))
	}
	if col.codes == nil {
		col.codes = map[string]uint32{}
	}
	code = uint32(len(col.dict))
	col.dict = append(col.dict, s)
	col.codes[s] = code
	return code, ""
}
