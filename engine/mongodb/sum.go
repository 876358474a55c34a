package mongodb

import (
	"math"
	"math/big"

	"herbarium/datasets"
	"herbarium/engine/plan"
)

// sum is an exact sum of float64s: two of them, whose total it is (a
// double-double), to which numbers are added by TwoSum (Knuth, The Art of Computer
// Programming, volume 2, 4.2.2, theorem B). What these cannot hold goes to a number
// of as many bits as it takes.
type sum struct {
	high, low float64
	rest      *big.Float // nil where there is none
	infinite  bool       // an infinity was added
}

// sumBits is enough for all sums of float64s and of their multiples by an int64.
const sumBits = 2300

// add adds a number.
func (s *sum) add(x float64) {
	if math.IsInf(x, 0) {
		s.infinite = true
		return
	}
	high, err := twoSum(s.high, x)
	low, lost := twoSum(s.low, err)
	if lost != 0 || math.IsNaN(lost) || math.IsInf(high, 0) {
		s.spill(x)
		return
	}
	s.high, s.low = high, low
}

// twoSum returns the sum of two numbers, rounded, and what that leaves out.
func twoSum(a, b float64) (s, err float64) {
	s = a + b
	t := s - a
	return s, (a - (s - t)) + (b - t)
}

// exactProduct is how large a product of a float64 and an integer has to be for
// its error to be a float64.
const exactProduct = 0x1p-900

// addTimes adds a number so many times.
func (s *sum) addTimes(x float64, times int64) {
	if times == 1 {
		s.add(x)
		return
	}
	n := float64(times)
	if p := x * n; times < 1<<53 && (math.Abs(p) > exactProduct && !math.IsInf(p, 0) || x == 0) {
		s.add(p)
		s.add(math.FMA(x, n, -p))
		return
	}
	if math.IsInf(x, 0) {
		s.infinite = true
		return
	}
	p := new(big.Float).SetPrec(sumBits).SetFloat64(x)
	s.addBig(p.Mul(p, new(big.Float).SetInt64(times)))
}

// addValue adds a value of a number or an integer field so many times.
func (s *sum) addValue(v plan.Value, t datasets.Type, times int64) {
	if t == datasets.Number {
		s.addTimes(v.Float, times)
		return
	}
	// Both halves of an int64 are float64s.
	s.addTimes(float64(v.Int>>32<<32), times)
	s.addTimes(float64(v.Int&math.MaxUint32), times)
}

// spill moves the pair and x to the rest.
func (s *sum) spill(x float64) {
	for _, part := range []float64{s.high, s.low, x} {
		s.addBig(new(big.Float).SetFloat64(part))
	}
	s.high, s.low = 0, 0
}

func (s *sum) addBig(x *big.Float) {
	if s.rest == nil {
		s.rest = new(big.Float).SetPrec(sumBits)
	}
	s.rest.Add(s.rest, x)
}

// merge adds another sum.
func (s *sum) merge(other *sum) {
	s.add(other.high)
	s.add(other.low)
	s.infinite = s.infinite || other.infinite
	if other.rest != nil {
		s.addBig(other.rest)
	}
}

// float64 returns the sum, rounded once.
func (s *sum) float64() float64 {
	if s.infinite {
		return math.Inf(1)
	}
	if s.rest == nil {
		return s.high + s.low
	}
	f, _ := s.big().Float64()
	return f + 0
}

// big returns the sum itself.
func (s *sum) big() *big.Float {
	total := new(big.Float).SetPrec(sumBits)
	if s.infinite {
		return total.SetInf(false)
	}
	total.Add(new(big.Float).SetFloat64(s.high), new(big.Float).SetFloat64(s.low))
	if s.rest != nil {
		total.Add(total, s.rest)
	}
	return total
}

// int64 returns the sum of integers, and whether it is in the range of an int64.
func (s *sum) int64() (int64, bool) {
	if s.low == 0 && s.rest == nil && math.Abs(s.high) < 1<<53 {
		return int64(s.high), true
	}
	n, _ := s.big().Int(nil)
	return n.Int64(), n.IsInt64()
}
