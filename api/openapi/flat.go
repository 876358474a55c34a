package openapi

import (
	"slices"

	"herbarium/datasets"
	"herbarium/engine/plan"
	"herbarium/engine/query"
)

// flatParameters describes the parameters of a query in a URL, as query.ParseFlat
// reads them: one for each selector, and those for bounds, fields and pages.
func flatParameters(p *plan.Plan, querySchema object) []object {
	ds := p.Dataset
	parameters := []object{}
	for i := range ds.Selectors {
		s := &ds.Selectors[i]
		parameters = append(parameters, object{
			{"name", s.Name}, {"in", "query"}, {"style", "form"}, {"explode", true},
			{"description", "Rows whose " + ds.Fields[s.Field].Name + " is this, or one of these; null picks rows without a value"},
			{"schema", object{{"type", "array"}, {"items", orNull(flatValue(&ds.Fields[s.Field]))}, {"minItems", 1}, {"uniqueItems", true}}},
		})
	}
	properties, _ := querySchema.Get("properties").(object)
	for _, name := range datasets.QueryProperties() {
		if properties.Get(name) == nil || !takesProperty(p, name) {
			continue
		}
		parameter := object{{"name", name}, {"in", "query"}}
		var schema object
		switch name {
		case "lower", "upper":
			// The empty example is what Swagger UI fills its form with.
			parameter = append(parameter, object{{"style", "deepObject"}, {"explode", true}, {"example", object{}}}...)
			schema = flatBounds(ds)
		case "fields":
			schema = object{{"type", "array"}, {"items", object{{"enum", flatFields(p)}}}, {"minItems", 1}, {"uniqueItems", true}}
		case "after":
			parameter = append(parameter, member{"description", datasets.AboutAfter})
			schema = object{{"type", "string"}}
		default:
			maximum := int64(query.MaxPage)
			if name == "per_page" && ds.PageMax > 0 {
				maximum = ds.PageMax
			}
			schema = object{{"type", []string{"integer", "null"}}, {"minimum", 1}, {"maximum", maximum}}
		}
		parameters = append(parameters, append(parameter, member{"schema", schema}))
	}
	return append(parameters, object{
		{"name", "query"}, {"in", "query"},
		{"description", "All of the query as JSON, instead of the other parameters"},
		{"content", object{{"application/json", object{{"schema", reference("schemas", queryName(p))}, {"example", object{}}}}}},
	})
}

// takesProperty reports whether the operation's queries can have a value for the
// property.
func takesProperty(p *plan.Plan, name string) bool {
	if name == "fields" && len(p.Operation.Answerable(p.Dataset)) == 0 {
		return false
	}
	return p.Operation.TakesProperty(name)
}

// flatBounds describes bounds by field.
func flatBounds(ds *datasets.Dataset) object {
	properties := object{}
	for _, i := range ds.Bounds {
		field := ds.Fields[i]
		field.Enum = nil // a bound lies between values
		bound := flatValue(&field)
		switch field.Type {
		case datasets.Number, datasets.Integer:
			bound = object{{"type", "number"}}
		case datasets.Date:
			bound = object{{"type", "string"}, {"pattern", datasets.BoundPattern}}
		}
		properties = append(properties, member{ds.Fields[i].Name, bound})
	}
	return object{{"type", "object"}, {"additionalProperties", false}, {"properties", properties}}
}

// flatFields names the fields that the operation can return, as a URL has them.
func flatFields(p *plan.Plan) []string {
	var names []string
	for _, f := range p.Operation.Answerable(p.Dataset) {
		names = append(names, query.FlatText(p.Dataset.Fields[f].Name))
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
				values[i] = query.FlatText(text)
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
		return object{{"type", "string"}, {"pattern", datasets.BoundPattern}}
	default:
		return object{{"type", "string"}}
	}
}
