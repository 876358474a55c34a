package decode

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/schemas"
)

// Column is one field of the rows that a Checker gathers.
type Column struct {
	Field *datasets.Field
	// Vector takes the values; those of texts are codes, as Code gives them.
	Vector *engine.Vector

	index   int    // of the field
	batch   *Batch // being filled
	needed  string // why no row may miss the value; "" where rows may
	set     int64  // the row that has set it, or whose lack of it was faulted
	seen    bool   // a row of the part has the column
	parser  *Parser
	codes   map[string]uint32
	entries []string // of the dictionary
	cache   *[1 << textCacheBits]cachedText
}

// TakesAny reports whether the column takes every value of its field's type as
// it is. Otherwise values are to be checked one by one.
func (col *Column) TakesAny() bool { return col.Field.Missing == nil && col.parser.allowed == nil }

// SetNull makes row i have no value.
func (col *Column) SetNull(i int) { col.batch.SetNull(col.index, i) }

// code returns the dictionary's code of a text; detail says why the field does
// not take the text. A text is checked once, when it enters the dictionary.
func (col *Column) code(text []byte) (code uint32, detail string) {
	if code, ok := col.codes[string(text)]; ok {
		return code, ""
	}
	return col.newCode(string(text))
}

// CodeOf does what code does, for a text that is a string.
func (col *Column) CodeOf(text string) (code uint32, detail string) {
	if code, ok := col.codes[text]; ok {
		return code, ""
	}
	return col.newCode(strings.Clone(text))
}

// newCode adds a text to the dictionary.
func (col *Column) newCode(text string) (code uint32, detail string) {
	if !utf8.ValidString(text) {
		return 0, Quote(text) + " is not valid UTF-8"
	}
	if enum := col.Field.Enum; enum != nil && !slices.Contains(enum, text) {
		return 0, fmt.Sprintf("%s is not allowed%s; allowed: %s", Quote(text), schemas.DidYouMean(text, enum), schemas.List(enum))
	}
	if col.codes == nil {
		col.codes = map[string]uint32{}
	}
	code = uint32(len(col.entries))
	col.entries = append(col.entries, text)
	col.codes[text] = code
	return code, ""
}

// put gives row i of the batch a value; detail says why the field does not take
// it.
func (col *Column) put(i int, v *Value) (detail string) {
	switch col.Field.Type {
	case datasets.Number:
		col.Vector.Floats[i], detail = col.parser.number(v)
	case datasets.String:
		var text []byte
		if text, detail = col.parser.text(v); detail == "" {
			col.Vector.Codes[i], detail = col.code(text)
		}
	default:
		col.Vector.Ints[i], detail = col.parser.int(v)
	}
	return detail
}

// Needed says why no row may miss a field's value; "" where rows may.
func Needed(ds *datasets.Dataset, field int) string {
	switch {
	case ds.Fields[field].Required:
		return "the value is missing, and the field requires one"
	case slices.Contains(ds.Key, field):
		return "the value is missing, and the field is part of the key"
	}
	return ""
}
