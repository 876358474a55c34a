package decode

import (
	"bytes"
	"slices"
	"strings"
	"time"

	"herbarium/datasets"
	"herbarium/schemas"
)

// Parser parses the values of one field as their source writes them. It keeps
// memory of its own, so each goroutine has one.
type Parser struct {
	field  *datasets.Field
	words  []string // for a missing value, beside the usual ones
	marked bool     // numbers have the field's own decimal or thousands mark
	// exact says that a text in the usual notation of the field's type is a value:
	// no word for a missing one, and in no enum of which others are not. Texts are
	// looked up.
	exact bool
	utc   bool // instants without an offset are in UTC
	// allowed is the enum of a field that is not text; nil allows any value.
	allowed []int64
	buf     []byte
	// parsed caches texts of the field's format: dates are often repeated.
	parsed map[string]int64
}

// NewParser returns a parser of a field's values.
func NewParser(f *datasets.Field) *Parser {
	p := &Parser{field: f, words: f.Missing, marked: f.Decimal != "" || f.Thousands != "", allowed: f.EnumInts(), utc: f.Location == time.UTC}
	switch f.Type {
	case datasets.String:
		p.exact = true
	case datasets.Number, datasets.Integer, datasets.DateTime:
		p.exact = !p.marked && p.allowed == nil && f.Format == "" && !slices.ContainsFunc(p.words, usual)
	}
	return p
}

// usual reports whether a text may be a number or an instant in the usual notation.
func usual(text string) bool {
	return text != "" && strings.IndexByte("0123456789-.", text[0]) >= 0
}

// Rank returns the value as a number that is in the order of the field's type,
// and whether the field takes the value. The field is not text.
func (p *Parser) Rank(v *Value) (rank float64, ok bool) {
	if p.field.Type == datasets.Number {
		rank, detail := p.number(v)
		return rank, detail == ""
	}
	n, detail := p.int(v)
	return float64(n), detail == ""
}

// Missing reports whether the value means that there is none. A string is
// missing only if it is empty, since "NA" and " " may be meant.
func (p *Parser) Missing(v *Value) bool {
	switch v.Kind {
	case Null:
		return true
	case Text, String:
	default:
		return p.words != nil && p.word(v.Text)
	}
	if p.field.Type == datasets.String {
		// A source with types has null for a missing string.
		return v.Kind == Text && len(v.Text) == 0 || p.words != nil && p.word(v.Text)
	}
	text := trim(v.Text)
	if len(text) == 0 {
		return true
	}
	switch text[0] {
	case 'N', 'n':
		if t := string(text); t == "NA" || t == "NaN" || t == "null" {
			return true
		}
	}
	return p.words != nil && p.word(text)
}

func (p *Parser) word(text []byte) bool {
	return slices.ContainsFunc(p.words, func(w string) bool { return w == string(text) })
}

// trim removes the spaces and tabs around a value that is not text.
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
func (p *Parser) number(v *Value) (number float64, detail string) {
	text, detail := p.digits(v, "a number")
	if detail != "" {
		return 0, detail
	}
	return parseNumber(text, v.Text)
}

// integer reads an integer; detail says why it cannot.
func (p *Parser) integer(v *Value) (n int64, detail string) {
	text, detail := p.digits(v, "an integer")
	if detail != "" {
		return 0, detail
	}
	return parseInteger(text, v.Text)
}

// digits returns a number's text without the field's own marks; detail says why
// the value is not what it should be.
func (p *Parser) digits(v *Value, what string) (text []byte, detail string) {
	switch v.Kind {
	case Boolean, Instant, Nested:
		return nil, v.String() + " is not " + what
	case Number:
		return v.Text, ""
	}
	text = trim(v.Text)
	if !p.marked {
		return text, ""
	}
	plain, ok := p.unmark(text)
	if !ok {
		return nil, Quote(string(v.Text)) + " is not " + what + p.marks()
	}
	return plain, ""
}

// int reads what a column of int64 holds: an integer, a boolean, a day or an
// instant.
func (p *Parser) int(v *Value) (n int64, detail string) {
	n, detail = p.anyInt(v)
	if detail == "" && p.allowed != nil && !slices.Contains(p.allowed, n) {
		return 0, v.String() + " is not allowed; allowed: " + schemas.List(p.field.Enum)
	}
	return n, detail
}

// anyInt does what int does, but does not look at the enum.
func (p *Parser) anyInt(v *Value) (n int64, detail string) {
	switch p.field.Type {
	case datasets.Integer:
		return p.integer(v)
	case datasets.Boolean:
		return p.boolean(v)
	}
	switch v.Kind {
	case Text, String:
	case Instant:
		return p.typedInstant(v)
	case Number:
		if p.field.Format != "" {
			return p.formatted(v.Text, v)
		}
		return 0, v.String() + " is not text, and a " + p.field.Type.String() + " is written as text" + epochAdvice(p.field)
	default:
		return 0, v.String() + " is not text, and a " + p.field.Type.String() + " is written as text"
	}
	return p.instant(v)
}

// boolean reads true and false, yes and no, t and f, 1 and 0, in any case.
func (p *Parser) boolean(v *Value) (n int64, detail string) {
	if v.Kind != Nested {
		switch string(bytes.ToLower(trim(v.Text))) {
		case "true", "yes", "t", "1":
			return 1, ""
		case "false", "no", "f", "0":
			return 0, ""
		}
	}
	return 0, v.String() + " is not true or false, yes or no, t or f, 1 or 0"
}

// text returns the text of a string.
func (p *Parser) text(v *Value) (text []byte, detail string) {
	switch v.Kind {
	case Text, String:
		return v.Text, ""
	case Number, Boolean, Instant:
		if p.field.Coerce {
			return v.Text, ""
		}
		return nil, v.String() + " is not text; coerce: true in the descriptor takes it as text"
	}
	return nil, v.String() + " is not text"
}

// epochAdvice says how a field reads numbers.
func epochAdvice(f *datasets.Field) string {
	if f.Type != datasets.DateTime {
		return ""
	}
	return "; format: epoch_s, epoch_ms, epoch_us or epoch_ns reads numbers since 1970"
}
