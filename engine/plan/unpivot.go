package plan

import (
	"slices"
	"strings"

	"herbarium/datasets"
)

// Unpivot makes several rows of the measures of each group, as UNPIVOT of SQL does: one
// for each source. Rows come in the order of groups, those of a group in that of
// sources.
type Unpivot struct {
	// Names are the columns that tell the rows of a group apart, such as the name of
	// a field. They hold the sources' texts.
	Names []Column
	// Values are the columns that hold the groups' measures.
	Values  []Column
	Sources []Source
}

// Source is what a row of an unpivoted group is made of.
type Source struct {
	Name     string   // for people
	Texts    []string // by Unpivot.Names
	Measures []int    // by Unpivot.Values: the index of one of Groups.Measures, or NoMeasure
}

// NoMeasure stands for a measure where there is none; the value is null.
const NoMeasure = -1

func (u *Unpivot) columns() []Column { return slices.Concat(u.Names, u.Values) }

// String names the sources for people, such as "a row for height, depth".
func (u *Unpivot) String() string {
	names := make([]string, len(u.Sources))
	for i, s := range u.Sources {
		names[i] = s.Name
	}
	return "a row for " + strings.Join(names, ", ")
}

// Named is a measure with the name of its column.
type Named struct {
	*Measure
	Name string
}

// ByField returns the plan of a row for each of these fields in each group: the field's
// name and type, and those of the measures that its type has; others are null. A column
// has the type of its measure, or is a variant where that depends on the field's.
func ByField(ds *datasets.Dataset, op *datasets.Operation, keys []Key, fields []int, measures []Named) *Plan {
	u := &Unpivot{Names: []Column{
		{Name: op.Labels[0], Type: datasets.String, Field: NoField, Title: "Name of the field", Total: true},
		{Name: op.Labels[1], Type: datasets.String, Field: NoField, Title: "Type of the field", Total: true},
	}}
	for _, m := range measures {
		u.Values = append(u.Values, m.column())
	}
	var all []Measured
	for _, f := range fields {
		field := &ds.Fields[f]
		source := Source{Name: field.Name, Texts: []string{field.Name, field.Type.String()}}
		for _, m := range measures {
			at := NoMeasure
			if m.Takes(field.Type) {
				at = len(all)
				all = append(all, Measured{Measure: m.Measure, Field: f})
			}
			source.Measures = append(source.Measures, at)
		}
		u.Sources = append(u.Sources, source)
	}
	return ByGroup(ds, op, keys, all).reshaped(u, len(keys))
}

// ByPair returns the plan of a row for each pair of these fields in each group: the
// fields' names and the measures of the pair.
func ByPair(ds *datasets.Dataset, op *datasets.Operation, keys []Key, fields []int, measures []Named) *Plan {
	u := &Unpivot{Names: []Column{
		{Name: "x", Type: datasets.String, Field: NoField, Title: "Name of the first field", Total: true},
		{Name: "y", Type: datasets.String, Field: NoField, Title: "Name of the second field", Total: true},
	}}
	for _, m := range measures {
		u.Values = append(u.Values, Column{Name: m.Name, Type: m.Gives(datasets.Number), Field: NoField, Title: m.Title, Total: m.Total})
	}
	var all []Measured
	for i, x := range fields {
		for _, y := range fields[i+1:] {
			names := []string{ds.Fields[x].Name, ds.Fields[y].Name}
			source := Source{Name: strings.Join(names, " with "), Texts: names}
			for _, m := range measures {
				source.Measures = append(source.Measures, len(all))
				all = append(all, Measured{Measure: m.Measure, Field: x, With: y})
			}
			u.Sources = append(u.Sources, source)
		}
	}
	return ByGroup(ds, op, keys, all).reshaped(u, len(keys))
}

// column returns the measure's column of an answer with a row for each field.
func (m Named) column() Column {
	c := Column{Name: m.Name, Type: datasets.String, Field: NoField, Title: m.Title, Total: m.Total}
	var given []datasets.Type
	for t := range datasets.Types() {
		switch {
		case !m.Takes(t):
			c.Total = false
		case !slices.Contains(given, m.Gives(t)):
			given = append(given, m.Gives(t))
		}
	}
	if c.Variant = len(given) > 1; !c.Variant {
		c.Type = given[0]
	}
	return c
}
