package decode

import (
	"bytes"
	"fmt"
	"strconv"

	"herbarium/datasets"
	"herbarium/schemas"
)

// epoch reads a number that counts from 1970-01-01T00:00:00Z in a unit of ten to
// the power, in milliseconds. The number is scaled as it is written, so that no
// digit is lost.
func (p *Parser) epoch(text []byte, v *Value, power int) (n int64, detail string) {
	if v.Kind != Number && v.Kind != Text && v.Kind != String || !IsDecimal(text) {
		return 0, v.String() + " is not a number, as " + p.field.Format + " says"
	}
	mantissa, exponent, found := bytes.Cut(bytes.ToLower(bytes.TrimPrefix(text, []byte("+"))), []byte("e"))
	if found {
		written, err := strconv.Atoi(string(exponent))
		if err != nil || written > 400 || written < -400 {
			return 0, v.String() + " is outside the years 0000 to 9999 of UTC"
		}
		power += written
	}
	scaled := schemas.Node{Kind: schemas.Number, Text: fmt.Sprintf("%se%d", mantissa, power)}
	n, exact, over := scaled.Floor()
	switch {
	case over != 0 || n < datasets.FirstMilli || n > datasets.LastMilli:
		return 0, v.String() + " is outside the years 0000 to 9999 of UTC; the unit may be another: epoch_s, epoch_ms, epoch_us or epoch_ns"
	case !exact && !p.field.Coerce:
		return 0, v.String() + " is " + errTooPrecise.Error()
	}
	return n, ""
}
