package bitmap

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// pack returns the bits as a bitmap.
func pack(bits []bool) []uint64 {
	b := make([]uint64, Words(len(bits)))
	for i, set := range bits {
		if set {
			b[i/64] |= 1 << (i % 64)
		}
	}
	return b
}

// TestBitmapsAgreeWithBooleans compares each operation with a loop over single bits.
func TestBitmapsAgreeWithBooleans(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bits := rapid.SliceOfN(rapid.Bool(), 1, 300).Draw(t, "bits")
		b, size := pack(bits), len(bits)
		var rows []uint16
		for i, set := range bits {
			if got := Rank(b, i); got != len(rows) {
				t.Fatalf("%d of the first %d bits are set, want %d", got, i, len(rows))
			}
			if set {
				if got := Nth(b, len(rows)); got != i {
					t.Fatalf("set bit %d is %d, want %d", len(rows), got, i)
				}
				rows = append(rows, uint16(i))
			}
		}
		if got := Count(b); got != len(rows) {
			t.Fatalf("%d bits are set, want %d", got, len(rows))
		}
		if got := Nth(b, len(rows)); got != -1 {
			t.Fatalf("set bit %d of %d is %d", len(rows), len(rows), got)
		}
		if got := AppendRows(nil, b); !slices.Equal(got, rows) {
			t.Fatalf("rows %v, want %v", got, rows)
		}

		n := rapid.IntRange(0, size).Draw(t, "n")
		first := rapid.IntRange(0, size-n).Draw(t, "first")
		if n > 0 {
			if got, want := Copy(make([]uint64, Words(n)), b, first, n), pack(bits[first:first+n]); !slices.Equal(got, want) {
				t.Fatalf("%d bits from %d on: %x, want %x", n, first, got, want)
			}
		}

		some := rapid.SliceOfN(rapid.Uint16Range(0, uint16(size-1)), 1, 100).Draw(t, "rows")
		want := make([]bool, len(some))
		for i, row := range some {
			want[i] = bits[row]
		}
		gathered := pack(make([]bool, len(some)))
		gathered[0] = ^uint64(0)
		if Gather(gathered, b, some); !slices.Equal(gathered, pack(want)) {
			t.Fatalf("gathered %x, want %x", gathered, pack(want))
		}

		SetFirst(b, n)
		for i := range bits {
			bits[i] = i < n
		}
		if !slices.Equal(b, pack(bits)) {
			t.Fatalf("%x has not the first %d bits", b, n)
		}
	})
}
