package plan

import (
	"math"
	"math/big"
	"slices"
	"strings"

	"herbarium/datasets"
)

// NumberBuckets are intervals of numbers: of one width, or between given edges.
// An interval has its lower edge and not its upper one; but the last of given
// edges has both. Edges are the float64s that are nearest to the decimals they
// were written as; a value is placed by comparing it with them. The label is the
// lower edge. Beyond given edges there is no bucket.
type NumberBuckets struct {
	of     datasets.Type // of the field; days and milliseconds are integers, too
	labels datasets.Type // of the labels

	width, origin *big.Rat    // of one width, else nil
	even          *evenEdges  // of that width; nil where they are not
	whole         *wholeEdges // of that width, of integers; nil where they are not
	edges         []*big.Rat
	rounded       []float64
	text          string
}

// NewWidthBuckets returns the intervals of that width of which one begins at
// the origin, of a number or integer field.
func NewWidthBuckets(of datasets.Type, width, origin *big.Rat) *NumberBuckets {
	b := &NumberBuckets{of: of, labels: datasets.Number, width: width, origin: origin,
		text: "width " + width.RatString() + " from " + origin.RatString()}
	if of == datasets.Integer && width.IsInt() && origin.IsInt() {
		b.labels = datasets.Integer
		if e, ok := newWholeEdges(width, origin); ok {
			b.whole = &e
		}
	}
	if e, ok := newEvenEdges(width, origin); ok && of == datasets.Number {
		b.even = &e
	}
	return b
}

// NewEdgeBuckets returns the intervals between the edges, which ascend.
func NewEdgeBuckets(of datasets.Type, edges []*big.Rat) *NumberBuckets {
	b := &NumberBuckets{of: of, labels: datasets.Number, edges: edges}
	whole := of == datasets.Integer
	var text []string
	for _, e := range edges {
		f, _ := e.Float64()
		b.rounded = append(b.rounded, f)
		whole = whole && e.IsInt() && e.Num().IsInt64()
		text = append(text, e.RatString())
	}
	if whole {
		b.labels = datasets.Integer
	}
	b.text = "edges " + strings.Join(text, " ")
	return b
}

// Type returns Integer for an integer field with whole edges, else Number.
func (b *NumberBuckets) Type() datasets.Type { return b.labels }

// String returns such as "width 10 from 0".
func (b *NumberBuckets) String() string { return b.text }

// Edges returns the given edges; nil for intervals of one width.
func (b *NumberBuckets) Edges() []*big.Rat { return b.edges }

// Width returns the width of the intervals and where one begins; nil for given
// edges.
func (b *NumberBuckets) Width() (width, origin *big.Rat) { return b.width, b.origin }

// Run returns the interval around a value.
func (b *NumberBuckets) Run(v Value) Run {
	if b.of != datasets.Number {
		return b.intRun(v.Int)
	}
	return b.floatRun(v.Float + 0)
}

// interval returns which interval between given edges a value lies in: counted from 0, -1
// below all, and the number of intervals above all.
func (b *NumberBuckets) interval(v Value) int {
	var i int
	var exact bool
	if b.of == datasets.Number {
		i, exact = slices.BinarySearch(b.rounded, v.Float+0)
	} else {
		i, exact = slices.BinarySearchFunc(b.edges, new(big.Rat).SetInt64(v.Int), (*big.Rat).Cmp)
	}
	last := len(b.edges) - 1
	switch {
	case exact && i < last:
		return i
	case i > last:
		return last
	default:
		return i - 1
	}
}

func (b *NumberBuckets) floatRun(v float64) Run {
	if b.width == nil {
		n := len(b.rounded)
		switch i := b.interval(Value{Float: v}); i {
		case -1:
			return Run{First: Value{Float: math.Inf(-1)}, End: Value{Float: b.rounded[0]}, Label: Nullable{Null: true}}
		case n - 1:
			return Run{First: Value{Float: math.Nextafter(b.rounded[n-1], math.Inf(1))}, End: Value{Float: math.Inf(1)}, Label: Nullable{Null: true}}
		default:
			return Run{First: Value{Float: b.rounded[i]}, End: Value{Float: b.rounded[i+1]}, Closed: i == n-2, Label: b.floatLabel(b.edges[i])}
		}
	}
	if b.even != nil {
		if lower, upper, ok := b.even.around(v); ok {
			return Run{First: Value{Float: lower}, End: Value{Float: upper}, Label: Nullable{Value: Value{Float: lower + 0}}}
		}
	}
	// The interval is the last one whose lower edge is v or less as a float64: the edge
	// itself is at most half way to the next float64. Where widths are below the precision
	// of a float64, intervals before it are empty.
	k := quotient(halfUlpAbove(v), b.origin, b.width)
	edge := func(k *big.Int) float64 { f, _ := b.edge(k).Float64(); return f }
	if edge(k) > v {
		k.Sub(k, one) // it lay half way, and that is rounded up
	}
	return Run{First: Value{Float: edge(k)}, End: Value{Float: edge(new(big.Int).Add(k, one))}, Label: b.floatLabel(b.edge(k))}
}

// halfUlpAbove returns what lies half way between v and the next float64.
func halfUlpAbove(v float64) *big.Rat {
	above := new(big.Rat)
	if next := math.Nextafter(v, math.Inf(1)); !math.IsInf(next, 0) {
		above.SetFloat64(next)
	} else {
		above.SetFrac(new(big.Int).Lsh(one, 1024), one)
	}
	above.Add(above, new(big.Rat).SetFloat64(v))
	return above.Quo(above, big.NewRat(2, 1))
}

var one = big.NewInt(1)

// edge returns the lower edge of the k-th interval from the origin.
func (b *NumberBuckets) edge(k *big.Int) *big.Rat {
	e := new(big.Rat).SetInt(k)
	return e.Add(e.Mul(e, b.width), b.origin)
}

// quotient returns how many whole widths v lies above the origin.
func quotient(v, origin, width *big.Rat) *big.Int {
	q := new(big.Rat).Sub(v, origin)
	q.Quo(q, width)
	k := new(big.Int)
	return k.Div(q.Num(), q.Denom()) // Euclidean: rounded down, since a denominator is positive
}

func (b *NumberBuckets) floatLabel(edge *big.Rat) Nullable {
	f, _ := edge.Float64()
	return Nullable{Value: Value{Float: max(f, -math.MaxFloat64) + 0}}
}

func (b *NumberBuckets) intRun(v int64) Run {
	if b.whole != nil {
		if lower, ok := b.whole.before(v); ok {
			return Run{First: Value{Int: lower}, End: Value{Int: lower + b.whole.width}, Label: Nullable{Value: Value{Int: lower}}}
		}
	}
	var lower, upper *big.Rat
	closed := false
	if b.width == nil {
		n := len(b.edges)
		i := b.interval(Value{Int: v})
		switch i {
		case -1:
			return Run{First: Value{Int: math.MinInt64}, End: Value{Int: ceiling(b.edges[0])}, Label: Nullable{Null: true}}
		case n - 1:
			first := ceiling(b.edges[n-1])
			if b.edges[n-1].IsInt() {
				first++
			}
			return Run{First: Value{Int: first}, End: Value{Int: math.MaxInt64}, Closed: true, Label: Nullable{Null: true}}
		}
		lower, upper, closed = b.edges[i], b.edges[i+1], i == n-2 && b.edges[n-1].IsInt()
	} else {
		k := quotient(new(big.Rat).SetInt64(v), b.origin, b.width)
		lower, upper = b.edge(k), b.edge(new(big.Int).Add(k, one))
	}
	run := Run{First: Value{Int: ceiling(lower)}, End: Value{Int: ceiling(upper)}, Closed: closed}
	if over := new(big.Rat).SetInt64(math.MaxInt64); upper.Cmp(over) > 0 {
		run.End.Int, run.Closed = math.MaxInt64, true
	}
	if b.labels == datasets.Number {
		run.Label = b.floatLabel(lower)
		return run
	}
	// An interval may begin below all int64s; its values are what it has.
	run.Label.Int = run.First.Int
	return run
}

// ceiling returns the least int64 that is not below r, or the greatest one.
func ceiling(r *big.Rat) int64 {
	n := new(big.Int).Div(r.Num(), r.Denom())
	if !r.IsInt() {
		n.Add(n, one)
	}
	switch {
	case n.IsInt64():
		return n.Int64()
	case n.Sign() < 0:
		return math.MinInt64
	default:
		return math.MaxInt64
	}
}
