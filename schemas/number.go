package schemas

import (
	"encoding/json"
	"math/big"
	"strconv"
	"strings"
)

// decimal is a number's literal taken apart: the value is digits × 10^exponent
// with sign. Digits have no leading and no trailing zeros; zero has none.
type decimal struct {
	negative bool
	digits   string
	exponent int
}

// exponentLimit bounds the exponents that decimals tell apart. It is far
// beyond what any literal of an allowed size can make up for by its digits.
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
			// Out of range, so the literal's sign decides.
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

// Floor returns the greatest integer that is not above the number, exactly:
// no digit of the literal is lost. The literal is that integer where exact is
// true. Where the integer is outside int64, over is -1 (below) or 1 (above)
// and floor has no meaning; exact holds all the same.
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

// CompareNumbers returns -1, 0 or 1 as the number a is below, equal to or
// above b, by their literals' exact values.
func CompareNumbers(a, b *Node) int {
	x, _ := new(big.Rat).SetString(string(bounded(a.Text)))
	y, _ := new(big.Rat).SetString(string(bounded(b.Text)))
	return x.Cmp(y)
}

// The size up to which a number is handed on as it is written. Arithmetic on
// big rationals takes time and memory by the size of the exponent.
const (
	plainLiteral  = 20
	boundedDigits = 400
	// gojsonschema fails on numbers beyond float64 where it compares values.
	boundedExponent = 308
)

// bounded returns a literal that big rationals take at once: the number
// itself where it is of ordinary size, else one of the same sign, beyond every
// integer limit if it was, within float64, and integral if it was.
func bounded(literal string) json.Number {
	if len(literal) <= plainLiteral && !strings.ContainsAny(literal, "eE.") {
		return json.Number(literal)
	}
	d := parseDecimal(literal)
	if cut := len(d.digits) - boundedDigits; cut > 0 {
		// The last digit stands for those cut off, which keeps a fraction one.
		d.digits = d.digits[:boundedDigits-1] + "1"
		d.exponent += cut
	}
	switch whole := len(d.digits) + d.exponent; {
	case d.digits == "":
		return "0"
	case whole > boundedExponent:
		d.digits, d.exponent = "1", boundedExponent
	case whole < -boundedExponent:
		d.digits, d.exponent = "1", -boundedExponent
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
