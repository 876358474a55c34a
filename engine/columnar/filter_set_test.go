package columnar

import (
	"fmt"
	"testing"

	"herbarium/engine/columnar/internal/bitmap"
	"herbarium/engine/columnar/internal/kernels"
)

// TestMembersOfASetOfAnySize asks a column of 1,000 values, a seventh of them
// missing, for even numbers below a bound, with and without null.
func TestMembersOfASetOfAnySize(t *testing.T) {
	const rows = 1000
	c := &column{rows: rows, valid: make([]uint64, bitmap.Words(rows)), floats: make([]float64, rows), ints: make([]int64, rows)}
	for i := range rows {
		if i%7 == 0 {
			c.nulls++
			continue
		}
		c.valid[i>>6] |= 1 << (i & 63)
		c.floats[i], c.ints[i] = float64(i), int64(i)
	}
	for _, size := range []int{1, 8, kernels.Active().MaxMembers, kernels.Active().MaxMembers + 1, 400} {
		var floats []float64
		var ints []int64
		for i := range size {
			floats, ints = append(floats, float64(2*i)), append(ints, int64(2*i))
		}
		for _, null := range []bool{false, true} {
			for name, condition := range map[string]condition{
				"numbers":  newMembers(floats, null, floatColumn),
				"integers": newMembers(ints, null, intColumn),
			} {
				t.Run(fmt.Sprintf("%d %s, null: %v", size, name, null), func(t *testing.T) {
					selected := make([]uint64, bitmap.Words(rows))
					bitmap.SetFirst(selected, rows-10)
					condition.refine(c, selected)
					for i := range rows {
						want := i%7 != 0 && i%2 == 0 && i < 2*size
						if i%7 == 0 {
							want = null
						}
						want = want && i < rows-10
						if got := selected[i>>6]>>(i&63)&1 == 1; got != want {
							t.Fatalf("row %d is selected: %v", i, got)
						}
					}
				})
			}
		}
	}
}
