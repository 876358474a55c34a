package query

import (
	"math"
	"slices"

	"herbarium/datasets"
	"herbarium/engine/plan"
	"herbarium/schemas"
)

// bounds joins lower and upper into one range for each field, in field order.
func (p *parser) bounds(lower, upper *schemas.Node) {
	type pair struct{ lower, upper *schemas.Node }
	pairs := make([]pair, len(p.ds.Fields))
	each := func(object *schemas.Node, name string, set func(*pair, *schemas.Node)) {
		if object == nil {
			return
		}
		for i := range object.Members {
			m := &object.Members[i]
			if m.Doubled {
				continue
			}
			pointer := schemas.Key("/"+name, m.Key)
			f, ok := p.ds.Field(m.Key)
			if !ok || !slices.Contains(p.ds.Bounds, f) {
				p.unbounded(m, pointer, ok)
			} else if p.bound(&p.ds.Fields[f], &m.Value, pointer) {
				set(&pairs[f], &m.Value)
			}
		}
	}
	each(lower, "lower", func(b *pair, n *schemas.Node) { b.lower = n })
	each(upper, "upper", func(b *pair, n *schemas.Node) { b.upper = n })
	for f := range pairs {
		if b := &pairs[f]; b.lower != nil || b.upper != nil {
			p.ranged(f, b.lower, b.upper)
		}
	}
}

func (p *parser) unbounded(m *schemas.Member, pointer string, exists bool) {
	var allowed []string
	for _, f := range p.ds.Bounds {
		allowed = append(allowed, p.ds.Fields[f].Name)
	}
	if exists {
		p.fault(m.Offset, pointer, schemas.UnknownField, "the field %s takes no bounds; these do: %s", schemas.Quote(m.Key), schemas.List(allowed))
		return
	}
	p.fault(m.Offset, pointer, schemas.UnknownField, "there is no field %s%s; bounds go on %s",
		schemas.Quote(m.Key), schemas.DidYouMean(m.Key, allowed), schemas.List(allowed))
}

// bound reports whether n can bound the field, and says so where it cannot.
func (p *parser) bound(field *datasets.Field, n *schemas.Node, pointer string) bool {
	numeric := field.Numeric()
	switch {
	case numeric && n.Kind != schemas.Number:
		p.fault(n.Offset, pointer, schemas.WrongType, "must be a number, not %s", n.Kind)
	case !numeric && n.Kind != schemas.String:
		p.fault(n.Offset, pointer, schemas.WrongType, "must be %s, not %s", article(field.Type), n.Kind)
	case numeric:
		if _, finite := n.Float(); !finite {
			p.fault(n.Offset, pointer, schemas.NotFinite, "%s is beyond the range of a float64", schemas.Clip(n.Text))
			return false
		}
		return true
	default:
		_, ok := p.text(field, n, pointer)
		return ok
	}
	return false
}

// ranged adds the range of two bounds that are good each by itself; either may
// be nil.
func (p *parser) ranged(f int, lower, upper *schemas.Node) {
	field := &p.ds.Fields[f]
	r := plan.Predicate{Field: f}
	if lower != nil {
		r.Min, r.Never = p.limit(field, lower, true)
	}
	if upper != nil {
		var never bool
		r.Max, never = p.limit(field, upper, false)
		r.Never = r.Never || never
	}
	if lower != nil && upper != nil {
		var above bool
		if field.Type == datasets.Integer {
			// What was rounded inward says no more which was above.
			above = schemas.CompareNumbers(lower, upper) > 0
		} else {
			above = plan.Compare(*r.Min, *r.Max, field.Type) > 0
		}
		if above {
			p.fault(lower.Offset, schemas.Key("/lower", field.Name), schemas.LowerAboveUpper,
				"the lower bound %s is above the upper bound %s", schemas.Clip(lower.Text), schemas.Clip(upper.Text))
			return
		}
		// Two bounds between neighbouring integers leave none.
		if !r.Never && plan.Compare(*r.Min, *r.Max, field.Type) > 0 {
			r.Never = true
		}
	}
	if r.Never {
		r.Min, r.Max = nil, nil
	}
	p.query.Filter = append(p.query.Filter, r)
}

// limit returns the bound as a value of the field. An integer field's is
// rounded inward, exactly; never is true where no int64 lies within it.
func (p *parser) limit(field *datasets.Field, n *schemas.Node, lower bool) (limit *plan.Value, never bool) {
	switch field.Type {
	case datasets.Number:
		f, _ := n.Float()
		return &plan.Value{Float: f + 0}, false // + 0 makes -0 a plain zero
	case datasets.Integer:
		i, exact, over := n.Floor()
		switch {
		case over > 0 && lower, over < 0 && !lower:
			return nil, true
		case over > 0:
			i = math.MaxInt64
		case over < 0:
			i = math.MinInt64
		case lower && !exact:
			if i == math.MaxInt64 {
				return nil, true
			}
			i++
		}
		return &plan.Value{Int: i}, false
	default:
		v, _ := p.text(field, n, "")
		return &v, false
	}
}
