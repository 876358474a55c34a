package plan

import (
	"strconv"
	"strings"

	"herbarium/datasets"
)

// Plan says what to compute over the rows of a dataset, free of any store's
// syntax. It is a small algebra, in the order in which it is applied:
//
//	conditions → projection, or keys and measures of groups → reshape → order → window
//
// A Plan is settled and immutable.
type Plan struct {
	Dataset *datasets.Dataset
	// Operation is what was asked for; nil where it was none. It names the plan
	// for people. What to compute is in the parts below.
	Operation *datasets.Operation
	// Filter is the condition of the rows that the plan is about.
	Filter Condition
	// Fields are the indexes of the fields that a plan of rows returns, in
	// descriptor order; nil in a plan of groups.
	Fields []int
	// Groups is what a plan of groups computes; nil in a plan of rows.
	Groups *Groups
	// Reshape makes the rows of the answer of the groups; nil where each group is a
	// row.
	Reshape Reshape
	// Order is the order of the rows or groups, the most important part first
	// and no part twice. Where it leaves two equal, or has no parts, rows come in
	// load order, and groups in ascending order of their keys.
	Order []SortKey
	// Columns are the answer's columns: Fields, or the groups' measures, or what Reshape
	// makes of them, and their keys (see Groups).
	Columns []Column
	// After is the row that comes before the first one looked at; "" for none.
	// AfterValues are that row's values of the fields of Order.
	After       Position
	AfterValues []Nullable
	// Skip rows (or groups), then return at most Limit; negative: all.
	Skip, Limit int64
}

// Groups says how rows are grouped, and what is computed of each group. Rows
// that have equal keys, or none, are one group; without keys all rows are one.
type Groups struct {
	Keys     []Key
	Measures []Measured
	// KeysFirst says that the columns of keys come before those of measures.
	KeysFirst bool
}

// KeyColumn returns the index of the key's column.
func (g *Groups) KeyColumn(key int) int {
	if g.KeysFirst {
		return key
	}
	return len(g.Measures) + key
}

// MeasureColumn returns the index of the measure's column.
func (g *Groups) MeasureColumn(measure int) int {
	if g.KeysFirst {
		return len(g.Keys) + measure
	}
	return measure
}

// InColumn returns the index of the key, or of the measure, that is in the column.
func (g *Groups) InColumn(column int) (index int, key bool) {
	if g.KeysFirst {
		if column < len(g.Keys) {
			return column, true
		}
		return column - len(g.Keys), false
	}
	if column < len(g.Measures) {
		return column, false
	}
	return column - len(g.Measures), true
}

// Column names and types one column of an answer.
type Column struct {
	Name string
	Type datasets.Type
	// Field is the index of the field that the column's values are of, in its
	// unit; NoField where they are of none.
	Field int
	// Variant says that the values are of several types. Type is String then, which is
	// that of their texts; formats without types write each value as what it is. A
	// variant has no order.
	Variant bool
	// Title describes the values for people, and Total says that none is null, where
	// neither a field nor a measure of the plan does.
	Title string
	Total bool
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
// the dataset's rows. Keys come first in an operation that is by one field.
func ByGroup(ds *datasets.Dataset, op *datasets.Operation, keys []Key, measures []Measured) *Plan {
	g := &Groups{Keys: keys, Measures: measures, KeysFirst: op != nil && op.ByField != ""}
	p := &Plan{Dataset: ds, Operation: op, Groups: g, Columns: make([]Column, len(measures)+len(keys)), Limit: -1}
	for i, m := range measures {
		p.Columns[g.MeasureColumn(i)] = m.column(ds)
	}
	for i := range keys {
		p.Columns[g.KeyColumn(i)] = keys[i].column(ds)
	}
	return p
}

func columnOf(ds *datasets.Dataset, field int) Column {
	return Column{Name: ds.Fields[field].Name, Type: ds.Fields[field].Type, Field: field}
}

// Needed returns which of the dataset's fields the plan reads, by index.
func (p *Plan) Needed() []bool {
	needed := make([]bool, len(p.Dataset.Fields))
	p.Filter.eachPredicate(func(c *Predicate) { needed[c.Field] = true })
	if p.Groups == nil {
		for _, key := range p.Order {
			needed[key.By] = true
		}
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
			if m.OfPair {
				needed[m.With] = true
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
	p.describeHead(&b)
	p.describeFilter(&b)
	p.describeAnswer(&b)
	p.describeOrder(&b)
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

// describeHead prints what is asked of which dataset.
func (p *Plan) describeHead(b *strings.Builder) {
	asked := "rows"
	if p.Operation != nil {
		asked = p.Operation.Path
	}
	b.WriteString(asked + " of " + p.Dataset.Name + "\n")
}

// describeFilter prints the parts of the filter, one a line.
func (p *Plan) describeFilter(b *strings.Builder) {
	describe := func(c *Predicate) string { return c.describe(p.Dataset) }
	for i := range p.Filter.Where {
		b.WriteString("  where " + describe(&p.Filter.Where[i]) + "\n")
	}
	rest := Condition{Any: p.Filter.Any, Not: p.Filter.Not}
	if !rest.Always() {
		b.WriteString("  where " + rest.describe(describe) + "\n")
	}
}

// describeOrder prints the order, if the plan has one.
func (p *Plan) describeOrder(b *strings.Builder) {
	if len(p.Order) > 0 {
		b.WriteString("  sort by " + strings.Join(p.sorted(), ", ") + "\n")
	}
}

// describeAnswer prints what the plan computes.
func (p *Plan) describeAnswer(b *strings.Builder) {
	var fields, keys, measures []string
	for _, f := range p.Fields {
		fields = append(fields, p.Dataset.Fields[f].Name)
	}
	if p.Groups != nil {
		for _, m := range p.Groups.Measures {
			measures = append(measures, m.column(p.Dataset).Name)
		}
		for i := range p.Groups.Keys {
			keys = append(keys, p.Groups.Keys[i].String(p.Dataset))
		}
	}
	var rows []string
	if p.Reshape != nil {
		rows = []string{p.Reshape.String()}
	}
	for _, part := range []struct {
		title string
		names []string
	}{{"fields", fields}, {"measures", measures}, {"group by", keys}, {"answer", rows}} {
		if len(part.names) > 0 {
			b.WriteString("  " + part.title + " " + strings.Join(part.names, ", ") + "\n")
		}
	}
}
