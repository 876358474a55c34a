package plan

import (
	"math"
	"math/big"

	"herbarium/datasets"
)

// Bins are the intervals of a histogram, between ascending edges: each has its lower edge
// and not its upper one, but the last has both. A value is placed by comparing it with the
// edges. Bins are numbered; the label of a value is the number of its bin, from 1, and 0
// below the first edge and one more than there are bins above the last, so that these two
// are not one with the rows without a value.
type Bins struct {
	intervals *NumberBuckets
	// Edges are the edges as values of EdgeType.
	Edges    []Value
	EdgeType datasets.Type
}

// NewBins returns the bins of a field of that type between the edges, which ascend; those
// of dates are in days, of date-times in milliseconds. There are at least two, or none: then no
// value has a bin.
func NewBins(of datasets.Type, edges []*big.Rat) *Bins {
	b := &Bins{intervals: NewEdgeBuckets(of, edges), EdgeType: of}
	if of == datasets.Integer {
		b.EdgeType = b.intervals.Type() // Number for edges with a fraction
	}
	for i, e := range edges {
		v := Value{Float: b.intervals.rounded[i] + 0}
		if b.EdgeType != datasets.Number {
			v = Value{Int: e.Num().Int64()}
		}
		b.Edges = append(b.Edges, v)
	}
	return b
}

// Type returns Integer.
func (b *Bins) Type() datasets.Type { return datasets.Integer }

// Len returns how many bins there are.
func (b *Bins) Len() int { return max(0, len(b.Edges)-1) }

// Run returns the bin around a value.
func (b *Bins) Run(v Value) Run {
	if len(b.Edges) == 0 {
		least, greatest := limits(b.EdgeType)
		return Run{First: least, End: greatest, Closed: true}
	}
	run := b.intervals.Run(v)
	run.Label = Nullable{Value: Value{Int: int64(b.intervals.interval(v)) + 1}}
	return run
}

// Exact returns the edges exactly, as NewBins took them.
func (b *Bins) Exact() []*big.Rat { return b.intervals.edges }

// String returns such as "bins 0 1/2 1".
func (b *Bins) String() string { return "bins" + b.intervals.text[len("edges"):] }

// texts writes the edges for people.
func (b *Bins) texts() []string {
	texts := make([]string, len(b.Edges))
	for i, e := range b.Edges {
		texts[i] = string(e.AppendText(nil, b.EdgeType))
	}
	return texts
}

// limits returns the least and the greatest value that a field of the type can have.
func limits(t datasets.Type) (least, greatest Value) {
	switch t {
	case datasets.Number:
		return Value{Float: -math.MaxFloat64}, Value{Float: math.MaxFloat64}
	case datasets.Date:
		return Value{Int: datasets.FirstDay}, Value{Int: datasets.LastDay}
	case datasets.DateTime:
		return Value{Int: datasets.FirstMilli}, Value{Int: datasets.LastMilli}
	default:
		return Value{Int: math.MinInt64}, Value{Int: math.MaxInt64}
	}
}
