package pipeline

import (
	"fmt"
	"math"
	"math/big"
	"math/bits"
	"math/rand/v2"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"pgregory.net/rapid"

	"herbarium/datasets"
)

// serverSum adds as MongoDB's $sum and $avg do: in a pair of float64s, of which the
// second takes what the first cannot hold (Boldo, Graillat and Muller, On the
// Robustness of the 2Sum and Fast2Sum Algorithms, ACM Transactions on Mathematical
// Software 44(1), 2017). Before a number is added, the second goes into it. The
// result is the first, which is not rounded anew with the second.
type serverSum struct{ first, second float64 }

func (s *serverSum) add(x float64) {
	sum := x + s.second
	s.second -= sum - x
	total := s.first + sum
	t := total - sum
	s.second += (s.first - t) + (sum - (total - t))
	s.first = total
}

// plainSum adds as some servers do that speak MongoDB's protocol.
type plainSum struct{ first float64 }

func (s *plainSum) add(x float64) { s.first += x }

// exactly returns the exact sum, rounded once.
func exactly(values []float64) float64 {
	total := new(big.Float).SetPrec(5000)
	for _, x := range values {
		total.Add(total, big.NewFloat(x))
	}
	f, _ := total.Float64()
	return f
}

// evaluate computes an expression of the operators that sums are written in, of
// float64s and int64s, as the server does.
func evaluate(expression any, field any, variables map[string]any) any {
	switch e := expression.(type) {
	case string:
		if e == "$x" {
			return field
		}
		return variables[e]
	case float64, int64:
		return e
	}
	d := expression.(bson.D)[0]
	argument := func(i int) any { return evaluate(d.Value.(bson.A)[i], field, variables) }
	switch d.Key {
	case "$let":
		let := d.Value.(bson.D)
		inner := map[string]any{}
		for _, v := range let[0].Value.(bson.D) {
			inner["$$"+v.Key] = evaluate(v.Value, field, variables)
		}
		return evaluate(let[1].Value, field, inner)
	case "$toDouble":
		return toDouble(evaluate(d.Value, field, variables))
	case "$add":
		return argument(0).(float64) + argument(1).(float64)
	case "$mod":
		return argument(0).(int64) % argument(1).(int64)
	case "$subtract":
		if a, ok := argument(0).(int64); ok {
			return a - argument(1).(int64)
		}
		return argument(0).(float64) - argument(1).(float64)
	}
	panic(fmt.Sprintf("no operator %s", d.Key))
}

func toDouble(v any) float64 {
	if i, ok := v.(int64); ok {
		return float64(i)
	}
	return v.(float64)
}

func TestTheServersOwnSumsAreNotExactAndThoseInPartsAre(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	wrong := 0
	for range 1000 {
		// A few fares, as a small group of taxi trips has them.
		var fares []float64
		var server serverSum
		for range 3 + random.IntN(6) {
			fares = append(fares, float64(random.IntN(9000))/100)
			server.add(fares[len(fares)-1])
		}
		want := exactly(fares)
		if server.first != want {
			wrong++
		}
		if got := joined(t, fares, Magnitude{High: 7, Low: -59}, 10_000_000); got != want {
			t.Fatalf("%v in parts: %v, want %v", fares, got, want)
		}
	}
	if wrong == 0 {
		t.Error("the server's own sums are exact, so that parts are for nothing")
	}
	t.Logf("%d of 1000 sums of the server's own were not exact", wrong)
}

// joined sums the values in parts, as a server does, and joins them.
func joined(t fataler, values []float64, m Magnitude, rows int64) float64 {
	parts, ok := numberParts("$x", m, rows)
	if !ok {
		t.Fatalf("%+v takes too many parts", m)
	}
	var totals []float64
	for _, part := range parts {
		var server serverSum
		var plain plainSum
		for _, x := range values {
			y := evaluate(part, x, nil).(float64)
			server.add(y)
			plain.add(y)
		}
		if server.first != plain.first || server.second != 0 {
			t.Fatalf("the sums of %v are %v and %v: part %v is not exact", values, server, plain, part)
		}
		totals = append(totals, server.first)
	}
	return exactly(totals)
}

type fataler interface{ Fatalf(string, ...any) }

func TestSumsOfNumbersInPartsAreExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spread := rapid.IntRange(0, 60).Draw(t, "spread")
		base := rapid.IntRange(-1074+53, 900).Draw(t, "base")
		values := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) float64 {
			mantissa := rapid.Uint64Range(1<<52, 1<<53-1).Draw(t, "mantissa")
			exponent := rapid.IntRange(0, spread).Draw(t, "exponent")
			x := math.Ldexp(float64(mantissa), base-53+exponent)
			if rapid.Bool().Draw(t, "negative") {
				x = -x
			}
			return x
		}), 1, 40).Draw(t, "values")
		m := Magnitude{High: base + spread, Low: base - 53}
		rows := rapid.SampledFrom([]int64{int64(len(values)), 1000, 1 << 20, 1 << 27}).Draw(t, "rows")
		if got, want := joined(t, values, m, rows), exactly(values); got != want {
			t.Fatalf("got %v, want %v", got, want)
		}
	})
}

// TestPartsHaveRoomForAllRows holds that as many values as there can be, all as large
// as they can be, still have an exact sum.
func TestPartsHaveRoomForAllRows(t *testing.T) {
	for _, rows := range []int64{1, 2, 3, 1000, 1 << 20, 1<<20 + 1, 1 << 33} {
		for _, m := range []Magnitude{{7, -59}, {1, -20}, {30, -10}, {53, 0}, {-1000, -1074}, {64, 0}} {
			parts, ok := numberParts("$x", m, rows)
			if !ok {
				continue
			}
			for _, x := range []float64{math.Ldexp(1, m.High), math.Ldexp(1, m.High) - math.Ldexp(1, max(m.Low, m.High-52)), math.Ldexp(1, m.Low)} {
				sum := 0.0
				for i, part := range parts {
					y := evaluate(part, x, nil).(float64)
					sum += y
					total := new(big.Float).SetPrec(5000).Mul(big.NewFloat(y), new(big.Float).SetInt64(rows))
					less := new(big.Float).SetPrec(5000).Mul(big.NewFloat(y), new(big.Float).SetInt64(rows-1))
					for _, n := range []*big.Float{total, less} {
						if f, accuracy := n.Float64(); accuracy != big.Exact || math.IsInf(f, 0) {
							t.Errorf("%d times %v, which is %v in part %d of %+v, is no float64", rows, x, y, i, m)
						}
					}
				}
				if sum != x {
					t.Errorf("the parts of %v are together %v", x, sum)
				}
			}
		}
	}
}

func TestSumsOfIntegersInPartsAreExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		width := rapid.IntRange(1, 63).Draw(t, "width")
		values := rapid.SliceOfN(rapid.Int64Range(-1<<width, 1<<width-1), 1, 40).Draw(t, "values")
		rows := rapid.SampledFrom([]int64{int64(len(values)), 1 << 20, 1 << 40}).Draw(t, "rows")
		parts, ok := integerParts("$x", Magnitude{High: width}, rows)
		if !ok {
			t.Fatalf("%d bits of %d rows take too many parts", width, rows)
		}
		want, got := new(big.Int), new(big.Int)
		for _, x := range values {
			want.Add(want, big.NewInt(x))
		}
		for _, part := range parts {
			var sum plainSum
			for _, x := range values {
				y := toDouble(evaluate(part, x, nil))
				if int64(y) != 0 && bits.Len64(uint64(math.Abs(y)))-bits.TrailingZeros64(uint64(math.Abs(y)))+carry(rows) > 53+1 {
					t.Fatalf("%v has too many bits", y)
				}
				sum.add(y)
			}
			whole, _ := big.NewFloat(sum.first).Int(nil)
			got.Add(got, whole)
		}
		if got.Cmp(want) != 0 {
			t.Fatalf("got %v, want %v", got, want)
		}
	})
}

func TestSumsThatTakeTooManyPartsAreRefused(t *testing.T) {
	for _, test := range []struct {
		m    Magnitude
		rows int64
		want int
	}{
		{Magnitude{}, 1, 1},
		{Magnitude{High: 10, Low: -40}, 4, 1},
		{Magnitude{High: 10, Low: -59}, 10_000_000, 3},
		{Magnitude{High: 1000, Low: -1000}, 10, 0},
		{Magnitude{High: 1023, Low: 971}, 10, 0},
	} {
		parts, ok := sumParts("$x", datasets.Number, test.m, test.rows)
		if len(parts) != test.want || ok != (test.want > 0) {
			t.Errorf("%+v of %d rows: %d parts, %v; want %d", test.m, test.rows, len(parts), ok, test.want)
		}
	}
}
