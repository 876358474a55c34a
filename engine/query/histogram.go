package query

import (
	"math/big"

	"herbarium/datasets"
	"herbarium/engine/plan"
	"herbarium/schemas"
)

// histogram reads which bins of which field are asked for.
func (p *parser) histogram(of *later) {
	f, ok := p.namedField(of.field)
	if of.bins != nil && of.edges != nil {
		p.fault(of.edges.Offset, "/edges", schemas.UnknownProperty, "a histogram has bins or edges, not both")
		return
	}
	h := &plan.Histogram{Field: f, Most: datasets.DefaultBins}
	if of.bins != nil {
		h.Most = int(p.count(of.bins, "/bins", datasets.MaxBins))
	}
	if of.edges != nil && ok {
		field := &p.ds.Fields[f]
		edges := p.edges(of.edges, "/edges", field, datasets.MaxBins+1)
		if edges == nil {
			return
		}
		h.Bins = plan.NewBins(field.Type, edges)
	}
	p.query.Histogram = h
}

// edges reads ascending edges of a field's values, at most so many. It returns nil where
// they are none.
func (p *parser) edges(n *schemas.Node, pointer string, field *datasets.Field, most int) []*big.Rat {
	read, of := p.rational, "numbers"
	if !field.Numeric() {
		of = "dates"
		read = func(n *schemas.Node, pointer string) (*big.Rat, bool) { return p.moment(n, pointer, field) }
	}
	switch {
	case n.Kind != schemas.Array:
		p.fault(n.Offset, pointer, schemas.WrongType, "must be a list of %s, not %s", of, p.sent(n))
		return nil
	case len(n.Items) < 2:
		p.fault(n.Offset, pointer, schemas.TooFew, "an interval has two edges")
		return nil
	case len(n.Items) > most:
		p.fault(n.Offset, pointer, schemas.OutOfRange, "there are %d edges; at most %d are allowed", len(n.Items), most)
		return nil
	}
	var edges []*big.Rat
	for i := range n.Items {
		item, at := &n.Items[i], schemas.Index(pointer, i)
		edge, ok := read(item, at)
		if !ok {
			return nil
		}
		if i > 0 && !plan.Ascending(edges[i-1], edge, field.Type) {
			p.fault(item.Offset, at, schemas.OutOfRange, "the edge %s is not above the one before it", schemas.Clip(item.Text))
			return nil
		}
		edges = append(edges, edge)
	}
	return edges
}

// moment reads a day, or an instant, as a bound is written: in days, or in milliseconds.
func (p *parser) moment(n *schemas.Node, pointer string, field *datasets.Field) (*big.Rat, bool) {
	if n.Kind != schemas.String {
		p.fault(n.Offset, pointer, schemas.WrongType, "must be a date as a string, not %s", p.sent(n))
		return nil, false
	}
	instant, err := datasets.ParseBound(n.Text, field, true)
	if err != nil {
		p.fault(n.Offset, pointer, schemas.BadDate, "%s is %v", schemas.Quote(n.Text), err)
		return nil, false
	}
	unit, whole := int64(1), "millisecond"
	if field.Type == datasets.Date {
		unit, whole = datasets.MillisPerDay, "day"
	}
	at := instant.Inward(unit, true)
	if at != instant.Inward(unit, false) {
		p.fault(n.Offset, pointer, schemas.BadDate, "%s is not the beginning of a %s", schemas.Quote(n.Text), whole)
		return nil, false
	}
	return new(big.Rat).SetInt64(at), true
}
