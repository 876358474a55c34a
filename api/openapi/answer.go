package openapi

import (
	"herbarium/api/format"
	"herbarium/datasets"
	"herbarium/engine/plan"
)

// answerSchema describes a plan's answers as JSON: an array of objects that are
// laid out as format.JSON does. No property is required, since a query can leave
// out any field.
func answerSchema(p *plan.Plan) object {
	columns := make([]object, len(p.Columns))
	for i := range columns {
		columns[i] = columnSchema(p, i)
	}
	return object{
		{"title", "Answers of " + p.Operation.Path + " of " + p.Dataset.Label()},
		{"type", "array"},
		{"items", objectSchema(format.NewObject(p.Columns), columns)},
	}
}

// objectSchema describes an object; columns are the schemas of its values.
func objectSchema(o format.Object, columns []object) object {
	properties := object{}
	for _, m := range o.Members {
		if m.Object != nil {
			properties = append(properties, member{m.Key, objectSchema(*m.Object, columns)})
		} else {
			properties = append(properties, member{m.Key, columns[m.Column]})
		}
	}
	return object{
		{"type", "object"},
		{"additionalProperties", false},
		{"minProperties", min(1, len(properties))}, // means of no field by none
		{"properties", properties},
	}
}

// columnSchema describes the values of a plan's column.
func columnSchema(p *plan.Plan, column int) object {
	c := p.Columns[column]
	if p.Groups == nil || column >= len(p.Groups.Measures) {
		return fieldSchema(&p.Dataset.Fields[c.Field])
	}
	return measureSchema(p, p.Groups.Measures[column], c.Type)
}

// measureSchema describes the values of a measure, which has the unit of its
// field only where the measure keeps it.
func measureSchema(p *plan.Plan, m plan.Measured, t datasets.Type) object {
	field := datasets.Field{Title: m.Title}
	if m.Field != plan.NoField {
		of := &p.Dataset.Fields[m.Field]
		field = datasets.Field{Title: m.Title + " of " + of.Label(), Description: of.Description}
		if m.SameUnit {
			field.Unit = of.Unit
		}
	}
	field.Type, field.Required = t, m.Total
	return fieldSchema(&field)
}

// fieldSchema describes a field's values in answers. The unit is given twice: in
// the description for people, and as x-unit for programs.
func fieldSchema(f *datasets.Field) object {
	name, kind := jsonTypeOf(f.Type)
	s := object{{"title", f.Label()}}
	s = s.With("description", f.About()).With("x-unit", f.Unit)
	if f.Required {
		s = append(s, member{"type", name})
	} else {
		s = append(s, member{"type", []string{name, "null"}})
	}
	s = s.With("format", kind)
	if f.Enum != nil {
		values := f.EnumValues()
		if !f.Required {
			values = append(values, nil)
		}
		s = append(s, member{"enum", values})
	}
	return s
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
