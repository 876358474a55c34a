package plan

import "herbarium/datasets"

// Rebase returns the plan, of a view of ds, as a plan of ds: fields gives the index in ds
// of each field of the view, ascending. The rows that it is about also meet the condition,
// which is over ds; nil is met by all. The columns of the answer stay the same. The plan
// must not reshape groups, which stores never do (see Inner).
func (p *Plan) Rebase(ds *datasets.Dataset, fields []int, rows *Condition) *Plan {
	to := func(field int) int {
		if field == NoField {
			return NoField
		}
		return fields[field]
	}
	based := *p
	based.Dataset = ds
	based.Filter = p.Filter.rebase(to)
	if rows != nil {
		based.Filter = And(*rows, based.Filter, ds)
	}
	based.Columns = make([]Column, len(p.Columns))
	for i, c := range p.Columns {
		c.Field = to(c.Field)
		based.Columns[i] = c
	}
	if p.Groups != nil {
		based.Groups = p.Groups.rebase(to)
		return &based
	}
	based.Fields = make([]int, len(p.Fields))
	for i, f := range p.Fields {
		based.Fields[i] = to(f)
	}
	if p.Order != nil {
		based.Order = make([]SortKey, len(p.Order))
		for i, key := range p.Order {
			based.Order[i] = SortKey{to(key.By), key.Descending}
		}
	}
	return &based
}

func (g *Groups) rebase(to func(field int) int) *Groups {
	based := &Groups{Keys: make([]Key, len(g.Keys)), Measures: make([]Measured, len(g.Measures)), KeysFirst: g.KeysFirst}
	for i, k := range g.Keys {
		k.Field = to(k.Field)
		based.Keys[i] = k
	}
	for i, m := range g.Measures {
		m.Field = to(m.Field)
		if m.OfPair {
			m.With = to(m.With)
		}
		based.Measures[i] = m
	}
	return based
}

// rebase returns the condition with other indexes of its fields.
func (c *Condition) rebase(to func(field int) int) Condition {
	var based Condition
	for _, p := range c.Where {
		p.Field = to(p.Field)
		based.Where = append(based.Where, p)
	}
	for _, list := range c.Any {
		alternatives := make([]Condition, len(list))
		for i := range list {
			alternatives[i] = list[i].rebase(to)
		}
		based.Any = append(based.Any, alternatives)
	}
	for i := range c.Not {
		based.Not = append(based.Not, c.Not[i].rebase(to))
	}
	return based
}
