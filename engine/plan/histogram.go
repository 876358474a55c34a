package plan

import (
	"fmt"
	"math/big"
	"strings"

	"herbarium/datasets"
)

// Histogram makes a row for each bin of a field in each group, with the number of rows in
// it, which is 0 for some. (To add these is to densify the group.) The rows of a group
// whose values are missing, or beyond the edges, have rows of their own, where there are any:
// the missing ones and those below come first, those above last.
type Histogram struct {
	// Field is the index of the field that the bins are of.
	Field int
	// Most is how many bins there are at most, between edges that follow from the field's
	// least and greatest value. It has no meaning where Bins are given.
	Most int
	// Bins are nil until they are known (see Plan.Settle); all groups have the same.
	Bins *Bins

	edge  Column // of from and to
	names []string
}

// ByBin returns the plan of a row for each bin of the histogram in each group.
func ByBin(ds *datasets.Dataset, op *datasets.Operation, keys []Key, h Histogram) *Plan {
	h.names = op.Labels
	h.edge = Column{Type: ds.Fields[h.Field].Type, Field: h.Field}
	all := keys
	if h.Bins != nil {
		h.edge.Type = h.Bins.EdgeType
		all = append(all[:len(all):len(all)], Key{Field: h.Field, Buckets: h.Bins})
	}
	count := Measured{Measure: Count, Field: NoField}
	return ByGroup(ds, op, all, []Measured{count}).reshaped(&h, len(keys))
}

// columns returns the lower edge, the upper edge and the count.
func (h *Histogram) columns() []Column {
	from, to := h.edge, h.edge
	from.Name, from.Title = h.names[0], "Lower edge, which the bin includes; null for rows below the first edge or without a value"
	to.Name, to.Title = h.names[1], "Upper edge, which only the last bin includes; null for rows above the last edge or without a value"
	return []Column{from, to, {Name: Count.Name, Type: datasets.Integer, Field: NoField, Title: Count.Title, Total: true}}
}

// String says which bins there are.
func (h *Histogram) String() string {
	if h.Bins == nil {
		return fmt.Sprintf("a row for each of at most %d bins from the least to the greatest value", h.Most)
	}
	return "a row for each bin between the edges " + strings.Join(h.Bins.texts(), ", ")
}

// unsettled returns the plan's histogram if its bins are not known, else nil.
func (p *Plan) unsettled() *Histogram {
	if h, ok := p.Reshape.(*Histogram); ok && h.Bins == nil {
		return h
	}
	return nil
}

// Settled reports whether all of the plan is known. Where it is not, Inner is the plan of
// the values that Settle needs: the least and the greatest one of a field.
func (p *Plan) Settled() bool { return p.unsettled() == nil }

// extremes returns the plan of the least and the greatest value of the field.
func (p *Plan) extremes(field int) *Plan {
	return ByGroup(p.Dataset, p.Operation, nil, []Measured{{Measure: Min, Field: field}, {Measure: Max, Field: field}})
}

// Settle returns the plan with all that follows from the least and the greatest value. Where
// there are none, no row has a value, and the answer has no bin.
func (p *Plan) Settle(least, greatest Nullable) *Plan {
	h := *p.unsettled()
	var edges []*big.Rat
	if field := &p.Dataset.Fields[h.Field]; !least.Null && !greatest.Null {
		edges = binEdges(field, least.Value, greatest.Value, h.Most)
	}
	h.Bins = NewBins(p.Dataset.Fields[h.Field].Type, edges)
	settled := ByBin(p.Dataset, p.Operation, p.Groups.Keys, h)
	settled.Filter, settled.Order, settled.Skip, settled.Limit = p.Filter, p.Order, p.Skip, p.Limit
	return settled
}
