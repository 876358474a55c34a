package api

import (
	"slices"

	"herbarium/datasets"
	"herbarium/engine"
)

// flatParameters describes a query in a URL: a parameter for each selector,
// for the bounds, and for the rest, as engine.ParseFlat reads them.
func flatParameters(plan *engine.Plan, query object) []object {
	ds := plan.Dataset
	parameters := []object{}
	for i := range ds.Selectors {
		s := &ds.Selectors[i]
		parameters = append(parameters, object{
			{"name", s.Name}, {"in", "query"}, {"style", "form"}, {"explode", true},
			{"description", "Rows whose " + ds.Fields[s.Field].Name + " is this, or one of these; null picks rows without a value"},
			{"schema", object{{"type", "array"}, {"items", flatValue(&ds.Fields[s.Field])}, {"minItems", 1}, {"uniqueItems", true}}},
		})
	}
	properties, _ := query.get("properties").(object)
	for _, name := range []string{"lower", "upper", "fields", "page", "per_page", "after"} {
		if properties.get(name) == nil || name == "after" && plan.Operation != datasets.Range {
			continue
		}
		p := object{{"name", name}, {"in", "query"}}
		var schema object
		switch name {
		case "lower", "upper":
			p = append(p, object{{"style", "deepObject"}, {"explode", true}}...)
			schema = flatBounds(ds)
		case "fields":
			schema = object{{"type", "array"}, {"items", object{{"enum", flatFields(plan)}}}, {"minItems", 1}, {"uniqueItems", true}}
		case "after":
			p = append(p, member{"description", "Goes on where the answer ended that came with this X-Next-After; not together with page"})
			schema = object{{"type", "string"}}
		default:
			schema = object{{"type", "integer"}, {"minimum", 1}}
			if name == "per_page" && ds.PageMax > 0 {
				schema = append(schema, member{"maximum", ds.PageMax})
			}
		}
		parameters = append(parameters, append(p, member{"schema", schema}))
	}
	return append(parameters, object{
		{"name", "query"}, {"in", "query"},
		{"description", "All of the query as JSON, instead of the other parameters"},
		{"content", object{{"application/json", object{{"schema", reference("schemas", queryName(plan))}}}}},
	})
}

// flatBounds describes bounds by field.
func flatBounds(ds *datasets.Dataset) object {
	properties := object{}
	for _, i := range ds.Bounds {
		bound := flatValue(&ds.Fields[i])
		if f := &ds.Fields[i]; f.Numeric() {
			bound = object{{"type", "number"}}
		} else if f.Enum != nil {
			bound = object{{"type", "string"}} // a bound lies between values
		}
		properties = append(properties, member{ds.Fields[i].Name, bound})
	}
	return object{{"type", "object"}, {"additionalProperties", false}, {"properties", properties}}
}

// flatFields names the fields that the operation can answer.
func flatFields(plan *engine.Plan) []string {
	names := make([]string, 0, len(plan.Fields))
	for _, f := range slices.Sorted(slices.Values(plan.Fields)) {
		names = append(names, plan.Dataset.Fields[f].Name)
	}
	return names
}

// flatValue describes a field's value in a URL.
func flatValue(f *datasets.Field) object {
	switch {
	case f.Enum != nil:
		return object{{"type", "string"}, {"enum", f.Enum}}
	case f.Type == datasets.Integer:
		return object{{"type", "integer"}, {"format", "int64"}}
	case f.Type == datasets.Boolean:
		return object{{"type", "boolean"}}
	case f.Type == datasets.Number:
		return object{{"type", "number"}}
	case f.Type == datasets.Date:
		return object{{"type", "string"}, {"format", "date"}}
	default:
		return object{{"type", "string"}}
	}
}
