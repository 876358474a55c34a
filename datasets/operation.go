package datasets

import (
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

// Measured is a measure that an operation computes of each group.
type Measured struct {
	Measure string // the measure's name, such as "mean"
	Of      Subject
}

// Subject is what a measure is computed of.
type Subject uint8

// The subjects that a measure of an operation can have.
const (
	OfRows       Subject = iota // the group's rows
	OfStatsField                // each field of Dataset.StatsFields that the query asks for
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
func Operations() []*Operation { return []*Operation{Range, Stats, Mean, Count, Distinct} }

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
	if o.Grouped() {
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

// MeasureColumns returns the names of the answer's columns that hold measures,
// where the query asks for these fields.
func (o *Operation) MeasureColumns(ds *Dataset, fields []int) []string {
	var names []string
	for _, m := range o.Measures {
		if m.Of == OfRows {
			names = append(names, m.Measure)
			continue
		}
		for _, f := range fields {
			names = append(names, MeasureName(m.Measure, ds.Fields[f].Name))
		}
	}
	return names
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
	if len(ds.GroupBy) > 0 {
		names := make([]string, len(ds.GroupBy))
		for i, f := range ds.GroupBy {
			names[i] = ds.Fields[f].Name
		}
		keys := strings.Join(names, ", ")
		by, order = " by "+keys, ", in ascending order of "+keys+", null first"
	}
	fill := strings.NewReplacer("{title}", ds.Label(), "{by}", by, "{order}", order).Replace
	return Words{fill(o.Words.Summary), fill(o.Words.Description), fill(o.Words.Answer), fill(o.Words.Paging)}
}
