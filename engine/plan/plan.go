package plan

import (
	"fmt"
	"strconv"
	"strings"

	"herbarium/datasets"
)

// Plan says what to compute over the rows of a dataset, free of any store's
// syntax. It is a small algebra, in the order in which it is applied:
//
//	conditions → projection, or keys and measures of groups → order → window
//
// A Plan is settled and immutable.
type Plan struct {
	Dataset *datasets.Dataset
	// Operation is what was asked for; nil where it was none. It names the plan
	// for people. What to compute is in the parts below.
	Operation *datasets.Operation
	// Filter holds memberships, then ranges, each in field order and at most
	// one for a field; all must hold.
	Filter []Predicate
	// Fields are the indexes of the fields that a plan of rows returns, in
	// descriptor order; nil in a plan of groups.
	Fields []int
	// Groups is what a plan of groups computes; nil in a plan of rows. Rows come
	// in load order, groups in ascending order of their keys.
	Groups *Groups
	// Columns are the answer's columns: Fields, or the groups' measures and
	// then their keys.
	Columns []Column
	// After is the row that comes before the first one looked at; "" for none.
	After Position
	// Skip rows (or groups), then return at most Limit; negative: all.
	Skip, Limit int64
}

// Groups says how rows are grouped, and what is computed of each group. Rows
// that have equal keys, or none, are one group; without keys all rows are one.
type Groups struct {
	Keys     []Key
	Measures []Measured
}

// Key is what rows are grouped by: the value of a field, null being one of
// them.
type Key struct {
	Field int // index into Dataset.Fields
}

// Column names and types one column of an answer.
type Column struct {
	Name string
	Type datasets.Type
	// Field is the index of the field that the column's values are of, in its
	// unit; NoField where they are of none.
	Field int
}

// AllRows returns the plan of all of the dataset's rows, with all fields, in
// load order. It is of no operation, and runs whatever the dataset offers.
func AllRows(ds *datasets.Dataset) *Plan { return Rows(ds, nil, nil) }

// Rows returns the plan of the dataset's rows with these fields, of which nil
// stands for all, in load order and without conditions.
func Rows(ds *datasets.Dataset, op *datasets.Operation, fields []int) *Plan {
	if fields == nil {
		fields = make([]int, len(ds.Fields))
		for i := range fields {
			fields[i] = i
		}
	}
	p := &Plan{Dataset: ds, Operation: op, Fields: fields, Columns: make([]Column, len(fields)), Limit: -1}
	for i, f := range fields {
		p.Columns[i] = columnOf(ds, f)
	}
	return p
}

// ByGroup returns the plan of groups, with these keys and measures, of all of
// the dataset's rows.
func ByGroup(ds *datasets.Dataset, op *datasets.Operation, keys []Key, measures []Measured) *Plan {
	p := &Plan{Dataset: ds, Operation: op, Groups: &Groups{keys, measures}, Limit: -1}
	for _, m := range measures {
		c := Column{Name: m.Name, Type: m.Gives(datasets.Integer), Field: NoField}
		if m.Field != NoField {
			field := &ds.Fields[m.Field]
			c.Name, c.Type = datasets.MeasureName(m.Name, field.Name), m.Gives(field.Type)
			if m.SameUnit {
				c.Field = m.Field
			}
		}
		p.Columns = append(p.Columns, c)
	}
	for _, k := range keys {
		p.Columns = append(p.Columns, columnOf(ds, k.Field))
	}
	return p
}

func columnOf(ds *datasets.Dataset, field int) Column {
	return Column{Name: ds.Fields[field].Name, Type: ds.Fields[field].Type, Field: field}
}

// Needed returns which of the dataset's fields the plan reads, by index.
func (p *Plan) Needed() []bool {
	needed := make([]bool, len(p.Dataset.Fields))
	for i := range p.Filter {
		needed[p.Filter[i].Field] = true
	}
	for _, f := range p.Fields {
		needed[f] = true
	}
	if p.Groups != nil {
		for _, k := range p.Groups.Keys {
			needed[k.Field] = true
		}
		for _, m := range p.Groups.Measures {
			if m.Field != NoField {
				needed[m.Field] = true
			}
		}
	}
	return needed
}

// MaxSkip bounds Plan.Skip: more rows than any store can hold. It is far below
// the largest int64 because MongoDB's sorter makes room for skip and limit
// together, in bytes.
const MaxSkip = 1 << 53

// String prints the plan for people, one clause a line.
func (p *Plan) String() string {
	var b strings.Builder
	asked := "rows"
	if p.Operation != nil {
		asked = p.Operation.Path
	}
	fmt.Fprintf(&b, "%s of %s\n", asked, p.Dataset.Name)
	for i := range p.Filter {
		b.WriteString("  where " + p.Filter[i].describe(p.Dataset) + "\n")
	}
	p.describeAnswer(&b)
	if p.After != "" {
		b.WriteString("  after " + p.After.String() + "\n")
	}
	if p.Skip > 0 {
		b.WriteString("  skip " + strconv.FormatInt(p.Skip, 10) + "\n")
	}
	if p.Limit >= 0 {
		b.WriteString("  limit " + strconv.FormatInt(p.Limit, 10) + "\n")
	}
	return b.String()
}

// describeAnswer prints what the plan computes: fields, and measures that are
// of none.
func (p *Plan) describeAnswer(b *strings.Builder) {
	var fields, keys, others []string
	for _, f := range p.Fields {
		fields = append(fields, p.Dataset.Fields[f].Name)
	}
	if p.Groups != nil {
		for _, m := range p.Groups.Measures {
			if m.Field == NoField {
				others = append(others, m.Name)
			} else {
				fields = append(fields, p.Dataset.Fields[m.Field].Name)
			}
		}
		for _, k := range p.Groups.Keys {
			keys = append(keys, p.Dataset.Fields[k.Field].Name)
		}
	}
	for _, part := range []struct {
		title string
		names []string
	}{{"measures", others}, {"fields", fields}, {"group by", keys}} {
		if len(part.names) > 0 {
			b.WriteString("  " + part.title + " " + strings.Join(part.names, ", ") + "\n")
		}
	}
}
