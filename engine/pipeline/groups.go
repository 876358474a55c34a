package pipeline

import (
	"slices"
	"strconv"

	"go.mongodb.org/mongo-driver/v2/bson"

	"herbarium/datasets"
	"herbarium/engine/plan"
)

// Grouping is a pipeline of groups, and what its documents hold. A document has
// what is known of the rows that share raw keys: the values of fields, or for
// buckets something of which rows of two buckets never share one. Whoever reads
// them makes the buckets' labels of the least value that a document names, joins
// what has one label, and computes the measures.
type Grouping struct {
	Pipeline Pipeline
	// Columns are the parts of a document, by their paths, with their types.
	Columns []plan.Column
	// Rows is the column of the number of rows.
	Rows int
	// Keys are the columns of the plan's keys.
	Keys []KeyColumns
	// Fields are the columns of the fields that are measured.
	Fields []FieldColumns
	// Value is the column of the value that a document of Values counts.
	Value int
	// Paired are the columns of the values of a row of PairRows, by the fields of
	// plan.Groups.PairedFields.
	Paired []int
}

// NoColumn stands for a column where there is none.
const NoColumn = -1

// KeyColumns are the columns of a key: of its value, or of the least and the
// greatest value of the rows.
type KeyColumns struct{ Value, Least, Greatest int }

// FieldColumns are the columns of what is known of a field's values.
type FieldColumns struct {
	Field                   int
	Values, Least, Greatest int
	// Parts together are the sum of the values.
	Parts []int
	// Unsummed says that the sum is asked for, but that its parts would be too
	// many: it has to be computed of the values themselves.
	Unsummed bool
}

// GroupOptions are how a plan of groups is written.
type GroupOptions struct {
	Unmanaged bool
	Sizes     Sizes
	// ByValue says for each key whether rows are grouped by the value itself, even
	// where the key has buckets; nil for none.
	ByValue []bool
	// Windowed leaves order and window to the server.
	Windowed bool
}

// Group writes the aggregates of the plan's groups that can be merged.
func Group(p *plan.Plan, o GroupOptions) *Grouping {
	g := &Grouping{Value: NoColumn}
	stages, from := o.matching(p)
	group := bson.D{{Key: "_id", Value: g.keys(from, o)}}
	group = append(group, g.bucketExtremes(from)...)
	g.Rows = g.column("n", datasets.Integer)
	group = append(group, bson.E{Key: "n", Value: bson.D{{Key: "$sum", Value: int64(1)}}})
	for _, f := range measuredFields(p) {
		group = append(group, g.field(from, f, needsOf(p, f), o.Sizes)...)
	}
	g.Pipeline = slices.Concat(stages, Pipeline{{{Key: "$group", Value: group}}})
	if o.Windowed {
		g.Pipeline = append(append(g.Pipeline, sortKeys(p)...), windowStages(p.Skip, p.Limit)...)
	}
	return g
}

// Values writes how often each value of a field occurs in each of the plan's groups,
// in ascending order of the values, whatever group they are in.
func Values(p *plan.Plan, field int, o GroupOptions) *Grouping {
	g := &Grouping{}
	stages, from := o.matching(p)
	name := from.Dataset.Fields[field].Name
	var present match
	present.field(name, bson.D{{Key: "$ne", Value: nil}})
	keys, _ := g.keys(from, o).(bson.D)
	g.Value = g.column("_id.v", p.Dataset.Fields[field].Type)
	group := bson.D{{Key: "_id", Value: append(keys, bson.E{Key: "v", Value: "$" + name})}}
	group = append(group, g.bucketExtremes(from)...)
	g.Rows = g.column("n", datasets.Integer)
	group = append(group, bson.E{Key: "n", Value: bson.D{{Key: "$sum", Value: int64(1)}}})
	g.Pipeline = append(append(stages, present.stage()...), bson.D{{Key: "$group", Value: group}},
		bson.D{{Key: "$sort", Value: bson.D{{Key: "_id.v", Value: 1}}}})
	return g
}

// matching finds the rows of a plan of groups, and returns the plan over the names
// by which the next stage has them.
func (o GroupOptions) matching(p *plan.Plan) (Pipeline, *plan.Plan) {
	all := *p
	all.Order, all.After = nil, ""
	if o.Unmanaged {
		return unmanagedRows(&all, false, false), withReadNames(p)
	}
	return matching(&all), p
}

func (g *Grouping) column(path string, t datasets.Type) int {
	g.Columns = append(g.Columns, plan.Column{Name: path, Type: t, Field: plan.NoField})
	return len(g.Columns) - 1
}

// keyName is what the pipeline calls the i-th key that groups are made by.
func keyName(i int) string { return "k" + strconv.Itoa(i) }

// keys is what groups are made by: a document of generated names, or null
// where all rows are one group. $ifNull makes one group of null and missing.
func (g *Grouping) keys(p *plan.Plan, o GroupOptions) any {
	if len(p.Groups.Keys) == 0 {
		return nil
	}
	var keys bson.D
	for i := range p.Groups.Keys {
		k := &p.Groups.Keys[i]
		field := &p.Dataset.Fields[k.Field]
		columns := KeyColumns{Value: NoColumn, Least: NoColumn, Greatest: NoColumn}
		var raw any = bson.D{{Key: "$ifNull", Value: bson.A{"$" + field.Name, nil}}}
		if k.Buckets == nil {
			columns.Value = g.column("_id."+keyName(i), field.Type)
		} else {
			columns.Least = g.column("b"+strconv.Itoa(i), field.Type)
			columns.Greatest = g.column("c"+strconv.Itoa(i), field.Type)
			if o.ByValue == nil || !o.ByValue[i] {
				raw = rawBucket(k.Buckets, "$"+field.Name, field.Type)
			}
		}
		g.Keys = append(g.Keys, columns)
		keys = append(keys, bson.E{Key: keyName(i), Value: raw})
	}
	return keys
}

// bucketExtremes are the least and the greatest value of each key that has buckets.
func (g *Grouping) bucketExtremes(p *plan.Plan) bson.D {
	var group bson.D
	for i, columns := range g.Keys {
		if columns.Least == NoColumn {
			continue
		}
		path := "$" + p.Dataset.Fields[p.Groups.Keys[i].Field].Name
		group = append(group,
			bson.E{Key: g.Columns[columns.Least].Name, Value: bson.D{{Key: "$min", Value: path}}},
			bson.E{Key: g.Columns[columns.Greatest].Name, Value: bson.D{{Key: "$max", Value: path}}})
	}
	return group
}

// measuredFields are the fields that the plan measures by themselves, each once.
func measuredFields(p *plan.Plan) []int {
	var fields []int
	for _, m := range p.Groups.Measures {
		if m.Field != plan.NoField && !m.OfPair && !slices.Contains(fields, m.Field) {
			fields = append(fields, m.Field)
		}
	}
	return fields
}

// needsOf returns the aggregates of a field that the plan's measures need.
func needsOf(p *plan.Plan, field int) []plan.Aggregate {
	var needs []plan.Aggregate
	for _, m := range p.Groups.Measures {
		if m.Field == field && !m.OfPair {
			needs = append(needs, m.Needs...)
		}
	}
	if slices.ContainsFunc(needs, func(a plan.Aggregate) bool { return !a.Mergeable() }) {
		needs = append(needs, plan.Values)
	}
	return needs
}

// field writes the accumulators of what is needed of a field.
func (g *Grouping) field(p *plan.Plan, f int, needs []plan.Aggregate, sizes Sizes) bson.D {
	field := &p.Dataset.Fields[f]
	path, suffix := "$"+field.Name, strconv.Itoa(f)
	columns := FieldColumns{Field: f, Values: NoColumn, Least: NoColumn, Greatest: NoColumn}
	var group bson.D
	add := func(name string, t datasets.Type, operator string, value any) int {
		group = append(group, bson.E{Key: name, Value: bson.D{{Key: operator, Value: value}}})
		return g.column(name, t)
	}
	if slices.Contains(needs, plan.Values) {
		// Null and missing are less than every value.
		columns.Values = add("v"+suffix, datasets.Integer, "$sum",
			bson.D{{Key: "$cond", Value: bson.A{bson.D{{Key: "$gt", Value: bson.A{path, nil}}}, int64(1), int64(0)}}})
	}
	if slices.Contains(needs, plan.Extremes) {
		columns.Least = add("a"+suffix, field.Type, "$min", path)
		columns.Greatest = add("z"+suffix, field.Type, "$max", path)
	}
	if slices.Contains(needs, plan.Sum) {
		rows := sizes.Rows
		if rows == 0 {
			rows = typicalRows
		}
		parts, ok := sumParts(path, field.Type, sizes.of(f, field.Type), rows)
		for i, part := range parts {
			columns.Parts = append(columns.Parts, add("s"+suffix+"_"+strconv.Itoa(i), datasets.Number, "$sum", part))
		}
		columns.Unsummed = !ok
	}
	g.Fields = append(g.Fields, columns)
	return group
}

// sortKeys orders groups by their keys.
func sortKeys(p *plan.Plan) Pipeline {
	var by bson.D
	for i := range p.Groups.Keys {
		by = append(by, bson.E{Key: "_id." + keyName(i), Value: 1})
	}
	if by == nil {
		return nil
	}
	return Pipeline{bson.D{{Key: "$sort", Value: by}}}
}

// Streams reports whether the server can order the plan's groups and cut them to
// its window: they are ordered by keys that are values, and every measure is
// computed of a group's document alone.
func Streams(p *plan.Plan) bool {
	if len(p.Order) > 0 || len(p.Groups.Pairs()) > 0 || slices.ContainsFunc(p.Groups.Keys, func(k plan.Key) bool { return k.Buckets != nil }) {
		return false
	}
	for _, f := range measuredFields(p) {
		if NeedsValues(p, f) {
			return false
		}
	}
	return true
}

// NeedsValues reports whether a measure of the field needs aggregates that cannot
// be merged, so that the pipeline of Values has to be run for it.
func NeedsValues(p *plan.Plan, field int) bool {
	return slices.ContainsFunc(needsOf(p, field), func(a plan.Aggregate) bool { return !a.Mergeable() })
}

// SummedFields are the number and integer fields whose sums the plan needs: how
// they are split depends on their Magnitude.
func SummedFields(p *plan.Plan) []int {
	return slices.DeleteFunc(measuredFields(p), func(f int) bool {
		return p.Dataset.Fields[f].Type == datasets.Boolean || !slices.Contains(needsOf(p, f), plan.Sum)
	})
}

// Extent writes the pipeline from which the Sizes of the fields follow: it gives the
// number of rows, and of each field the least and the greatest value and the
// size of the smallest that is not 0.
func Extent(p *plan.Plan, fields []int, unmanaged bool) *Grouping {
	g := &Grouping{Value: NoColumn}
	stages, from := GroupOptions{Unmanaged: unmanaged}.matching(p)
	g.Rows = g.column("n", datasets.Integer)
	group := bson.D{{Key: "_id", Value: nil}, {Key: "n", Value: bson.D{{Key: "$sum", Value: int64(1)}}}}
	for _, f := range fields {
		field := &from.Dataset.Fields[f]
		path, suffix := "$"+field.Name, strconv.Itoa(f)
		columns := FieldColumns{Field: f, Values: NoColumn}
		columns.Least = g.column("a"+suffix, field.Type)
		columns.Greatest = g.column("z"+suffix, field.Type)
		group = append(group,
			bson.E{Key: "a" + suffix, Value: bson.D{{Key: "$min", Value: path}}},
			bson.E{Key: "z" + suffix, Value: bson.D{{Key: "$max", Value: path}}})
		if field.Type == datasets.Number {
			columns.Parts = []int{g.column("l"+suffix, field.Type)}
			size := bson.D{{Key: "$cond", Value: bson.A{bson.D{{Key: "$eq", Value: bson.A{path, int32(0)}}}, nil, bson.D{{Key: "$abs", Value: path}}}}}
			group = append(group, bson.E{Key: "l" + suffix, Value: bson.D{{Key: "$min", Value: size}}})
		}
		g.Fields = append(g.Fields, columns)
	}
	g.Pipeline = slices.Concat(stages, Pipeline{{{Key: "$group", Value: group}}})
	return g
}
