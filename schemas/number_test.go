package schemas

import (
	"fmt"
	"math"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestFloorIsExactAtTheEdgesOfInt64(t *testing.T) {
	tests := []struct {
		text  string
		floor int64
		exact bool
		over  int
	}{
		{"0", 0, true, 0},
		{"-0.0e5", 0, true, 0},
		{"1e2", 100, true, 0},
		{"2.0", 2, true, 0},
		{"1.5", 1, false, 0},
		{"-1.5", -2, false, 0},
		{"-0.25", -1, false, 0},
		{"0.25", 0, false, 0},
		{"9007199254740993", 9007199254740993, true, 0},
		{"9223372036854775807", math.MaxInt64, true, 0},
		{"9223372036854775807.5", math.MaxInt64, false, 0},
		{"9223372036854775808", 0, true, 1},
		{"-9223372036854775808", math.MinInt64, true, 0},
		{"-9223372036854775808.5", 0, false, -1},
		{"-9223372036854775809", 0, true, -1},
		{"1e400", 0, true, 1},
		{"-1e999999999999999999999", 0, true, -1},
		{"1e-999999999999999999999", 0, false, 0},
		{"-1e-999999999999999999999", -1, false, 0},
		{"0e999999999999999999999", 0, true, 0},
		{"100000000000000000000e-19", 10, true, 0},
		{"1" + strings.Repeat("0", 1000) + "e-1000", 1, true, 0},
	}
	for _, test := range tests {
		floor, exact, over := (&Node{Kind: Number, Text: test.text}).Floor()
		if floor != test.floor || exact != test.exact || over != test.over {
			t.Errorf("Floor(%.30s) = %d, %v, %d; want %d, %v, %d",
				test.text, floor, exact, over, test.floor, test.exact, test.over)
		}
	}
}

func TestFloorAgreesWithBigRationals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,20})?(e-?[0-9]{1,2})?`).Draw(t, "text")
		r, _ := new(big.Rat).SetString(text)
		want := new(big.Int).Div(r.Num(), r.Denom()) // Euclidean: floors, as denominators are positive
		floor, exact, over := (&Node{Kind: Number, Text: text}).Floor()
		if exact != r.IsInt() {
			t.Fatalf("%s: exact %v", text, exact)
		}
		if over != 0 {
			if want.IsInt64() || over != want.Sign() {
				t.Fatalf("%s: over %d, want %v", text, over, want)
			}
		} else if !want.IsInt64() || want.Int64() != floor {
			t.Fatalf("%s: floor %d, want %v", text, floor, want)
		}
		// Numbers of ordinary size keep their value on the way to the schema.
		if b, _ := new(big.Rat).SetString(string(bounded(text))); b.Cmp(r) != 0 {
			t.Fatalf("%s became %s", text, bounded(text))
		}
	})
}

func TestBoundedKeepsAHugeNumberOnItsSideOfEveryLimit(t *testing.T) {
	tests := []struct {
		name, text string
		integral   bool
		above      string
	}{
		{"huge exponent", "1e999999999", true, "1e307"},
		{"tiny exponent", "1e-999999999", false, "0"},
		{"many digits", strings.Repeat("9", 100_000), true, "1e307"},
		{"many digits and a late fraction", "5" + "." + strings.Repeat("0", 100_000) + "1", false, "5"},
		{"many zeros behind the point", "5" + "." + strings.Repeat("0", 100_000), true, "4"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := bounded(test.text)
			if len(got) > 500 {
				t.Fatalf("%d digits", len(got))
			}
			r, ok := new(big.Rat).SetString(string(got))
			if !ok || r.IsInt() != test.integral {
				t.Errorf("%.40s: integral %v, want %v", got, r.IsInt(), test.integral)
			}
			limit, _ := new(big.Rat).SetString(test.above)
			if r.Cmp(limit) <= 0 {
				t.Errorf("%.40s is not above %s", got, test.above)
			}
		})
	}
}

func TestCompareNumbersSeesTheLastDigit(t *testing.T) {
	tests := []struct {
		a, b string
		want int
	}{
		{"5", "5.0", 0},
		{"5e0", "50e-1", 0},
		{"9007199254740993", "9007199254740992", 1},
		{"-1", "1", -1},
		{"5.2", "5.8", -1},
		{"1e999999999", "1", 1},
	}
	for _, test := range tests {
		if got := CompareNumbers(&Node{Text: test.a}, &Node{Text: test.b}); got != test.want {
			t.Errorf("CompareNumbers(%s, %s) = %d, want %d", test.a, test.b, got, test.want)
		}
	}
}

func ExampleNode_Floor() {
	n, _ := Parse([]byte("-5.5"))
	fmt.Println(n.Floor())
	// Output: -6 false 0
}
