package schemas

import (
	"encoding/json"
	"math/big"
	"strconv"
	"strings"
)

// decimal is a parsed number literal: ±digits × 10^exponent. digits has no
// leading and no trailing zeros; it is empty for zero.
type decimal struct {
	negative bool
	digits   string
	exponent int
}

// exponentLimit is the largest magnitude of an exponent; larger ones are clamped
// to it. No literal of an allowed size has enough digits to compensate for it.
const exponentLimit = 1 << 40

func parseDecimal(literal string) decimal {
	var d decimal
	if literal[0] == '-' {
		d.negative = true
		literal = literal[1:]
	}
	if i := strings.IndexAny(literal, "eE"); i >= 0 {
		e, err := strconv.ParseInt(literal[i+1:], 10, 64)
		if err != nil || e > exponentLimit || e < -exponentLimit {
			// Out of range: clamp.
			if e = exponentLimit; literal[i+1] == '-' {
				e = -exponentLimit
			}
		}
		d.exponent = int(e)
		literal = literal[:i]
	}
	if i := strings.IndexByte(literal, '.'); i >= 0 {
		d.exponent -= len(literal) - i - 1
		literal = literal[:i] + literal[i+1:]
	}
	d.digits = strings.TrimLeft(literal, "0")
	trimmed := strings.TrimRight(d.digits, "0")
	d.exponent += len(d.digits) - len(trimmed)
	if d.digits = trimmed; d.digits == "" {
		d.exponent = 0
	}
	return d
}

// Floor returns the greatest integer that is not above the number, computed from
// all digits of the literal. exact reports whether the number is an integer. If
// the result is outside int64, over is -1 (below) or 1 (above) and floor is
// undefined; exact is valid in any case.
func (n *Node) Floor() (floor int64, exact bool, over int) {
	d := parseDecimal(n.Text)
	if d.digits == "" {
		return 0, true, 0
	}
	// whole is the number of digits before the decimal point.
	whole := len(d.digits) + d.exponent
	exact = d.exponent >= 0
	sign := 1
	if d.negative {
		sign = -1
	}
	if whole > 19 {
		return 0, exact, sign
	}
	var u uint64
	if whole > 0 {
		text := d.digits
		if exact {
			text += strings.Repeat("0", d.exponent)
		}
		// At most 19 digits, which a uint64 holds.
		u, _ = strconv.ParseUint(text[:whole], 10, 64)
	}
	if !d.negative {
		if u > 1<<63-1 {
			return 0, exact, 1
		}
		return int64(u), exact, 0
	}
	if !exact {
		u++
	}
	if u > 1<<63 {
		return 0, exact, -1
	}
	return -int64(u), exact, 0
}

// CompareNumbers compares the exact values of two number literals. It returns -1
// if a < b, 0 if they are equal and 1 if a > b.
func CompareNumbers(a, b *Node) int {
	x, _ := new(big.Rat).SetString(string(bounded(a.Text)))
	y, _ := new(big.Rat).SetString(string(bounded(b.Text)))
	return x.Cmp(y)
}

// The limits of the numbers that gojsonschema gets. It computes with big
// rationals, whose time and memory grow with the exponent.
const (
	maxPlainLiteral = 20
	maxDigits       = 400
	// gojsonschema panics on numbers beyond float64 when it compares values.
	maxExponent = 308
)

// bounded returns a literal of bounded size for gojsonschema: the number itself
// if it is short, else one with the same sign that is within float64. The result
// is an integer if the number is, and beyond every limit of integers if the
// number is.
func bounded(literal string) json.Number {
	if len(literal) <= maxPlainLiteral && !strings.ContainsAny(literal, "eE.") {
		return json.Number(literal)
	}
	d := parseDecimal(literal)
	if cut := len(d.digits) - maxDigits; cut > 0 {
		// The last digit replaces those that are cut off, so a fraction stays one.
		d.digits = d.digits[:maxDigits-1] + "1"
		d.exponent += cut
	}
	switch whole := len(d.digits) + d.exponent; {
	case d.digits == "":
		return "0"
	case whole > maxExponent:
		d.digits, d.exponent = "1", maxExponent
	case whole < -maxExponent:
		d.digits, d.exponent = "1", -maxExponent
	}
	text := d.digits
	if d.exponent != 0 {
		text += "e" + strconv.Itoa(d.exponent)
	}
	if d.negative {
		text = "-" + text
	}
	return json.Number(text)
}
