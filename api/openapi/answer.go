package openapi

import (
	"herbarium/api/format"
	"herbarium/datasets"
	"herbarium/engine/plan"
)

// answerOf describes a plan's answers as JSON: an array of objects, which are a
// component and are laid out as format.JSON does. No property is required, since
// a query can leave out any field.
func (d *described) answerOf(p *plan.Plan) object {
	columns := make([]object, len(p.Columns))
	for i := range columns {
		columns[i] = d.columnSchema(p, i)
	}
	row := d.row(typeName(p.Operation.Path)+"Row", format.NewObject(p.Columns), columns, grouped(p))
	return object{{"type", "array"}, {"items", row}}
}

// row describes an object as a component; columns are the schemas of its values.
// Where more is set, it may have further properties.
func (d *described) row(wanted string, o format.Object, columns []object, more bool) object {
	properties := object{}
	for _, m := range o.Members {
		if m.Object != nil {
			properties = append(properties, member{m.Key, d.row(wanted+typeName(m.Key), *m.Object, columns, more)})
		} else {
			properties = append(properties, member{m.Key, columns[m.Column]})
		}
	}
	return d.component(wanted, object{
		{"type", "object"},
		{"additionalProperties", more},
		{"minProperties", min(1, len(properties))}, // means of no field by none
		{"properties", properties},
	})
}

// grouped reports whether the query says what the answer's columns are.
func grouped(p *plan.Plan) bool {
	return p.Operation.TakesProperty("group_by") || p.Operation.TakesProperty("measures")
}

// columnSchema describes the values of a plan's column.
func (d *described) columnSchema(p *plan.Plan, column int) object {
	c := p.Columns[column]
	if p.Operation.ByField == c.Name && p.Operation.ByField != "" && p.Operation.TakesProperty("field") {
		return object{{"title", "Value"}, {"description", "A value of the field, of its type; null where there is none"}}
	}
	if c.Title != "" {
		return d.madeSchema(p.Dataset, &c)
	}
	if p.Groups == nil {
		return d.fieldSchema(&p.Dataset.Fields[c.Field])
	}
	if p.Reshape != nil { // its own columns have titles, and keys come last
		return d.keySchema(p, &p.Groups.Keys[column+len(p.Groups.Keys)-len(p.Columns)], c)
	}
	i, isKey := p.Groups.InColumn(column)
	if isKey {
		return d.keySchema(p, &p.Groups.Keys[i], c)
	}
	return d.measureSchema(p, p.Groups.Measures[i], c.Type)
}

// keySchema describes the values of a key: those of its field, or the labels of
// buckets.
func (d *described) keySchema(p *plan.Plan, k *plan.Key, c plan.Column) object {
	field := p.Dataset.Fields[k.Field]
	if k.Buckets != nil {
		field = datasets.Field{Title: field.Label() + " by " + k.Buckets.String(), Type: c.Type, Unit: field.Unit}
		if c.Field == plan.NoField {
			field.Unit = ""
		}
	}
	return d.fieldSchema(&field)
}

// madeSchema describes the values of a column that tells of itself. A variant has no
// type, so that generators of clients take any value.
func (d *described) madeSchema(ds *datasets.Dataset, c *plan.Column) object {
	if c.Variant {
		return object{{"title", c.Title}, {"description", "A value of the field's own type; null where there is none. Formats that have one type for a column, such as Parquet, hold its text"}}
	}
	field := datasets.Field{Title: c.Title, Type: c.Type, Required: c.Total}
	if c.Field != plan.NoField {
		field.Unit = ds.Fields[c.Field].Unit
	}
	return d.fieldSchema(&field)
}

// measureSchema describes the values of a measure, which has the unit of its
// field only where the measure keeps it.
func (d *described) measureSchema(p *plan.Plan, m plan.Measured, t datasets.Type) object {
	field := datasets.Field{Title: m.Title}
	if m.Field != plan.NoField {
		of := &p.Dataset.Fields[m.Field]
		field = datasets.Field{Title: m.Title + " of " + of.Label(), Description: of.Description}
		if m.SameUnit {
			field.Unit = of.Unit
		}
	}
	field.Type, field.Required = t, m.Total
	return d.fieldSchema(&field)
}

// fieldSchema describes a field's values in answers. The unit is given twice: in
// the description for people, and as x-unit for programs.
func (d *described) fieldSchema(f *datasets.Field) object {
	about := object{{"title", f.Label()}}.With("description", f.About()).With("x-unit", f.Unit)
	var values object
	if f.Enum != nil {
		values = d.values(f)
	} else {
		name, kind := jsonTypeOf(f.Type)
		values = object{{"type", name}}.With("format", kind)
	}
	if !f.Required {
		values = nullable(values)
	}
	return append(about, values...)
}

// jsonTypeOf returns the JSON Schema type of a type's values and their format, if
// they have one.
func jsonTypeOf(t datasets.Type) (name, format string) {
	switch t {
	case datasets.Number:
		return "number", "double"
	case datasets.Integer:
		return "integer", "int64"
	case datasets.Boolean:
		return "boolean", ""
	case datasets.Date, datasets.DateTime:
		return "string", t.String()
	default:
		return "string", ""
	}
}
