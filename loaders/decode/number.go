package decode

import (
	"bytes"
	"math"
	"strconv"
	"strings"

	"herbarium/datasets"
	"herbarium/schemas"
)

// parseNumber parses a decimal number as in JSON, and also .5, 5. and +5. If it
// cannot, detail says why, and quotes the text as it was written. The number is
// finite.
func parseNumber(text, written []byte) (number float64, detail string) {
	if f, ok := shortNumber(text); ok {
		return f, ""
	}
	if !IsDecimal(text) {
		switch strings.ToLower(strings.TrimLeft(string(text), "+-")) {
		case "inf", "infinity", "nan":
			return 0, Quote(string(written)) + " is not a finite number; missing: [" + strconv.Quote(string(text)) + "] in the descriptor reads no value there"
		}
		return 0, Quote(string(written)) + " is not a number"
	}
	number, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		return 0, Quote(string(written)) + " is beyond the range of a float64"
	}
	return number, ""
}

// tens are the powers of ten that a float64 holds exactly, as far as
// shortNumber needs them.
var tens = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15}

// shortNumber parses a number of up to 15 digits without an exponent, by
// Clinger's fast path: digits and power of ten are exact, so their quotient is
// rounded once, as it must be (Clinger, "How to Read Floating Point Numbers
// Accurately").
func shortNumber(text []byte) (number float64, ok bool) {
	i, negative := 0, false
	if len(text) > 0 && (text[0] == '-' || text[0] == '+') {
		i, negative = 1, text[0] == '-'
	}
	if len(text)-i > 16 {
		return 0, false
	}
	var mantissa int64
	digits, fraction := 0, -1
	for ; i < len(text); i++ {
		if d := text[i] - '0'; d <= 9 {
			mantissa = mantissa*10 + int64(d)
			digits++
		} else if text[i] == '.' && fraction < 0 {
			fraction = digits
		} else {
			return 0, false
		}
	}
	if digits == 0 || digits > 15 {
		return 0, false
	}
	number = float64(mantissa)
	if fraction >= 0 {
		number /= tens[digits-fraction]
	}
	if negative {
		number = math.Copysign(number, -1)
	}
	return number, true
}

// IsDecimal reports whether text is a decimal number. It refuses what strconv
// reads besides: hexadecimal, underscores and infinities.
func IsDecimal(text []byte) bool {
	i, digits := 0, 0
	if i < len(text) && (text[i] == '-' || text[i] == '+') {
		i++
	}
	for dot := false; i < len(text); i++ {
		switch c := text[i]; {
		case '0' <= c && c <= '9':
			digits++
			continue
		case c == '.' && !dot:
			dot = true
			continue
		}
		break
	}
	return digits > 0 && exponent(text[i:])
}

// exponent reports whether text is empty or an exponent such as e+21.
func exponent(text []byte) bool {
	if len(text) == 0 {
		return true
	}
	if text[0] != 'e' && text[0] != 'E' {
		return false
	}
	if text = text[1:]; len(text) > 0 && (text[0] == '-' || text[0] == '+') {
		text = text[1:]
	}
	return len(text) > 0 && len(bytes.Trim(text, "0123456789")) == 0
}

// parseInteger parses an integer exactly, also if it is written as 5.0 or 1e2,
// as programs write integers that went through a float.
func parseInteger(text, written []byte) (n int64, detail string) {
	if n, ok := shortInteger(text); ok {
		return n, ""
	}
	n, err := strconv.ParseInt(string(text), 10, 64)
	if err == nil {
		return n, ""
	}
	if !IsDecimal(text) {
		return 0, Quote(string(written)) + " is not an integer"
	}
	node := schemas.Node{Kind: schemas.Number, Text: string(bytes.TrimPrefix(text, []byte("+")))}
	n, exact, over := node.Floor()
	switch {
	case !exact:
		return 0, Quote(string(written)) + " is not an integer"
	case over != 0:
		return 0, Quote(string(written)) + " is beyond the range of an int64"
	}
	return n, ""
}

// shortInteger reads an integer of up to 18 digits.
func shortInteger(text []byte) (n int64, ok bool) {
	i, negative := 0, false
	if len(text) > 0 && (text[0] == '-' || text[0] == '+') {
		i, negative = 1, text[0] == '-'
	}
	if i == len(text) || len(text)-i > 18 {
		return 0, false
	}
	for ; i < len(text); i++ {
		d := text[i] - '0'
		if d > 9 {
			return 0, false
		}
		n = n*10 + int64(d)
	}
	if negative {
		n = -n
	}
	return n, true
}

// unmark rewrites a number that has the field's own decimal and thousands marks
// in the usual notation. Groups must have three digits; otherwise a mark is
// misplaced and the number is ambiguous.
func (p *Parser) unmark(text []byte) (plain []byte, ok bool) {
	mark := p.field.Decimal
	if mark == "" {
		mark = "."
	}
	whole, fraction, pointed := bytes.Cut(text, []byte(mark))
	if mark != "." && bytes.IndexByte(text, '.') >= 0 && p.field.Thousands != "." {
		return nil, false
	}
	p.buf = p.buf[:0]
	if sep := p.field.Thousands; sep != "" && bytes.Contains(whole, []byte(sep)) {
		if whole, ok = ungroup(p.buf, whole, sep); !ok {
			return nil, false
		}
		p.buf = whole
	} else {
		p.buf = append(p.buf, whole...)
	}
	if pointed {
		if bytes.IndexByte(fraction, '.') >= 0 {
			return nil, false
		}
		p.buf = append(append(p.buf, '.'), fraction...)
	}
	return p.buf, true
}

// ungroup removes the marks between groups of three digits.
func ungroup(dst, whole []byte, sep string) ([]byte, bool) {
	if len(whole) > 0 && (whole[0] == '-' || whole[0] == '+') {
		dst, whole = append(dst, whole[0]), whole[1:]
	}
	for first := true; ; first = false {
		group, rest, more := bytes.Cut(whole, []byte(sep))
		if len(group) > 3 || len(group) == 0 || !first && len(group) != 3 || len(bytes.Trim(group, "0123456789")) > 0 {
			return nil, false
		}
		if dst = append(dst, group...); !more {
			return dst, true
		}
		whole = rest
	}
}

// marks says how the field's numbers are written.
func (p *Parser) marks() string {
	fraction := ".5"
	switch {
	case p.field.Type == datasets.Integer:
		fraction = ""
	case p.field.Decimal != "":
		fraction = p.field.Decimal + "5"
	}
	return " written as 1" + p.field.Thousands + "234" + fraction
}
