package openapi

import (
	"slices"

	"herbarium/datasets"
	"herbarium/engine"
)

// flatParameters describes the parameters of a query in a URL, as engine.ParseFlat
// reads them: one for each selector, and those for bounds, fields and pages.
func flatParameters(plan *engine.Plan, query object) []object {
	ds := plan.Dataset
	parameters := []object{}
	for i := range ds.Selectors {
		s := &ds.Selectors[i]
		parameters = append(parameters, object{
			{"name", s.Name}, {"in", "query"}, {"style", "form"}, {"explode", true},
			{"description", "Rows whose " + ds.Fields[s.Field].Name + " is this, or one of these; null picks rows without a value"},
			{"schema", object{{"type", "array"}, {"items", orNull(flatValue(&ds.Fields[s.Field]))}, {"minItems", 1}, {"uniqueItems", true}}},
		})
	}
	properties, _ := query.Get("properties").(object)
	for _, name := range datasets.QueryProperties() {
		if properties.Get(name) == nil || !takesProperty(plan, name) {
			continue
		}
		p := object{{"name", name}, {"in", "query"}}
		var schema object
		switch name {
		case "lower", "upper":
			// The empty example is what Swagger UI fills its form with.
			p = append(p, object{{"style", "deepObject"}, {"explode", true}, {"example", object{}}}...)
			schema = flatBounds(ds)
		case "fields":
			schema = object{{"type", "array"}, {"items", object{{"enum", flatFields(plan)}}}, {"minItems", 1}, {"uniqueItems", true}}
		case "after":
			p = append(p, member{"description", datasets.AboutAfter})
			schema = object{{"type", "string"}}
		default:
			maximum := int64(engine.MaxPage)
			if name == "per_page" && ds.PageMax > 0 {
				maximum = ds.PageMax
			}
			schema = object{{"type", []string{"integer", "null"}}, {"minimum", 1}, {"maximum", maximum}}
		}
		parameters = append(parameters, append(p, member{"schema", schema}))
	}
	return append(parameters, object{
		{"name", "query"}, {"in", "query"},
		{"description", "All of the query as JSON, instead of the other parameters"},
		{"content", object{{"application/json", object{{"schema", reference("schemas", queryName(plan))}, {"example", object{}}}}}},
	})
}

// takesProperty reports whether the operation's queries can have a value for the
// property.
func takesProperty(plan *engine.Plan, name string) bool {
	switch name {
	case "after":
		return plan.Operation == datasets.Range
	case "fields":
		return len(plan.Fields) > 0
	default:
		return true
	}
}

// flatBounds describes bounds by field.
func flatBounds(ds *datasets.Dataset) object {
	properties := object{}
	for _, i := range ds.Bounds {
		field := ds.Fields[i]
		field.Enum = nil // a bound lies between values
		bound := flatValue(&field)
		if field.Numeric() {
			bound = object{{"type", "number"}}
		}
		properties = append(properties, member{ds.Fields[i].Name, bound})
	}
	return object{{"type", "object"}, {"additionalProperties", false}, {"properties", properties}}
}

// flatFields names the fields that the operation can return, as a URL has them.
func flatFields(plan *engine.Plan) []string {
	names := make([]string, 0, len(plan.Fields))
	for _, f := range slices.Sorted(slices.Values(plan.Fields)) {
		names = append(names, engine.FlatText(plan.Dataset.Fields[f].Name))
	}
	return names
}

// orNull adds null to the values of a schema with one type.
func orNull(s object) object {
	widened := slices.Clone(s)
	for i, m := range s {
		switch m.Key {
		case "type":
			widened[i].Value = []any{m.Value, "null"}
		case "enum":
			widened[i].Value = append(slices.Clone(m.Value.([]any)), nil)
		}
	}
	return widened
}

// flatValue describes a field's value in a URL. Text is written there as it is,
// unless it is null or begins with a double quote.
func flatValue(f *datasets.Field) object {
	switch {
	case f.Enum != nil:
		values := f.EnumValues()
		for i, v := range values {
			if text, ok := v.(string); ok {
				values[i] = engine.FlatText(text)
			}
		}
		name, _ := jsonTypeOf(f.Type)
		return object{{"type", name}, {"enum", values}}
	case f.Type == datasets.Integer:
		return object{{"type", "integer"}, {"format", "int64"}}
	case f.Type == datasets.Boolean:
		return object{{"type", "boolean"}}
	case f.Type == datasets.Number:
		return object{{"type", "number"}}
	case f.Type == datasets.Date:
		return object{{"type", "string"}, {"format", "date"}}
	case f.Type == datasets.DateTime:
		return object{{"type", "string"}, {"pattern", datasets.DateTimePattern}}
	default:
		return object{{"type", "string"}}
	}
}
