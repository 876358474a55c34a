package plan_test

import (
	"math"
	"math/big"
	"testing"

	"herbarium/datasets"
	"herbarium/engine/plan"
)

func decimal(text string) *big.Rat {
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		panic(text)
	}
	return r
}

// TestNumbersLieBetweenTheFloatsNearestToEdges has widths that no float64 is, and widths
// far below the precision of the values.
func TestNumbersLieBetweenTheFloatsNearestToEdges(t *testing.T) {
	for _, test := range []struct {
		width, origin           string
		value, first, end, want float64
	}{
		{"0.1", "0", 0.3, 0.3, 0.4, 0.3}, // 3·0.1 is above 0.3 in float64s
		{"0.1", "0", 0.7, 0.7, 0.8, 0.7}, // 0.7/0.1 is below 7
		{"0.1", "0", math.Nextafter(0.3, 0), 0.2, 0.3, 0.2},
		{"0.1", "0", -0.05, -0.1, 0, -0.1},
		{"0.1", "0.05", 0, -0.05, 0.05, -0.05},
		{"10", "0", math.Copysign(0, -1), 0, 10, 0},
		{"10", "0", -5e-324, -10, 0, -10},
		{"10", "3", 12.9, 3, 13, 3},
		{"0.1", "0", 1e300, 1e300, math.Nextafter(1e300, math.Inf(1)), 1e300},
		{"1e300", "0", 1.5e300, 1e300, 2e300, 1e300},
		{"1e308", "0", -1.7e308, math.Inf(-1), -1e308, -math.MaxFloat64},
		{"1e308", "0", math.MaxFloat64, 1e308, math.Inf(1), 1e308},
	} {
		b := plan.NewWidthBuckets(datasets.Number, decimal(test.width), decimal(test.origin))
		run := b.Run(plan.Value{Float: test.value})
		if run.First.Float != test.first || run.End.Float != test.end || run.Closed || run.Label.Null || run.Label.Float != test.want {
			t.Errorf("%v by %s lies in %+v, want from %v up to %v, named %v", test.value, b, run, test.first, test.end, test.want)
		}
	}
}

func TestIntegersLieInIntervalsOfExactEdges(t *testing.T) {
	for _, test := range []struct {
		width, origin     string
		value, first, end int64
		closed            bool
		want              plan.Value
		kind              datasets.Type
	}{
		{"10", "0", -1, -10, 0, false, plan.Value{Int: -10}, datasets.Integer},
		{"10", "0", 10, 10, 20, false, plan.Value{Int: 10}, datasets.Integer},
		{"2.5", "0", 3, 3, 5, false, plan.Value{Float: 2.5}, datasets.Number},
		{"2.5", "0", 5, 5, 8, false, plan.Value{Float: 5}, datasets.Number},
		{"0.1", "0", 3, 3, 4, false, plan.Value{Float: 3}, datasets.Number},
		{"10", "0", math.MinInt64, math.MinInt64, -9223372036854775800, false, plan.Value{Int: math.MinInt64}, datasets.Integer},
		{"10", "0", math.MaxInt64, 9223372036854775800, math.MaxInt64, true, plan.Value{Int: 9223372036854775800}, datasets.Integer},
	} {
		b := plan.NewWidthBuckets(datasets.Integer, decimal(test.width), decimal(test.origin))
		run := b.Run(plan.Value{Int: test.value})
		if run.First.Int != test.first || run.End.Int != test.end || run.Closed != test.closed || run.Label != (plan.Nullable{Value: test.want}) || b.Type() != test.kind {
			t.Errorf("%d by %s lies in %+v, named as %s", test.value, b, run, b.Type())
		}
	}
}

func TestTheLastOfGivenEdgesBelongsToAnInterval(t *testing.T) {
	edges := []*big.Rat{decimal("0"), decimal("0.5"), decimal("2")}
	numbers, integers := plan.NewEdgeBuckets(datasets.Number, edges), plan.NewEdgeBuckets(datasets.Integer, edges)
	null := plan.Nullable{Null: true}
	at := func(f float64) plan.Nullable { return plan.Nullable{Value: plan.Value{Float: f}} }
	for _, test := range []struct {
		value float64
		want  plan.Nullable
	}{{-1e300, null}, {-5e-324, null}, {math.Copysign(0, -1), at(0)}, {0.5, at(0.5)}, {2, at(0.5)}, {math.Nextafter(2, 3), null}, {1e300, null}} {
		if run := numbers.Run(plan.Value{Float: test.value}); run.Label != test.want {
			t.Errorf("%v lies in %+v", test.value, run)
		}
	}
	for _, test := range []struct {
		value, first, end int64
		closed            bool
		want              plan.Nullable
	}{
		{-1, math.MinInt64, 0, false, null}, {0, 0, 1, false, at(0)}, {1, 1, 2, true, at(0.5)}, {2, 1, 2, true, at(0.5)}, {3, 3, math.MaxInt64, true, null},
	} {
		run := integers.Run(plan.Value{Int: test.value})
		if run.Label != test.want || run.First.Int != test.first || run.End.Int != test.end || run.Closed != test.closed {
			t.Errorf("%d lies in %+v", test.value, run)
		}
	}
	if whole := plan.NewEdgeBuckets(datasets.Integer, []*big.Rat{decimal("0"), decimal("3")}); whole.Type() != datasets.Integer || numbers.Type() != datasets.Number || integers.Type() != datasets.Number {
		t.Error("whole edges of integers alone are integers")
	}
}
