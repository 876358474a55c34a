package datasets

import (
	"cmp"
	"slices"
	"strings"
)

// Operation is something that can be asked of the rows that a query selects.
// It is data: what it takes, what it answers and how documents describe it. It
// answers with rows, or with groups of rows and measures of each group. An
// Operation is immutable.
//
// Other packages ask an operation what it says of itself, or look at the plan
// that follows from it. None of them compares operations.
type Operation struct {
	// Path is the route below the dataset's own, such as "stats/mean", and the
	// operation's name in descriptors.
	Path string
	// Takes are the query properties that the operation takes beside the
	// dataset's selectors, in the order of QueryProperties.
	Takes []string
	// Measures are what is computed of each group, in the order of the
	// answer's columns. An operation without measures answers with rows.
	Measures []Measured
	// ByField is set where groups are not made by group_by but by the field
	// that the query names: it is the name of that key's column.
	ByField string
	// Rows says what a row of the answer is, in an operation that has Measures.
	Rows Rows
	// Labels are the names of the first columns of an answer that has several rows
	// for each group: they tell these rows apart.
	Labels []string
	// Sort is the order of an answer whose query names none, as sort writes it.
	Sort []string
	// Definition is what a descriptor says of an operation of its own; nil for
	// the built-in ones.
	Definition *Definition
	// Words describe the operation. In them {title} is the dataset's title,
	// {by} is " by " and the fields that groups are made by, and {order} says
	// in which order groups come; both are empty where all rows are one group.
	Words Words
}

// Rows says what the rows of an answer are.
type Rows uint8

// What a row of an answer can be.
const (
	PerGroup Rows = iota // a group
	PerField             // a field in a group: its name, its type and its measures
	PerPair              // a pair of fields in a group: their names and their measures
	PerBin               // a bin of the field that the query names, in a group, and the number of rows in it
)

// Measured is a measure that an operation computes of each group.
type Measured struct {
	Measure string // the measure's name, such as "mean"
	Of      Subject
	As      string // the name of its column in an answer of rows that are not PerGroup; "" is Measure
}

// Column returns the name of the measure's column where that does not depend on a
// field.
func (m Measured) Column() string { return cmp.Or(m.As, m.Measure) }

// Subject is what a measure is computed of.
type Subject uint8

// The subjects that a measure of an operation can have.
const (
	OfRows       Subject = iota // the group's rows
	OfStatsField                // each field of Dataset.StatsFields that the query asks for
	OfField                     // each field that the query asks for
	OfPair                      // each pair of fields that the query asks for
)

// Words describe an operation in the documents that are made for people.
type Words struct {
	Summary     string // a title, without a period
	Description string // sentences
	Answer      string // what the answer holds
	Paging      string // what to do for the next page, where after is not taken; "" where it is
}

// Operations returns every built-in operation, in the order in which documents list
// them. To add one, write it down in a file of its own and list it here.
func Operations() []*Operation {
	return []*Operation{Range, Stats, Mean, Count, Distinct, Summary, Histogram, Correlation}
}

// DefaultOperation is what is asked where no operation is named.
func DefaultOperation() *Operation { return Range }

// OperationNames returns the paths of all built-in operations, in the same order.
func OperationNames() []string { return pathsOf(Operations()) }

// OperationNamed returns the built-in operation of that path. Those that a
// descriptor names are its dataset's (see Dataset.Operation).
func OperationNamed(path string) (*Operation, bool) {
	for _, o := range Operations() {
		if o.Path == path {
			return o, true
		}
	}
	return nil, false
}

func pathsOf(operations []*Operation) []string {
	paths := make([]string, len(operations))
	for i, o := range operations {
		paths[i] = o.Path
	}
	return paths
}

// String returns the operation's path.
func (o *Operation) String() string { return o.Path }

// MarshalText writes the operation's path, which is how documents name it.
func (o *Operation) MarshalText() ([]byte, error) { return []byte(o.Path), nil }

// Grouped reports whether the operation answers with groups, not with rows.
func (o *Operation) Grouped() bool { return len(o.Measures) > 0 }

// TakesProperty reports whether the operation takes the query property.
func (o *Operation) TakesProperty(name string) bool { return slices.Contains(o.Takes, name) }

// Answerable returns the indexes of the fields that the query property fields
// may name: every field for rows; for groups those that have measures.
func (o *Operation) Answerable(ds *Dataset) []int {
	if o.Rows == PerPair {
		return ds.numeric()
	}
	if o.Grouped() && o.Rows != PerField {
		if slices.ContainsFunc(o.Measures, func(m Measured) bool { return m.Of == OfStatsField }) {
			return ds.StatsFields
		}
		return nil
	}
	all := make([]int, len(ds.Fields))
	for i := range all {
		all[i] = i
	}
	return all
}

// DefaultFields returns the indexes of the fields that a query asks for which has no
// fields: those that it may name, or for pairs the statistics' fields, if they are two.
func (o *Operation) DefaultFields(ds *Dataset) []int {
	if o.Rows == PerPair && len(ds.StatsFields) >= o.LeastFields() {
		return ds.StatsFields
	}
	return o.Answerable(ds)
}

// LeastFields is how many fields the query property fields has to name.
func (o *Operation) LeastFields() int {
	if o.Rows == PerPair {
		return 2
	}
	return 1
}

// numeric returns the indexes of the number and integer fields.
func (d *Dataset) numeric() []int {
	var fields []int
	for i := range d.Fields {
		if d.Fields[i].Numeric() {
			fields = append(fields, i)
		}
	}
	return fields
}

// fixedColumns returns the names of those of the answer's columns that depend neither on
// the query nor on the dataset.
func (o *Operation) fixedColumns() []string {
	names := slices.Clone(o.Labels)
	for _, m := range o.Measures {
		if m.Of != OfStatsField {
			names = append(names, m.Column())
		}
	}
	return names
}

// FieldTypes reports whether the field that the query property field names can be of the
// type.
func (o *Operation) FieldTypes(t Type) bool {
	return o.Rows != PerBin || t == Number || t == Integer || t == Date || t == DateTime
}

// GroupsByDefault returns the indexes of the fields that groups are made by where the
// query does not say.
func (o *Operation) GroupsByDefault(ds *Dataset) []int {
	if o.ByField != "" {
		return nil
	}
	return ds.GroupBy
}

// ClashesWithMeasures reports whether some operation could not answer with a
// group called name beside its measures of the field.
func ClashesWithMeasures(name, field string) bool {
	for _, o := range Operations() {
		for _, m := range o.Measures {
			if m.Of == OfStatsField && NamesClash(name, MeasureName(m.Measure, field)) {
				return true
			}
		}
	}
	return false
}

// WordsFor returns the words that describe the operation of the dataset.
func (o *Operation) WordsFor(ds *Dataset) Words {
	if o.Definition != nil {
		return o.Definition.words(o, ds)
	}
	by, order := "", ""
	if groups := o.GroupsByDefault(ds); len(groups) > 0 {
		keys := strings.Join(ds.FieldNames(groups), ", ")
		by, order = " by "+keys, ", in ascending order of "+keys+", null first"
	}
	fill := strings.NewReplacer("{title}", ds.Label(), "{by}", by, "{order}", order).Replace
	return Words{fill(o.Words.Summary), fill(o.Words.Description), fill(o.Words.Answer), fill(o.Words.Paging)}
}
