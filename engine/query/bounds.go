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
			} else if p.bound(&p.ds.Fields[f], &m.Value, pointer, name == "lower") {
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
	p.fault(m.Offset, pointer, schemas.UnknownField, "there is no field %s%s; fields that take bounds: %s",
		schemas.Quote(m.Key), schemas.DidYouMean(m.Key, allowed), schemas.List(allowed))
}

// bound reports whether n can bound the field, and says so where it cannot.
func (p *parser) bound(field *datasets.Field, n *schemas.Node, pointer string, lower bool) bool {
	numeric := field.Numeric()
	switch {
	case numeric && n.Kind != schemas.Number:
		p.fault(n.Offset, pointer, schemas.WrongType, "must be a number, not %s", p.sent(n))
	case !numeric && n.Kind != schemas.String:
		p.fault(n.Offset, pointer, schemas.WrongType, "must be %s, not %s", article(field.Type), p.sent(n))
	case numeric:
		if _, finite := n.Float(); !finite {
			p.fault(n.Offset, pointer, schemas.NotFinite, "%s is beyond the range of a float64", schemas.Clip(n.Text))
			return false
		}
		return true
	case field.Type == datasets.Date || field.Type == datasets.DateTime:
		if _, err := datasets.ParseBound(n.Text, field, lower); err != nil {
			p.fault(n.Offset, pointer, schemas.BadDate, "%s is %v", schemas.Quote(n.Text), err)
			return false
		}
		return true
	default:
		return true
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
		if above(field, lower, upper) {
			p.fault(lower.Offset, schemas.Key("/lower", field.Name), schemas.LowerAboveUpper,
				"the lower bound %s is above the upper bound %s", schemas.Clip(lower.Text), schemas.Clip(upper.Text))
			return
		}
		// Two bounds between neighbouring integers or milliseconds leave none.
		if !r.Never && plan.Compare(*r.Min, *r.Max, field.Type) > 0 {
			r.Never = true
		}
	}
	if r.Never {
		r.Min, r.Max = nil, nil
	}
	p.query.Filter = append(p.query.Filter, r)
}

// limit returns the bound as a value of the field. Those of integers, dates and
// date-times are rounded inward, exactly; never is true where no value lies within
// it.
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
	case datasets.Date, datasets.DateTime:
		i, _ := datasets.ParseBound(n.Text, field, lower)
		unit, last := int64(1), int64(datasets.LastMilli)
		if field.Type == datasets.Date {
			unit, last = datasets.MillisPerDay, datasets.LastDay
		}
		v := plan.Value{Int: i.Inward(unit, lower)}
		return &v, v.Int > last // rounded up, beyond every value
	default:
		return &plan.Value{Str: n.Text}, false
	}
}

// above reports whether the lower bound is above the upper one, as they are
// written: what was rounded inward says no more which was.
func above(field *datasets.Field, lower, upper *schemas.Node) bool {
	switch field.Type {
	case datasets.Number:
		l, _ := lower.Float()
		u, _ := upper.Float()
		return l > u
	case datasets.Integer:
		return schemas.CompareNumbers(lower, upper) > 0
	case datasets.Date, datasets.DateTime:
		l, _ := datasets.ParseBound(lower.Text, field, true)
		u, _ := datasets.ParseBound(upper.Text, field, false)
		return l.Compare(u) > 0
	default:
		return lower.Text > upper.Text
	}
}
