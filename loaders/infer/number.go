package infer

import (
	"bytes"
	"math"
	"strconv"
)

// unsigned drops the sign of a number.
func unsigned(text []byte) []byte {
	if len(text) > 0 && (text[0] == '-' || text[0] == '+') {
		return text[1:]
	}
	return text
}

// isInteger reports whether the text is made of digits, behind a sign perhaps,
// without a zero in front.
func isInteger(text []byte) bool {
	digits := unsigned(text)
	return len(digits) > 0 && (digits[0] != '0' || len(digits) == 1) && allDigits(digits)
}

func allDigits(text []byte) bool {
	for _, b := range text {
		if b < '0' || b > '9' {
			return false
		}
	}
	return true
}

// groups reports whether the text is an integer with marks between its groups
// of digits, or one too small to need them. Where 12345 stands beside 1,234,
// the mark is something else.
func groups(text []byte, mark string) bool {
	text = unsigned(text)
	if !bytes.Contains(text, []byte(mark)) {
		return len(text) == 0 || isInteger(text) && len(text) <= 3
	}
	return !zeroFirst(text, mark)
}

// zeroFirst reports whether a zero stands before another digit, or before a
// mark between groups: so are codes written, not numbers.
func zeroFirst(text []byte, thousands string) bool {
	text = unsigned(text)
	if len(text) < 2 || text[0] != '0' {
		return false
	}
	return text[1] >= '0' && text[1] <= '9' || thousands != "" && bytes.HasPrefix(text[1:], []byte(thousands))
}

// exactDigits is how many digits a float64 holds, whatever they are.
const exactDigits = 15

// keepsDigits reports whether a float64 keeps an integer as it is written. A
// long one is a name more often than a measurement.
func keepsDigits(text []byte) bool {
	if len(text) <= exactDigits || !isInteger(text) {
		return true
	}
	n, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil {
		return false
	}
	f := float64(n)
	return math.Abs(f) < 1<<63 && int64(f) == n
}

// plainNumber reads a number of up to 15 digits and no exponent, which every
// candidate takes that writes fractions with a point.
func plainNumber(text []byte) (number float64, whole int, integral, ok bool) {
	if len(text) == 0 || len(text) > exactDigits || zeroFirst(text, "") || text[0] == '+' {
		return 0, 0, false, false
	}
	digits, points := 0, 0
	for _, b := range unsigned(text) {
		switch {
		case '0' <= b && b <= '9':
			digits++
		case b == '.':
			whole = digits
			points++
		default:
			return 0, 0, false, false
		}
	}
	if digits == 0 || points > 1 {
		return 0, 0, false, false
	}
	if points == 0 {
		whole = digits
	}
	number, err := strconv.ParseFloat(string(text), 64)
	return number, whole, points == 0, err == nil
}
