package infer

import (
	"slices"
	"strings"
)

// units are the units that headers name, and currencies. Prefixes of the SI
// are understood before those of symbols.
const (
	symbols = "m g s A K mol cd Hz N Pa J W C V F Ω T lm lx Bq Gy Sv L l bar eV t Wh b B bit byte dB cal pt px"
	others  = "h hr hrs min yr yrs ha rad sr ° °C °F ℃ ℉ deg degC degF C F % ‰ ppm ppb ppt in ft yd mi nmi mph kn kt kts oz lb lbs st psi " +
		"atm mmHg inHg bpm rpm hp gal qt pH dBA DU IU PSU USD EUR GBP JPY CHF CNY SEK NOK DKK INR BRL CAD AUD $ € £ ¥ US$ " +
		"second seconds sec secs minute minutes mins hour hours day days week weeks month months year years meter meters metre metres " +
		"kilometer kilometers kilometre kilometres centimeter centimeters centimetre centimetres millimeter millimeters millimetre millimetres " +
		"mile miles foot feet inch inches yard yards gram grams kilogram kilograms kgs tonne tonnes ton tons pound pounds ounce ounces " +
		"liter liters litre litres gallon gallons degree degrees celsius fahrenheit kelvin percent pct percentage dollar dollars euro euros " +
		"carat carats ct knot knots volt volts watt watts ampere amperes amps hertz joule joules calorie calories acre acres hectare hectares mcg"
	prefixes = "Y Z E P T G M k h da d c m µ μ u n p f a"
)

// unitOf splits a header that ends in a unit, as mass (g) and speed [m/s] do.
func unitOf(header string) (name, unit string, ok bool) {
	trimmed := strings.TrimSpace(header)
	for _, brackets := range []string{"()", "[]"} {
		rest, closed := strings.CutSuffix(trimmed, brackets[1:])
		open := strings.LastIndexByte(rest, brackets[0])
		if !closed || open <= 0 {
			continue
		}
		name, unit = strings.TrimSpace(rest[:open]), strings.TrimSpace(rest[open+1:])
		return name, unit, name != "" && IsUnit(unit)
	}
	return header, "", false
}

// IsUnit reports whether a text is made of units, with signs and powers
// between them.
func IsUnit(text string) bool {
	if len(text) > 32 {
		return false
	}
	parts := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("/·*× .", r) })
	named := false
	for _, part := range parts {
		part = strings.TrimRight(part, "0123456789^-⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
		if part == "" || part == "per" {
			continue // a power, or a factor such as the thousand of 1000 km
		}
		if !isSymbol(part) {
			return false
		}
		named = true
	}
	return named
}

func isSymbol(text string) bool {
	switch text {
	case "A", "B", "b", "d", "t", "y":
		return false // a label of a class or a group as likely
	}
	bases := strings.Fields(symbols)
	if slices.Contains(bases, text) || slices.Contains(strings.Fields(others), text) || slices.Contains(strings.Fields(others), strings.ToLower(text)) {
		return true
	}
	for prefix := range strings.FieldsSeq(prefixes) {
		if rest, ok := strings.CutPrefix(text, prefix); ok && slices.Contains(bases, rest) {
			return true
		}
	}
	return false
}
