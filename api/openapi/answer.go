package openapi

import (
	"herbarium/api/format"
	"herbarium/datasets"
	"herbarium/engine"
)

// answerSchema describes a plan's answers as JSON: an array of objects that are
// laid out as format.JSON does. No property is required, since a query can leave
// out any field.
func answerSchema(plan *engine.Plan) object {
	columns := make([]object, len(plan.Columns))
	for i := range columns {
		columns[i] = columnSchema(plan, i)
	}
	return object{
		{"title", "Answers of " + string(plan.Operation) + " of " + plan.Dataset.Label()},
		{"type", "array"},
		{"items", objectSchema(format.NewObject(plan.Columns), columns)},
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

// columnSchema describes the values of a plan's column. A mean is null if there is
// no value or no finite mean.
func columnSchema(plan *engine.Plan, column int) object {
	if plan.Operation == datasets.Range {
		return fieldSchema(&plan.Dataset.Fields[plan.Fields[column]])
	}
	if i := column - len(plan.Fields); i >= 0 {
		return fieldSchema(&plan.Dataset.Fields[plan.GroupBy[i]])
	}
	field := plan.Dataset.Fields[plan.Fields[column]]
	field.Type, field.Required, field.Enum = datasets.Number, false, nil
	field.Title = "Mean of " + field.Label()
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
