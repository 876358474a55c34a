package datasets

import (
	"math"
	"strconv"
)

// AppendFloat writes a finite number as ECMAScript's Number::toString does
// (ECMA-262, 6.1.6.1.20), except that negative zero keeps its sign: 5, 5.1,
// 1e+21, 1e-7, -0.
func AppendFloat(dst []byte, f float64) []byte {
	if dst, ok := appendShort(dst, f); ok {
		return dst
	}
	if abs := math.Abs(f); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		dst = strconv.AppendFloat(dst, f, 'e', -1, 64)
		// strconv pads the exponent to two digits, ECMAScript does not.
		if n := len(dst); dst[n-4] == 'e' && dst[n-2] == '0' {
			dst[n-2] = dst[n-1]
			dst = dst[:n-1]
		}
		return dst
	}
	return strconv.AppendFloat(dst, f, 'f', -1, 64)
}

// appendShort writes a number that has at most three decimals and fifteen
// digits, as most measurements have, several times faster than strconv does.
//
// Where f×10^k is an integer m that divided by 10^k gives f again, m×10^-k is
// f's shortest decimal, but for zeros at its end: a division of such integers
// is rounded once, and no two decimals of up to fifteen digits are read as one
// float64.
func appendShort(dst []byte, f float64) ([]byte, bool) {
	const most = 1e15
	scale := 1.0
	for k := range 4 {
		m := f * scale
		if m >= most || m <= -most {
			return dst, false
		}
		if i := int64(m); float64(i) == m && m/scale == f && (m != 0 || !math.Signbit(f)) {
			return appendDecimal(dst, i, k), true
		}
		scale *= 10
	}
	return dst, false
}

// appendDecimal writes i×10^-k, k being at most 3, without zeros at its end.
func appendDecimal(dst []byte, i int64, k int) []byte {
	for ; k > 0 && i%10 == 0; k-- {
		i /= 10
	}
	if i < 0 {
		dst = append(dst, '-')
		i = -i
	}
	unit := [...]int64{1, 10, 100, 1000}[k]
	dst = strconv.AppendInt(dst, i/unit, 10)
	if k == 0 {
		return dst
	}
	rest := i % unit
	dst = append(dst, '.')
	for unit /= 10; unit > 0; unit /= 10 {
		dst = append(dst, byte('0'+rest/unit%10))
	}
	return dst
}
