package engine

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"herbarium/datasets"
	"herbarium/schemas"
)

// selector reads one value or a list of distinct values of the selector's
// field, and adds their membership to the query.
func (p *parser) selector(s *datasets.Selector, n *schemas.Node, pointer string) {
	field := &p.ds.Fields[s.Field]
	member := Predicate{Field: s.Field}
	if n.Kind != schemas.Array {
		if v, ok := p.value(field, n, pointer, " or a list of such"); ok {
			member.In = []Value{v}
			p.query.Filter = append(p.query.Filter, member)
		}
		return
	}
	if len(n.Items) == 0 {
		p.fault(n.Offset, pointer, schemas.TooFew, "the list is empty; name a value, or leave the property out for all")
		return
	}
	seen := make(map[Value]bool, len(n.Items))
	for i := range n.Items {
		item := &n.Items[i]
		at := schemas.Index(pointer, i)
		var v Value
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
			p.fault(item.Offset, at, schemas.DuplicateValue, "the value stands here a second time")
		case item.Kind != schemas.Null:
			member.In = append(member.In, v)
		}
	}
	slices.SortFunc(member.In, func(a, b Value) int { return compareValues(a, b, field.Type) })
	p.query.Filter = append(p.query.Filter, member)
}

// value reads a value that a selector of the field can name.
func (p *parser) value(field *datasets.Field, n *schemas.Node, pointer, more string) (Value, bool) {
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
		p.fault(n.Offset, pointer, schemas.WrongType, "%s%s belongs here, not %s", article(field.Type), more, n.Kind)
		return Value{}, false
	}
	switch field.Type {
	case datasets.Boolean:
		var v Value
		if n.Bool {
			v.Int = 1
		}
		return v, p.listed(field, v, strconv.FormatBool(n.Bool), n, pointer)
	case datasets.Integer:
		i, exact, over := n.Floor()
		if !exact {
			p.fault(n.Offset, pointer, schemas.WrongType, "an integer belongs here, not the fraction %s", schemas.Clip(n.Text))
		} else if over != 0 {
			p.fault(n.Offset, pointer, schemas.OutOfRange, "%s is beyond the range of an int64", schemas.Clip(n.Text))
		}
		v := Value{Int: i}
		return v, exact && over == 0 && p.listed(field, v, schemas.Clip(n.Text), n, pointer)
	default:
		if field.Type == datasets.Date {
			v, ok := p.text(field, n, pointer)
			return v, ok && p.listed(field, v, schemas.Quote(n.Text), n, pointer)
		}
		if field.Enum != nil && !slices.Contains(field.Enum, n.Text) {
			p.fault(n.Offset, pointer, schemas.NotInEnum, "%s is not one of %s%s",
				schemas.Quote(n.Text), schemas.List(field.Enum), schemas.DidYouMean(n.Text, field.Enum))
			return Value{}, false
		}
		return p.text(field, n, pointer)
	}
}

// listed reports whether a value that is no text is one of the field's enum,
// where it has one, and says so where it is not.
func (p *parser) listed(field *datasets.Field, v Value, text string, n *schemas.Node, pointer string) bool {
	if field.Enum == nil || slices.Contains(field.EnumInts(), v.Int) {
		return true
	}
	p.fault(n.Offset, pointer, schemas.NotInEnum, "%s is not one of %s", text, schemas.List(field.Enum))
	return false
}

// text reads a string as a value of a string, date or date-time field.
func (p *parser) text(field *datasets.Field, n *schemas.Node, pointer string) (Value, bool) {
	var i int64
	var err error
	switch field.Type {
	case datasets.Date:
		i, err = datasets.ParseDate(n.Text)
	case datasets.DateTime:
		i, err = datasets.ParseDateTime(n.Text, field.Location)
	default:
		return Value{Str: n.Text}, true
	}
	if err != nil {
		p.fault(n.Offset, pointer, schemas.BadDate, "%s is %v", schemas.Quote(n.Text), err)
		return Value{}, false
	}
	return Value{Int: i}, true
}

// article names a value of the type in a message.
func article(t datasets.Type) string {
	return [...]string{"a number", "an integer", "true or false", "a string", "a date as a string", "a date and time as a string"}[t]
}

// settle orders memberships by field and joins those of one field: a value
// must be in both.
func settle(members []Predicate) []Predicate {
	slices.SortStableFunc(members, func(a, b Predicate) int { return a.Field - b.Field })
	var settled []Predicate
	for _, m := range members {
		n := len(settled) - 1
		if n < 0 || settled[n].Field != m.Field {
			settled = append(settled, m)
			continue
		}
		last := &settled[n]
		last.In = slices.DeleteFunc(slices.Clone(last.In), func(v Value) bool { return !slices.Contains(m.In, v) })
		last.Null = last.Null && m.Null
		if len(last.In) == 0 && !last.Null {
			last.In, last.Never = nil, true
		}
	}
	return settled
}

// compareValues orders values of a type: numbers by size, text by bytes.
func compareValues(a, b Value, t datasets.Type) int {
	switch t {
	case datasets.Number:
		return cmp.Compare(a.Float, b.Float)
	case datasets.String:
		return strings.Compare(a.Str, b.Str)
	default:
		return cmp.Compare(a.Int, b.Int)
	}
}
