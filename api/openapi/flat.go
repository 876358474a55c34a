package openapi

import (
	"slices"
	"strings"

	"herbarium/datasets"
	"herbarium/engine/plan"
	"herbarium/engine/query"
)

// flatParameters describes the parameters of a query in a URL, as query.ParseFlat
// reads them: one for each selector, and those for bounds, fields and pages.
func (d *described) flatParameters(p *plan.Plan, whole object) []object {
	ds := p.Dataset
	parameters := []object{}
	selectors := ds.SelectorsOf(p.Operation)
	for i := range selectors {
		s := &selectors[i]
		parameters = append(parameters, object{
			{"name", s.Name}, {"in", "query"}, {"style", "form"}, {"explode", true},
			{"description", "Rows whose " + ds.Fields[s.Field].Name + " is this, or one of these; null picks rows without a value"},
			{"schema", object{{"type", "array"}, {"items", nullable(d.flatSelected(s))}, {"minItems", 1}, {"uniqueItems", true}}},
		})
	}
	properties := keywordOf(d.query, "properties")
	for _, name := range datasets.QueryProperties() {
		inSchema := name == "version" || properties != nil && keywordOf(properties, name) != nil
		if !inSchema || !takesProperty(p, name) {
			continue
		}
		parameter := object{{"name", name}, {"in", "query"}}
		var schema object
		switch name {
		case "any":
			continue // a URL has no form for it
		case "lower", "upper", "above", "below":
			parameter = append(parameter, deepObject(name)...)
			schema = d.component("FlatBounds", flatBounds(ds))
		case "contains", "starts_with":
			parameter = append(parameter, deepObject(name)...)
			schema = d.component("FlatTexts", flatTexts(ds))
		case "not":
			parameter = append(parameter, deepObject(name)...)
			schema = d.component("FlatNot", d.flatNot(selectors))
		case "measures":
			parameter = append(parameter, deepObject(name)...)
			schema = d.component("FlatMeasures", flatMeasures(ds))
		case "missing", "present":
			parameter = append(parameter, member{"description", aboutProperty[name]})
			schema = object{{"type", "array"}, {"items", d.flatField("Field", d.allNames())}, {"minItems", 1}, {"uniqueItems", true}}
		case "sort", "group_by":
			parameter = append(parameter, member{"description", aboutProperty[name]})
			schema = object{{"type", "array"}, {"items", object{{"type", "string"}}}, {"minItems", 1}, {"uniqueItems", true}}
		case "field":
			parameter = append(parameter, object{{"required", needsField(p.Operation)}, {"description", aboutProperty[name]}}...)
			schema = d.flatField(d.namesFor(p.Operation))
		case "edges":
			parameter = append(parameter, member{"description", aboutProperty[name]})
			schema = object{{"type", "array"}, {"items", object{{"type", "string"}}}, {"minItems", 2}, {"maxItems", datasets.MaxBins + 1}}
		case "fields":
			schema = object{{"type", "array"}, {"items", d.flatField(typeName(p.Operation.Path)+"Field", fieldNames(p))}, {"minItems", p.Operation.LeastFields()}, {"uniqueItems", true}}
		case "after":
			parameter = append(parameter, member{"description", datasets.AboutAfter})
			schema = object{{"type", "string"}}
		case "version":
			parameter = append(parameter, member{"description", datasets.AboutVersion})
			schema = object{{"type", "string"}, {"pattern", datasets.VersionPattern}}
		default:
			maximum := int64(query.MaxPage)
			if name == "per_page" {
				// A form that is sent as it is asks for a page, not for all rows.
				parameter = append(parameter, member{"example", examplePageOf(p)})
				if _, largest := ds.PageOf(p.Operation); largest > 0 {
					maximum = largest
				}
			}
			if name == "bins" {
				parameter = append(parameter, member{"description", "How many bins there are at most, between nice edges"})
				maximum = datasets.MaxBins
			}
			schema = object{{"type", []string{"integer", "null"}}, {"format", "int64"}, {"minimum", 1}, {"maximum", maximum}}
		}
		parameters = append(parameters, append(parameter, member{"schema", schema}))
	}
	return append(parameters, object{
		{"name", "query"}, {"in", "query"},
		{"description", "All of the query as JSON, instead of the other parameters"},
		{"content", object{{"application/json", object{{"schema", whole}}}}},
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

// deepObject is how a URL writes an object. The empty example is what Swagger UI
// fills its form with.
func deepObject(name string) object {
	return object{{"description", aboutProperty[name]}, {"style", "deepObject"}, {"explode", true}, {"example", object{}}}
}

// flatField describes one of these names of fields in a URL. Where a body writes
// them alike, it is the same component as there, which has the wanted name.
func (d *described) flatField(wanted string, names []string) object {
	flat := make([]string, len(names))
	for i, name := range names {
		flat[i] = query.FlatText(name)
	}
	if !slices.Equal(names, flat) {
		wanted = strings.TrimSuffix(wanted, "Field") + "FlatField"
	}
	return d.component(wanted, object{{"type", "string"}, {"enum", flat}})
}

// flatTexts describes a text for each field that has text.
func flatTexts(ds *datasets.Dataset) object {
	properties := object{}
	for i := range ds.Fields {
		if ds.Fields[i].Type == datasets.String {
			properties = append(properties, member{ds.Fields[i].Name, object{{"type", "string"}, {"maxLength", datasets.MaxText}}})
		}
	}
	return closed(properties)
}

// flatMeasures describes a measure for each field. Rows, which * stands for, have
// one measure alone, and that is asked for where none is.
func flatMeasures(ds *datasets.Dataset) object {
	properties := object{}
	for i := range ds.Fields {
		properties = append(properties, member{ds.Fields[i].Name, object{{"type", "string"}}})
	}
	return closed(properties)
}

// flatNot describes one value of each selector.
func (d *described) flatNot(selectors []datasets.Selector) object {
	properties := object{}
	for i := range selectors {
		s := &selectors[i]
		properties = append(properties, member{s.Name, nullable(d.flatSelected(s))})
	}
	return closed(properties)
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
			bound = object{{"type", "number"}, {"format", "double"}}
		case datasets.Date:
			bound = object{{"type", "string"}, {"pattern", datasets.BoundPattern}}
		}
		properties = append(properties, member{ds.Fields[i].Name, bound})
	}
	return closed(properties)
}

// flatSelected describes a value of a selector in a URL: as answers describe the
// field's, if it is written as it is.
func (d *described) flatSelected(s *datasets.Selector) object {
	f := &d.Fields[s.Field]
	value := flatValue(f)
	switch values := value.Get("enum"); {
	case values == nil:
		return value
	case sameJSON(values, f.EnumValues()):
		return d.values(f)
	default:
		return d.component(typeName(s.Name)+"FlatSelected", value)
	}
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
		return enumOf(name, values)
	case f.Type == datasets.DateTime:
		return object{{"type", "string"}, {"pattern", datasets.BoundPattern}}
	default:
		name, kind := jsonTypeOf(f.Type)
		return object{{"type", name}}.With("format", kind)
	}
}
