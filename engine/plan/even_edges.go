package plan

import (
	"math"
	"math/big"
)

// evenEdges are edges of one width whose numerators over a common denominator are
// integers that float64s hold: the k-th is (first + k·step)/by. Sum and product are then
// exact, and the one division rounds to the float64 that is nearest to the edge. This is
// what NumberBuckets computes with fractions, in a hundredth of the time.
type evenEdges struct{ first, step, by float64 }

// maxEdge bounds numerators, so that those of the next edges are integers that float64s
// hold as well.
const maxEdge = 1 << 51

// newEvenEdges returns false where the integers are too large.
func newEvenEdges(width, origin *big.Rat) (e evenEdges, ok bool) {
	by := new(big.Int).Mul(width.Denom(), origin.Denom())
	by.Quo(by, new(big.Int).GCD(nil, nil, width.Denom(), origin.Denom())) // the least common multiple
	numerator := func(r *big.Rat) float64 {
		n := new(big.Int).Quo(by, r.Denom())
		n.Mul(n, r.Num())
		f, accuracy := new(big.Float).SetInt(n).Float64()
		ok = ok && accuracy == big.Exact && math.Abs(f) < maxEdge
		return f
	}
	ok = true
	e = evenEdges{numerator(origin), numerator(width), 0}
	e.by, _ = new(big.Float).SetInt(by).Float64()
	return e, ok && e.by < maxEdge
}

// edge returns the k-th edge.
func (e *evenEdges) edge(k float64) float64 { return (e.first + k*e.step) / e.by }

// around returns the edges before and behind v, of which the first may be v; false where
// v is too large.
func (e *evenEdges) around(v float64) (lower, upper float64, ok bool) {
	at := v * e.by
	if !(math.Abs(at) < maxEdge) {
		return 0, 0, false
	}
	// What rounding may have moved by one is moved back.
	k := math.Floor((at - e.first) / e.step)
	for e.edge(k) > v {
		k--
	}
	for e.edge(k+1) <= v {
		k++
	}
	return e.edge(k), e.edge(k + 1), true
}

// wholeEdges are edges of one width that are integers.
type wholeEdges struct{ origin, width int64 }

// maxWhole bounds what is computed with, so that no sum is beyond an int64.
const maxWhole = 1 << 61

// newWholeEdges returns false where the edges are no integers, or too large.
func newWholeEdges(width, origin *big.Rat) (e wholeEdges, ok bool) {
	if !width.IsInt() || !origin.IsInt() || !width.Num().IsInt64() || !origin.Num().IsInt64() {
		return e, false
	}
	e = wholeEdges{origin.Num().Int64(), width.Num().Int64()}
	return e, small(e.origin) && small(e.width)
}

func small(v int64) bool { return -maxWhole < v && v < maxWhole }

// before returns the last edge that is not above v; false where v is too large.
func (e *wholeEdges) before(v int64) (edge int64, ok bool) {
	if !small(v) {
		return 0, false
	}
	above := (v - e.origin) % e.width
	if above < 0 {
		above += e.width
	}
	return v - above, true
}
