package query

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"herbarium/datasets"
	"herbarium/engine/plan"
	"herbarium/schemas"
)

// bound is one entry of lower, upper, above or below.
type bound struct {
	property string
	node     *schemas.Node
}

// lower reports whether the bound is one that values lie above.
func (b *bound) lower() bool { return b.property == "lower" || b.property == "above" }

// open reports whether the bound excludes its own value.
func (b *bound) open() bool { return b.property == "above" || b.property == "below" }

// earliest reports whether a day stands for its first instant. A day above which
// or up to which values lie is meant as a whole, and so is one at which they begin
// or before which they end.
func (b *bound) earliest() bool { return b.property == "lower" || b.property == "below" }

// ranges joins the bounds of each field into one range, in field order.
func (p *parser) ranges(of *parts, pointer string) []plan.Predicate {
	bounds := make([][]bound, len(p.ds.Fields))
	for _, property := range []string{"lower", "above", "upper", "below"} {
		object := of.bounds[property]
		if object == nil {
			continue
		}
		for i := range object.Members {
			m := &object.Members[i]
			if m.Doubled {
				continue
			}
			at := schemas.Key(pointer+"/"+property, m.Key)
			b := bound{property, &m.Value}
			f, ok := p.ds.Field(m.Key)
			if !ok || !slices.Contains(p.ds.Bounds, f) {
				p.unbounded(m, at, ok)
			} else if p.bound(&p.ds.Fields[f], &b, at) {
				p.countPart(b.node, at)
				bounds[f] = append(bounds[f], b)
			}
		}
	}
	var ranges []plan.Predicate
	for f := range bounds {
		switch {
		case bounds[f] != nil:
			if r, ok := p.ranged(f, bounds[f], pointer); ok {
				ranges = append(ranges, r)
			}
		case slices.Contains(of.present, f):
			ranges = append(ranges, plan.Present(f))
		}
	}
	return ranges
}

func (p *parser) unbounded(m *schemas.Member, pointer string, exists bool) {
	var allowed []string
	for _, f := range p.ds.Bounds {
		allowed = append(allowed, p.ds.Fields[f].Name)
	}
	if exists {
		p.fault(m.Offset, pointer, schemas.UnknownField, "the field %s takes no bounds; these do: %s", schemas.Quote(m.Key), choices(allowed))
		return
	}
	p.fault(m.Offset, pointer, schemas.UnknownField, "there is no field %s%s; fields that take bounds: %s",
		schemas.Quote(m.Key), nearest(m.Key, allowed), choices(allowed))
}

// bound reports whether b can bound the field, and says so where it cannot.
func (p *parser) bound(field *datasets.Field, b *bound, pointer string) bool {
	numeric, n := field.Numeric(), b.node
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
		if _, err := datasets.ParseBound(n.Text, field, b.earliest()); err != nil {
			p.fault(n.Offset, pointer, schemas.BadDate, "%s is %v", schemas.Quote(n.Text), err)
			return false
		}
		return true
	default:
		return true
	}
	return false
}

// ranged joins bounds of one field that are good each by itself, those that
// values lie above first. It reports false where two contradict each other.
func (p *parser) ranged(f int, bounds []bound, pointer string) (plan.Predicate, bool) {
	field := &p.ds.Fields[f]
	r := plan.Predicate{Field: f}
	for i := range bounds {
		b := &bounds[i]
		for j := range bounds {
			if upper := &bounds[j]; b.lower() && !upper.lower() && compareBounds(field, b, upper) > 0 {
				p.fault(b.node.Offset, schemas.Key(pointer+"/"+b.property, field.Name), schemas.LowerAboveUpper,
					"the %s %s is above the %s %s", b.words(), schemas.Clip(b.node.Text), upper.words(), schemas.Clip(upper.node.Text))
				return r, false
			}
		}
		limit, open, never := limitOf(field, b)
		switch {
		case never:
			r.Never = true
		case b.lower():
			if c := compareLimits(r.Min, limit, field.Type); r.Min == nil || c < 0 || c == 0 && open {
				r.Min, r.MinOpen = limit, open
			}
		default:
			if c := compareLimits(r.Max, limit, field.Type); r.Max == nil || c > 0 || c == 0 && open {
				r.Max, r.MaxOpen = limit, open
			}
		}
	}
	// Bounds between neighbouring integers or milliseconds leave no value.
	if !r.Never && r.Min != nil && r.Max != nil {
		c := plan.Compare(*r.Min, *r.Max, field.Type)
		r.Never = c > 0 || c == 0 && (r.MinOpen || r.MaxOpen)
	}
	if r.Never {
		r = plan.Predicate{Field: f, Never: true}
	}
	return r, true
}

// words name the bound in a message.
func (b *bound) words() string {
	switch b.property {
	case "lower":
		return "lower bound"
	case "upper":
		return "upper bound"
	default:
		return "bound " + b.property
	}
}

// compareLimits compares two limits; a nil one is none, and equal to all.
func compareLimits(a, b *plan.Value, t datasets.Type) int {
	if a == nil {
		return 0
	}
	return plan.Compare(*a, *b, t)
}

// limitOf returns the bound as a value of the field that is inclusive, or open for
// text. Those of integers, dates and date-times are rounded inward, exactly; never
// is true where no value lies within it.
func limitOf(field *datasets.Field, b *bound) (limit *plan.Value, open, never bool) {
	v := plan.Value{}
	switch field.Type {
	case datasets.Number:
		f, _ := b.node.Float()
		switch b.property {
		case "above":
			f = math.Nextafter(f, math.Inf(1))
		case "below":
			f = math.Nextafter(f, math.Inf(-1))
		}
		v.Float = f + 0 // + 0 makes -0 a plain zero
		return &v, false, math.IsInf(f, 0)
	case datasets.Integer:
		v.Int, never = integerLimit(b)
		return &v, false, never
	case datasets.Date, datasets.DateTime:
		i, _ := datasets.ParseBound(b.node.Text, field, b.earliest())
		unit, first, last := int64(1), int64(datasets.FirstMilli), int64(datasets.LastMilli)
		if field.Type == datasets.Date {
			unit, first, last = datasets.MillisPerDay, datasets.FirstDay, datasets.LastDay
		}
		switch b.property {
		case "above":
			v.Int = i.Inward(unit, false) + 1
		case "below":
			v.Int = i.Inward(unit, true) - 1
		default:
			v.Int = i.Inward(unit, b.lower())
		}
		return &v, false, v.Int > last && b.lower() || v.Int < first && !b.lower()
	default:
		v.Str = b.node.Text
		return &v, b.open(), false
	}
}

// integerLimit returns the least or greatest int64 within the bound.
func integerLimit(b *bound) (limit int64, never bool) {
	i, exact, over := b.node.Floor()
	lower := b.lower()
	switch {
	case over > 0 && lower, over < 0 && !lower:
		return 0, true
	case over > 0:
		return math.MaxInt64, false
	case over < 0:
		return math.MinInt64, false
	}
	switch {
	case lower && (!exact || b.open()):
		return i + 1, i == math.MaxInt64
	case !lower && exact && b.open():
		return i - 1, i == math.MinInt64
	}
	return i, false
}

// compareBounds compares two bounds as they are written: what was rounded inward
// says no more which is the greater one.
func compareBounds(field *datasets.Field, lower, upper *bound) int {
	switch field.Type {
	case datasets.Number:
		l, _ := lower.node.Float()
		u, _ := upper.node.Float()
		return cmp.Compare(l, u)
	case datasets.Integer:
		return schemas.CompareNumbers(lower.node, upper.node)
	case datasets.Date, datasets.DateTime:
		l, _ := datasets.ParseBound(lower.node.Text, field, lower.earliest())
		u, _ := datasets.ParseBound(upper.node.Text, field, upper.earliest())
		if strings.EqualFold(lower.node.Text, upper.node.Text) {
			return 0 // a whole day, of which one bound is the end and one the begin
		}
		return l.Compare(u)
	default:
		return strings.Compare(lower.node.Text, upper.node.Text)
	}
}
