package datasets

import (
	"encoding/json"
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestAppendFloatWritesAsECMAScriptDoes(t *testing.T) {
	tests := []struct {
		f    float64
		want string
	}{
		{0, "0"},
		{math.Copysign(0, -1), "-0"},
		{5, "5"},
		{5.1, "5.1"},
		{-1.5, "-1.5"},
		{1e20, "100000000000000000000"},
		{1e21, "1e+21"},
		{123456789012345680000, "123456789012345680000"},
		{1.5e300, "1.5e+300"},
		{1e-6, "0.000001"},
		{1e-7, "1e-7"},
		{1.25e-10, "1.25e-10"},
		{5e-324, "5e-324"},
		{math.MaxFloat64, "1.7976931348623157e+308"},
		{0.30000000000000004, "0.30000000000000004"},
	}
	for _, test := range tests {
		if got := string(AppendFloat(nil, test.f)); got != test.want {
			t.Errorf("AppendFloat(%g) = %s, want %s", test.f, got, test.want)
		}
	}
}

func TestAppendFloatAgreesWithEncodingJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.Float64().Draw(t, "f")
		want, err := json.Marshal(f)
		if err != nil {
			t.Skip("not finite")
		}
		if got := string(AppendFloat(nil, f)); got != string(want) {
			t.Fatalf("got %s, want %s", got, want)
		}
	})
}

func TestAppendFloatWritesShortDecimalsAsStrconvDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		digits := rapid.Int64Range(-2e15, 2e15).Draw(t, "digits")
		if rapid.Bool().Draw(t, "few") {
			digits %= 1e5
		}
		f := float64(digits) / math.Pow10(rapid.IntRange(0, 5).Draw(t, "decimals"))
		if rapid.IntRange(0, 3).Draw(t, "neighbour") == 0 {
			f = math.Nextafter(f, rapid.SampledFrom([]float64{-1e300, 1e300}).Draw(t, "towards"))
		}
		want, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(AppendFloat(nil, f)); got != string(want) {
			t.Fatalf("got %s, want %s", got, want)
		}
	})
}

func BenchmarkAppendFloat(b *testing.B) {
	for name, f := range map[string]float64{"5": 5, "5.1": 5.1, "0.125": 0.125, "0.24600000000000002": 0.24600000000000002} {
		b.Run(name, func(b *testing.B) {
			var buf [32]byte
			for b.Loop() {
				AppendFloat(buf[:0], f)
			}
		})
	}
}
