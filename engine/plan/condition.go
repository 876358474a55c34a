package plan

import (
	"strconv"
	"strings"

	"herbarium/datasets"
)

// Predicate is a condition on one field. It is a membership where In or Null
// is set, else a range; a null satisfies no range.
type Predicate struct {
	Field int // index into Dataset.Fields
	// In lists distinct values, ascending; Null adds the rows without a value.
	In   []Value
	Null bool
	// Min and Max are inclusive; nil is open on that side. A number's are
	// finite, and never negative zero.
	Min, Max *Value
	// Never marks a range that no value satisfies, such as an integer's
	// bounds 5.2 to 5.8; Min and Max are nil.
	Never bool
}

// Condition returns the text of the plan's filter: equal for equal ones over
// the same fields.
func (p *Plan) Condition() string {
	var b []byte
	for i := range p.Filter {
		b = p.Filter[i].AppendCanonical(b, p.Dataset)
	}
	return string(b)
}

// AppendCanonical writes the predicate with its field's index, so that no name
// can be mistaken for syntax; values are JSON.
func (p *Predicate) AppendCanonical(dst []byte, ds *datasets.Dataset) []byte {
	t := ds.Fields[p.Field].Type
	dst = strconv.AppendInt(dst, int64(p.Field), 10)
	switch {
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
			dst = p.Min.Append(append(dst, " >= "...), t)
		}
		if p.Max != nil {
			dst = p.Max.Append(append(dst, " <= "...), t)
		}
	}
	return append(dst, ';')
}

// describe prints the predicate, as in "5 <= depth <= 5.1".
func (p *Predicate) describe(ds *datasets.Dataset) string {
	field := &ds.Fields[p.Field]
	text := func(v Value) string { return string(v.Append(nil, field.Type)) }
	switch {
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
	}
	s := field.Name
	if p.Min != nil {
		s = text(*p.Min) + " <= " + s
	}
	if p.Max != nil {
		s += " <= " + text(*p.Max)
	}
	return s
}
