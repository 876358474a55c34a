package query

import (
	"slices"
	"strconv"

	"herbarium/datasets"
	"herbarium/engine/plan"
	"herbarium/schemas"
)

// selector reads one value or a list of distinct values of the selector's
// field, and adds their membership to the query.
func (p *parser) selector(into *parts, s *datasets.Selector, n *schemas.Node, pointer string) {
	field := &p.ds.Fields[s.Field]
	member := plan.Predicate{Field: s.Field}
	if n.Kind != schemas.Array {
		if v, ok := p.value(field, n, pointer, " or a list of such"); ok {
			p.countPart(n, pointer)
			member.In = []plan.Value{v}
			into.members = append(into.members, member)
		}
		return
	}
	if len(n.Items) == 0 {
		p.fault(n.Offset, pointer, schemas.TooFew, "the list is empty; name a value, or leave the property out for all")
		return
	}
	seen := make(map[plan.Value]bool, len(n.Items))
	for i := range n.Items {
		item := &n.Items[i]
		at := schemas.Index(pointer, i)
		var v plan.Value
		doubled, ok := member.Null, true
		if item.Kind == schemas.Null {
			member.Null = true
		} else if v, ok = p.value(field, item, at, " or null"); ok {
			doubled = seen[v]
			seen[v] = true
		}
		switch {
		case !ok:
		case doubled:
			p.fault(item.Offset, at, schemas.DuplicateValue, "the value is repeated")
		case item.Kind != schemas.Null:
			member.In = append(member.In, v)
		}
	}
	slices.SortFunc(member.In, func(a, b plan.Value) int { return plan.Compare(a, b, field.Type) })
	p.countPart(n, pointer)
	into.members = append(into.members, member)
}

// value reads a value that a selector of the field can name.
func (p *parser) value(field *datasets.Field, n *schemas.Node, pointer, more string) (plan.Value, bool) {
	var want schemas.Kind
	switch field.Type {
	case datasets.Integer:
		want = schemas.Number
	case datasets.Boolean:
		want = schemas.Bool
	default:
		want = schemas.String
	}
	if n.Kind != want {
		p.fault(n.Offset, pointer, schemas.WrongType, "must be %s%s, not %s", article(field.Type), more, p.sent(n))
		return plan.Value{}, false
	}
	switch field.Type {
	case datasets.Boolean:
		var v plan.Value
		if n.Bool {
			v.Int = 1
		}
		return v, p.listed(field, v, strconv.FormatBool(n.Bool), n, pointer)
	case datasets.Integer:
		i, exact, over := n.Floor()
		if !exact {
			p.fault(n.Offset, pointer, schemas.WrongType, "must be an integer, not the fraction %s", schemas.Clip(n.Text))
		} else if over != 0 {
			p.fault(n.Offset, pointer, schemas.OutOfRange, "%s is beyond the range of an int64", schemas.Clip(n.Text))
		}
		v := plan.Value{Int: i}
		return v, exact && over == 0 && p.listed(field, v, schemas.Clip(n.Text), n, pointer)
	default:
		if field.Type == datasets.Date {
			v, ok := p.text(field, n, pointer)
			return v, ok && p.listed(field, v, schemas.Quote(n.Text), n, pointer)
		}
		if field.Enum != nil && !slices.Contains(field.Enum, n.Text) {
			p.fault(n.Offset, pointer, schemas.NotInEnum, "%s is not one of %s%s",
				schemas.Quote(n.Text), choices(field.Enum), nearest(n.Text, field.Enum))
			return plan.Value{}, false
		}
		return p.text(field, n, pointer)
	}
}

// listed reports whether a value that is no text is one of the field's enum,
// where it has one, and says so where it is not.
func (p *parser) listed(field *datasets.Field, v plan.Value, text string, n *schemas.Node, pointer string) bool {
	if field.Enum == nil || slices.Contains(field.EnumInts(), v.Int) {
		return true
	}
	p.fault(n.Offset, pointer, schemas.NotInEnum, "%s is not one of %s", text, choices(field.Enum))
	return false
}

// text reads a string as a value of a string, date or date-time field.
func (p *parser) text(field *datasets.Field, n *schemas.Node, pointer string) (plan.Value, bool) {
	var i int64
	var err error
	switch field.Type {
	case datasets.Date:
		i, err = datasets.ParseDate(n.Text)
	case datasets.DateTime:
		i, err = datasets.ParseDateTime(n.Text, field.Location)
	default:
		return plan.Value{Str: n.Text}, true
	}
	if err != nil {
		p.fault(n.Offset, pointer, schemas.BadDate, "%s is %v", schemas.Quote(n.Text), err)
		return plan.Value{}, false
	}
	return plan.Value{Int: i}, true
}

// article names a value of the type in a message.
func article(t datasets.Type) string {
	return [...]string{"a number", "an integer", "true or false", "a string", "a date as a string", "a date and time as a string"}[t]
}

// joinMembers orders memberships by field and joins those of one field: a value
// must be in both.
func joinMembers(members []plan.Predicate) []plan.Predicate {
	slices.SortStableFunc(members, func(a, b plan.Predicate) int { return a.Field - b.Field })
	var joined []plan.Predicate
	for _, m := range members {
		n := len(joined) - 1
		if n < 0 || joined[n].Field != m.Field {
			joined = append(joined, m)
			continue
		}
		last := &joined[n]
		last.In = slices.DeleteFunc(slices.Clone(last.In), func(v plan.Value) bool { return !slices.Contains(m.In, v) })
		last.Null = last.Null && m.Null
		if len(last.In) == 0 && !last.Null {
			last.In, last.Never = nil, true
		}
	}
	return joined
}
