package plan

import (
	"strconv"
	"strings"

	"herbarium/datasets"
)

// Condition decides for each row whether it holds. It holds where all of its
// parts do; one without parts always holds. There are two truth values: a row
// without a value meets no range and no text match, and so it meets the Not of
// one.
type Condition struct {
	// Where are memberships, then ranges, then text matches, each in field
	// order. At most one membership, one range, one match of Contains and one of
	// StartsWith is on each field.
	Where []Predicate
	// Any are lists of conditions. Of each list at least one condition holds.
	Any [][]Condition
	// Not are conditions that do not hold.
	Not []Condition
}

// Always reports whether the condition has no parts, so that every row meets
// it.
func (c *Condition) Always() bool { return len(c.Where) == 0 && len(c.Any) == 0 && len(c.Not) == 0 }

// Predicate is a condition on one field. It is a match where Text is set, a
// membership where In or Null is, else a range; a null satisfies no range, and a
// range without ends is every value.
type Predicate struct {
	Field int // index into Dataset.Fields
	// In lists distinct values, ascending; Null adds the rows without a value.
	In   []Value
	Null bool
	// Min and Max are inclusive; nil is open on that side. A number's are
	// finite, and never negative zero.
	Min, Max *Value
	// MinOpen and MaxOpen exclude Min and Max themselves. Only ranges of text
	// use them: every other type has a next value, which is Min or Max instead.
	MinOpen, MaxOpen bool
	// Never marks a range that no value satisfies, such as an integer's
	// bounds 5.2 to 5.8; Min and Max are nil.
	Never bool
	// Text is what the text of a string field has to match; nil where the
	// predicate is no match.
	Text *TextMatch
}

// Present returns the predicate of the rows that have a value.
func Present(field int) Predicate { return Predicate{Field: field} }

// IsPresent reports whether every value meets the predicate, and no null.
func (p *Predicate) IsPresent() bool {
	return p.Min == nil && p.Max == nil && !p.Never && !p.Null && len(p.In) == 0 && p.Text == nil
}

// eachPredicate calls visit for every predicate of the condition, also of
// those within it.
func (c *Condition) eachPredicate(visit func(*Predicate)) {
	for i := range c.Where {
		visit(&c.Where[i])
	}
	for _, list := range c.Any {
		for i := range list {
			list[i].eachPredicate(visit)
		}
	}
	for i := range c.Not {
		c.Not[i].eachPredicate(visit)
	}
}

// Condition returns the text of the plan's filter: equal for equal ones over
// the same fields.
func (p *Plan) Condition() string { return string(p.Filter.AppendCanonical(nil, p.Dataset)) }

// AppendCanonical writes the condition with its fields' indexes, so that no
// name can be mistaken for syntax; values are JSON.
func (c *Condition) AppendCanonical(dst []byte, ds *datasets.Dataset) []byte {
	for i := range c.Where {
		dst = c.Where[i].appendCanonical(dst, ds)
	}
	for _, list := range c.Any {
		dst = append(dst, "any("...)
		for i := range list {
			dst = append(list[i].AppendCanonical(append(dst, '{'), ds), '}')
		}
		dst = append(dst, ')')
	}
	for i := range c.Not {
		dst = append(c.Not[i].AppendCanonical(append(dst, "not{"...), ds), '}')
	}
	return dst
}

func (p *Predicate) appendCanonical(dst []byte, ds *datasets.Dataset) []byte {
	t := ds.Fields[p.Field].Type
	dst = strconv.AppendInt(dst, int64(p.Field), 10)
	switch {
	case p.Text != nil:
		dst = p.Text.append(dst)
	case p.Never:
		dst = append(dst, " never"...)
	case len(p.In) > 0 || p.Null:
		dst = append(dst, " in"...)
		if p.Null {
			dst = append(dst, " null"...)
		}
		for _, v := range p.In {
			dst = v.Append(append(dst, ' '), t)
		}
	default:
		if p.Min != nil {
			dst = p.Min.Append(append(dst, " >"+equal(!p.MinOpen)+" "...), t)
		}
		if p.Max != nil {
			dst = p.Max.Append(append(dst, " <"+equal(!p.MaxOpen)+" "...), t)
		}
	}
	return append(dst, ';')
}

func equal(inclusive bool) string {
	if inclusive {
		return "="
	}
	return ""
}

// describe prints the condition, as in "5 <= depth <= 5.1 and not (kind in
// [oak])", with each predicate as the function prints it.
func (c *Condition) describe(predicate func(*Predicate) string) string {
	var parts []string
	for i := range c.Where {
		parts = append(parts, predicate(&c.Where[i]))
	}
	for _, list := range c.Any {
		var alternatives []string
		for i := range list {
			alternatives = append(alternatives, list[i].describe(predicate))
		}
		parts = append(parts, "("+strings.Join(alternatives, " or ")+")")
	}
	for i := range c.Not {
		parts = append(parts, "not ("+c.Not[i].describe(predicate)+")")
	}
	if parts == nil {
		return "true"
	}
	return strings.Join(parts, " and ")
}

// describe prints the predicate, as in "5 <= depth <= 5.1".
func (p *Predicate) describe(ds *datasets.Dataset) string {
	field := &ds.Fields[p.Field]
	text := func(v Value) string { return string(v.Append(nil, field.Type)) }
	switch {
	case p.Text != nil:
		return field.Name + string(p.Text.append(nil))
	case p.Never:
		return field.Name + " in no value"
	case len(p.In) > 0 || p.Null:
		var values []string
		if p.Null {
			values = append(values, "null")
		}
		for _, v := range p.In {
			values = append(values, text(v))
		}
		return field.Name + " in [" + strings.Join(values, ", ") + "]"
	case p.IsPresent():
		return field.Name + " is present"
	}
	s := field.Name
	if p.Min != nil {
		s = text(*p.Min) + " <" + equal(!p.MinOpen) + " " + s
	}
	if p.Max != nil {
		s += " <" + equal(!p.MaxOpen) + " " + text(*p.Max)
	}
	return s
}
