package pipeline

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"herbarium/engine/plan"
)

// A stored int64 meets the widened bound wherever the float64 it reads as
// meets the bound itself.
func TestWidenedBoundsKeepWhatRoundingBringsIn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		stored := rapid.Int64().Draw(t, "stored")
		bound := float64(stored) // the nearest, so the hardest to meet
		if lower := widen(&plan.Value{Float: bound}, math.Inf(-1)); !(compareInt64(stored, lower.Float) >= 0) {
			t.Errorf("%d reads as %v and lies below %v", stored, bound, lower.Float)
		}
		if upper := widen(&plan.Value{Float: bound}, math.Inf(1)); !(compareInt64(stored, upper.Float) <= 0) {
			t.Errorf("%d reads as %v and lies above %v", stored, bound, upper.Float)
		}
	})
}

// compareInt64 compares exactly, as MongoDB does.
func compareInt64(i int64, f float64) int {
	const limit = 1 << 63
	switch {
	case f >= limit:
		return -1
	case f < -limit:
		return 1
	}
	whole := int64(math.Floor(f))
	switch {
	case i < whole:
		return -1
	case i > whole:
		return 1
	case math.Floor(f) < f:
		return -1
	}
	return 0
}
