package engine

import (
	"fmt"
	"strconv"
	"strings"

	"herbarium/datasets"
)

// Plan is a query, an operation and a dataset, settled and free of any
// store's syntax. It is immutable.
type Plan struct {
	Dataset   *datasets.Dataset
	Operation datasets.Operation
	// Filter holds memberships, then ranges, each in field order and at most
	// one for a field; all must hold.
	Filter []Predicate
	// Fields are the indexes of the fields that range returns or that means
	// are taken of, in descriptor order.
	Fields []int
	// GroupBy are the indexes of the fields that means are grouped by; empty
	// for range, and for means over all rows.
	GroupBy []int
	// Columns are the answer's columns: Fields for range; for means
	// "mean_"+field for each of Fields, then the GroupBy fields.
	Columns []Column
	// After is the row that comes before the first one looked at; "" for none.
	After Position
	// Skip rows (or groups), then return at most Limit; negative: all.
	Skip, Limit int64
}

// Condition returns the text of the plan's filter: equal for equal ones over
// the same fields.
func (p *Plan) Condition() string {
	var b []byte
	for i := range p.Filter {
		b = p.Filter[i].appendCanonical(b, p.Dataset)
	}
	return string(b)
}

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

// maxSkip bounds Plan.Skip: more rows than any store can hold. It is far below
// the largest int64 because MongoDB's sorter makes room for skip and limit
// together, in bytes.
const maxSkip = 1 << 53

// NewPlan settles what the query asks of its dataset. The error is an *Error
// with code UnknownOperation where the dataset has no such operation.
func NewPlan(q *Query, op datasets.Operation) (*Plan, error) {
	ds := q.Dataset
	if !ds.Offers(op) {
		return nil, &Error{Code: UnknownOperation, Detail: fmt.Sprintf("dataset %s has no operation %s", ds.Name, op)}
	}
	p := &Plan{Dataset: ds, Operation: op, Filter: q.Filter, Limit: -1}
	switch op {
	case datasets.Range:
		p.Fields = q.Fields
		if p.Fields == nil {
			p.Fields = make([]int, len(ds.Fields))
			for i := range p.Fields {
				p.Fields[i] = i
			}
		}
		p.Columns = make([]Column, len(p.Fields))
		for i, f := range p.Fields {
			p.Columns[i] = Column{Name: ds.Fields[f].Name, Type: ds.Fields[f].Type}
		}
	case datasets.Mean:
		p.Fields, p.GroupBy = q.Fields, ds.GroupBy
		if p.Fields == nil {
			p.Fields = ds.StatsFields
		}
		for _, f := range p.Fields {
			p.Columns = append(p.Columns, Column{Name: datasets.MeanName(ds.Fields[f].Name), Type: datasets.Number})
		}
		for _, f := range p.GroupBy {
			p.Columns = append(p.Columns, Column{Name: ds.Fields[f].Name, Type: ds.Fields[f].Type})
		}
	default:
		return nil, &Error{Code: UnknownOperation, Detail: fmt.Sprintf("there is no operation %q", op)}
	}
	p.Skip, p.Limit = q.window()
	if q.After != nil {
		p.After = q.After.Last
	}
	return p, nil
}

// String prints the plan for people, one clause a line.
func (p *Plan) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s of %s\n", p.Operation, p.Dataset.Name)
	for i := range p.Filter {
		b.WriteString("  where " + p.Filter[i].describe(p.Dataset) + "\n")
	}
	b.WriteString("  fields " + p.names(p.Fields) + "\n")
	if len(p.GroupBy) > 0 {
		b.WriteString("  group by " + p.names(p.GroupBy) + "\n")
	}
	if row, ok := p.After.Row(); ok {
		b.WriteString("  after row " + strconv.FormatInt(row, 10) + " in load order, from 0\n")
	} else if p.After != "" {
		b.WriteString("  after _id " + p.After.key().String() + "\n")
	}
	if p.Skip > 0 {
		b.WriteString("  skip " + strconv.FormatInt(p.Skip, 10) + "\n")
	}
	if p.Limit >= 0 {
		b.WriteString("  limit " + strconv.FormatInt(p.Limit, 10) + "\n")
	}
	return b.String()
}

func (p *Plan) names(fields []int) string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = p.Dataset.Fields[f].Name
	}
	return strings.Join(names, ", ")
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
