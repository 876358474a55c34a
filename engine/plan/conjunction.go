package plan

import (
	"cmp"
	"slices"

	"herbarium/datasets"
)

// And returns the condition that holds where both do, over the dataset's fields.
// Memberships and ranges of one field become one, so that a store sees the narrowest.
func And(a, b Condition, ds *datasets.Dataset) Condition {
	switch {
	case a.Always():
		return b
	case b.Always():
		return a
	}
	c := Condition{Any: slices.Concat(a.Any, b.Any), Not: slices.Concat(a.Not, b.Not)}
	c.Where = slices.Concat(a.Where, b.Where)
	slices.SortStableFunc(c.Where, func(x, y Predicate) int { return cmp.Or(x.kind()-y.kind(), x.Field-y.Field) })
	joined := c.Where[:0]
	for _, p := range c.Where {
		last := len(joined) - 1
		switch {
		case last < 0 || joined[last].kind() != p.kind() || joined[last].Field != p.Field:
			joined = append(joined, p)
		case p.Text != nil:
			// Two texts to find in one field: one of them stands by itself.
			c.Any = append(c.Any, []Condition{{Where: []Predicate{p}}})
		default:
			joined[last] = joined[last].and(&p, ds.Fields[p.Field].Type)
		}
	}
	c.Where = joined
	if i := slices.IndexFunc(c.Where, func(p Predicate) bool { return p.Never }); i >= 0 {
		return Condition{Where: []Predicate{{Field: c.Where[i].Field, Never: true}}}
	}
	return c
}

// kind orders predicates as a condition has them: memberships, ranges, text matches
// by prefix, other text matches. One of each kind is on a field.
func (p *Predicate) kind() int {
	switch {
	case p.Text != nil && p.Text.Prefix:
		return 2
	case p.Text != nil:
		return 3
	case len(p.In) > 0 || p.Null:
		return 0
	default:
		return 1
	}
}

// and joins two memberships, or two ranges, of one field.
func (p *Predicate) and(other *Predicate, t datasets.Type) Predicate {
	never := Predicate{Field: p.Field, Never: true}
	if p.kind() == 0 {
		both := Predicate{Field: p.Field, Null: p.Null && other.Null}
		for _, v := range p.In {
			if slices.Contains(other.In, v) {
				both.In = append(both.In, v)
			}
		}
		if len(both.In) == 0 && !both.Null {
			return never
		}
		return both
	}
	if p.Never || other.Never {
		return never
	}
	both := *p
	if m := other.Min; m != nil {
		if order := compareEnds(both.Min, m, t, -1); order < 0 || order == 0 && other.MinOpen {
			both.Min, both.MinOpen = m, other.MinOpen
		}
	}
	if m := other.Max; m != nil {
		if order := compareEnds(both.Max, m, t, 1); order > 0 || order == 0 && other.MaxOpen {
			both.Max, both.MaxOpen = m, other.MaxOpen
		}
	}
	if both.Min != nil && both.Max != nil {
		if order := Compare(*both.Min, *both.Max, t); order > 0 || order == 0 && (both.MinOpen || both.MaxOpen) {
			return never
		}
	}
	return both
}

// compareEnds compares an end of a range, of which nil is none, with another one;
// none is as far out as outside says.
func compareEnds(end, other *Value, t datasets.Type, outside int) int {
	if end == nil {
		return outside
	}
	return Compare(*end, *other, t)
}
