package questions

import (
	"fmt"
	"math"
)

// answer is the rows of an answer, those of all parts one after another. A value is a
// text, a float64 that stands for any number, or nil.
type answer [][]any

// value returns a value as it is compared.
func value(v any) any {
	switch v := v.(type) {
	case int64:
		return float64(v)
	case int32:
		return float64(v)
	default:
		return v
	}
}

// near holds for numbers that only the order of additions tells apart. Those of a
// correlation near 0 differ by more than their last digits.
func near(x, y float64) bool {
	return x == y || math.Abs(x-y) <= max(1e-12, 1e-9*math.Abs(x), 1e-9*math.Abs(y))
}

// agree returns an error where the answers differ.
func agree(want, got answer) error {
	if len(want) != len(got) {
		return fmt.Errorf("%d rows, and %d", len(want), len(got))
	}
	for i := range want {
		if len(want[i]) != len(got[i]) {
			return fmt.Errorf("row %d has %d values, and %d", i, len(want[i]), len(got[i]))
		}
		for c := range want[i] {
			x, isNumber := want[i][c].(float64)
			y, isToo := got[i][c].(float64)
			if isNumber && isToo && near(x, y) || want[i][c] == got[i][c] {
				continue
			}
			return fmt.Errorf("row %d is %v, and %v", i, want[i], got[i])
		}
	}
	return nil
}
