package columnar

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestTheSpanOfAColumnIsItsLeastAndItsGreatestValue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		floats := rapid.SliceOfN(rapid.Float64Range(-9, 9), 1, 30).Draw(t, "numbers")
		c := column{rows: len(floats)}
		if got, want := spanOf(&c, floats), (span[float64]{slices.Min(floats), slices.Max(floats)}); got != want {
			t.Fatalf("%v: %v, want %v", floats, got, want)
		}
		ints := rapid.SliceOfN(rapid.Int64(), 1, 30).Draw(t, "integers")
		c = column{rows: len(ints), nulls: 1, valid: []uint64{^uint64(1)}}
		want := span[int64]{}
		if rest := ints[1:]; len(rest) > 0 {
			want = span[int64]{slices.Min(rest), slices.Max(rest)}
		}
		if got := spanOf(&c, ints); got != want {
			t.Fatalf("%v: %v, want %v", ints, got, want)
		}
	})
}

// BenchmarkSpan finds the span of a block's numbers: where none is null, and as where
// one may be.
func BenchmarkSpan(b *testing.B) {
	values := make([]float64, blockRows)
	for i := range values {
		values[i] = float64(i * 7919 % 10007)
	}
	c := column{rows: len(values)}
	b.Run("span", func(b *testing.B) {
		b.SetBytes(int64(8 * len(values)))
		for b.Loop() {
			spanOf(&c, values)
		}
	})
	b.Run("row by row", func(b *testing.B) {
		b.SetBytes(int64(8 * len(values)))
		c := column{rows: len(values), nulls: 1}
		for b.Loop() {
			spanOf(&c, values)
		}
	})
}
