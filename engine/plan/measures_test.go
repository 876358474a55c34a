package plan_test

import (
	"math"
	"math/big"
	"slices"
	"testing"

	"herbarium/datasets"
	"herbarium/engine/plan"
)

// floats are the aggregates of some numbers.
func floats(values ...float64) *plan.Aggregates {
	slices.Sort(values)
	sum := new(big.Float).SetPrec(4000)
	for _, v := range values {
		sum.Add(sum, big.NewFloat(v))
	}
	a := &plan.Aggregates{Type: datasets.Number, Rows: int64(len(values)), Values: int64(len(values)), At: func(rank int64) plan.Value { return plan.Value{Float: values[rank]} }}
	a.Sum, _ = sum.Float64()
	if mean, ok := a.Mean(); ok {
		d := &plan.DeviationSums{Residue: new(big.Float).SetPrec(4000), Squares: new(big.Float).SetPrec(4000)}
		for _, v := range values {
			diff := v - mean
			d.Residue.Add(d.Residue, big.NewFloat(diff))
			d.Squares.Add(d.Squares, big.NewFloat(float64(diff*diff)))
		}
		a.Deviations = d
	}
	return a
}

// ints are the aggregates of some values of another type.
func ints(t datasets.Type, values ...int64) *plan.Aggregates {
	slices.Sort(values)
	return &plan.Aggregates{Type: t, Rows: int64(len(values)), Values: int64(len(values)), At: func(rank int64) plan.Value { return plan.Value{Int: values[rank]} }}
}

// TestQuantilesAreExactAndRoundedOnce has values from Python's fractions.
func TestQuantilesAreExactAndRoundedOnce(t *testing.T) {
	for _, test := range []struct {
		name string
		of   *plan.Aggregates
		want float64
	}{
		{"median", floats(3), 3},
		{"median", floats(0.1, 0.2, 0.3, 0.4), 0.25},
		{"median", floats(0.1, 0.2), 0.15000000000000002},
		{"median", floats(1e300, 1e-300), 5e299},
		{"median", floats(math.MaxFloat64, math.MaxFloat64), math.MaxFloat64},
		{"median", floats(-math.MaxFloat64, math.MaxFloat64), 0},
		{"median", floats(5e-324, 0), 0},
		{"median", floats(5e-324, 1e-323), 1e-323},
		{"p99.9", floats(1, 2, 3, 4), 3.997},
		{"p95", floats(1, 2, 10), 9.2},
		{"p0", floats(1, 2, 10), 1},
		{"p100", floats(1, 2, 10), 10},
		{"p0_discrete", floats(1, 2, 10), 1},
		{"p50_discrete", floats(1, 2, 10, 20), 2},
		{"p50.1_discrete", floats(1, 2, 10, 20), 10},
		{"p100_discrete", floats(1, 2, 10), 10},
		{"median", ints(datasets.Integer, 1, 2), 1.5},
		{"median", ints(datasets.Integer, math.MinInt64, math.MaxInt64), -0.5},
		{"median", ints(datasets.Integer, math.MaxInt64, math.MaxInt64-1), 0x1p63},
	} {
		m, ok := plan.MeasureNamed(test.name)
		if !ok {
			t.Fatalf("there is no %s", test.name)
		}
		if got, ok := m.Result(test.of); !ok || got.Float != test.want || math.Signbit(got.Float) != math.Signbit(test.want) {
			t.Errorf("%s of %d values: %v, want %v", test.name, test.of.Values, got.Float, test.want)
		}
	}
	if _, ok := plan.Median.Result(&plan.Aggregates{Rows: 2}); ok {
		t.Error("no values have a median")
	}
}

func TestQuantilesOfDatesAreRoundedToEven(t *testing.T) {
	for _, test := range []struct {
		values []int64
		want   int64
	}{{[]int64{0, 1}, 0}, {[]int64{1, 2}, 2}, {[]int64{-1, 0}, 0}, {[]int64{-3, -2}, -2}, {[]int64{0, 2}, 1}} {
		for _, kind := range []datasets.Type{datasets.Date, datasets.DateTime} {
			if got, _ := plan.Median.Result(ints(kind, test.values...)); got.Int != test.want {
				t.Errorf("%v: %d, want %d", test.values, got.Int, test.want)
			}
		}
	}
	p75, _ := plan.MeasureNamed("p75")
	if got, _ := p75.Result(ints(datasets.Date, 0, 1)); got.Int != 1 {
		t.Errorf("three quarters of a day are %d days", got.Int)
	}
}

func TestNamesOfQuantiles(t *testing.T) {
	for name, want := range map[string]bool{"p0": true, "p5": true, "p99.9": true, "p100": true, "p50_discrete": true, "p05": false, "p99.90": false,
		"p100.1": false, "p": false, "p.5": false, "p5.": false, "p-1": false, "p1e1": false, "p50_": false, "median_discrete": false} {
		if m, ok := plan.MeasureNamed(name); ok != want || ok && m.Name != name {
			t.Errorf("%s is a measure: %v", name, ok)
		}
	}
}

// TestSpreadsAreRoundedOnce has values from Python's fractions, by the definition.
func TestSpreadsAreRoundedOnce(t *testing.T) {
	none := math.NaN()
	for _, test := range []struct {
		values                   []float64
		variance, population, sd float64
	}{
		{[]float64{1, 2, 4}, 2.3333333333333335, 1.5555555555555556, 1.5275252316519468},
		{[]float64{0.1, 0.1, 0.1}, 0, 0, 0},
		{[]float64{0.1, 0.2, 0.3}, 0.009999999999999998, 0.006666666666666665, 0.09999999999999999},
		{[]float64{1e8 + 0.1, 1e8 + 0.2, 1e8 + 0.4}, 0.02333333502213164, 0.015555556681421093, 0.15275252869308462},
		{[]float64{5e-324, 0}, 0, 0, 0},
		{[]float64{1e300, 1e-300}, none, none, none}, // a square is beyond the range
		{[]float64{1e154, -1e154}, none, 1e308, none},
		{[]float64{-math.MaxFloat64, math.MaxFloat64, math.MaxFloat64}, none, none, none},
		{[]float64{3}, none, 0, none},
		{nil, none, none, none},
	} {
		of := floats(test.values...)
		for _, m := range []struct {
			measure *plan.Measure
			want    float64
		}{{plan.Variance, test.variance}, {plan.VariancePop, test.population}, {plan.Stddev, test.sd}} {
			got, ok := m.measure.Result(of)
			if ok == math.IsNaN(m.want) || ok && got.Float != m.want {
				t.Errorf("%s of %v: %v, %v, want %v", m.measure.Name, test.values, got.Float, ok, m.want)
			}
		}
	}
}

func TestSumsOfIntegersFitOrAreNone(t *testing.T) {
	for _, test := range []struct {
		of   plan.Aggregates
		want int64
		has  bool
	}{
		{plan.Aggregates{Type: datasets.Integer, Values: 2, IntSum: -7, Fits: true}, -7, true},
		{plan.Aggregates{Type: datasets.Boolean, Values: 2, IntSum: 1, Fits: true}, 1, true},
		{plan.Aggregates{Type: datasets.Integer, Values: 2, Sum: 0x1p64}, 0, false},
		{plan.Aggregates{Type: datasets.Integer, Rows: 2, Fits: true}, 0, false},
	} {
		if got, has := plan.Total.Result(&test.of); has != test.has || has && got.Int != test.want {
			t.Errorf("%+v: %v, %v", test.of, got.Int, has)
		}
	}
	if _, has := plan.Total.Result(&plan.Aggregates{Type: datasets.Number, Values: 2, Sum: math.Inf(1)}); has {
		t.Error("a sum beyond the range has no number")
	}
}
