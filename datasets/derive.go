package datasets

import (
	"bytes"
	"encoding/json"

	"herbarium/schemas"
)

// object is a JSON object whose keys keep their order; member is one of its keys
// with the value.
type (
	object = schemas.Ordered
	member = schemas.Entry
)

// MaxSafeInteger is the greatest integer up to which every JSON reader represents
// all integers exactly.
const MaxSafeInteger = 1<<53 - 1

// AboutAfter describes the query property after.
const AboutAfter = "Goes on where the answer ended that came with this X-Next-After; not together with page"

// JSON Schema's formats date and date-time are not used for bounds, because
// ParseBound accepts more; BoundPattern matches it.
const (
	exampleDate     = "2019-03-23"
	exampleDateTime = "2019-03-23T20:21:09Z"
)

// deriveQuerySchema writes the JSON Schema (draft 7) of the dataset's queries.
// Every property may be null, which stands for absent.
func deriveQuerySchema(ds *Dataset) []byte {
	var properties object
	for _, s := range ds.Selectors {
		properties = append(properties, member{s.Name, selectorSchema(&ds.Fields[s.Field])})
	}
	perPage := ds.PageMax
	if perPage == 0 {
		perPage = MaxSafeInteger
	}
	properties = append(properties,
		member{"lower", boundsSchema(ds, "Lower bounds, inclusive, by field; a row without a value satisfies none")},
		member{"upper", boundsSchema(ds, "Upper bounds, inclusive, by field; a row without a value satisfies none")},
		member{"fields", fieldsSchema(ds)},
		member{"page", countSchema("Which page, from 1", MaxSafeInteger)},
		member{"per_page", countSchema("Page size", perPage)},
		member{"after", object{
			{"description", AboutAfter},
			{"type", []string{"string", "null"}},
		}})
	text, err := schemas.AppendJSON(nil, object{
		{"$schema", "http://json-schema.org/draft-07/schema#"},
		{"title", "A query of " + ds.Label()},
		{"type", "object"},
		{"additionalProperties", false},
		{"properties", properties},
	})
	if err != nil {
		// The parts are strings, numbers and lists of them.
		panic(err)
	}
	var indented bytes.Buffer
	_ = json.Indent(&indented, text, "", "  ") // it is JSON
	return indented.Bytes()
}

// selectorSchema allows one value, or a list of distinct ones of which one may
// be null.
func selectorSchema(f *Field) object {
	description := "Rows whose " + f.Name + " is this value, or one of these; null in a list picks rows without a value"
	if f.Description != "" {
		description += ". " + f.Description
	}
	one, listed := valueSchema(f, false), valueSchema(f, true)
	return object{
		{"title", f.Label()},
		{"description", description},
		{"anyOf", []object{
			one,
			{{"type", "array"}, {"items", listed}, {"minItems", 1}, {"uniqueItems", true}},
			{{"type", "null"}},
		}},
	}
}

// valueSchema allows one value of the field, or null too.
func valueSchema(f *Field, null bool) object {
	var s object
	types := func(name string) any {
		if null {
			return []string{name, "null"}
		}
		return name
	}
	switch {
	case f.Enum != nil:
		name := "string"
		if f.Type == Integer || f.Type == Boolean {
			name = f.Type.String()
		}
		values := f.EnumValues()
		if null {
			values = append(values, nil)
		}
		s = object{{"type", types(name)}, {"enum", values}}
	case f.Type == Integer:
		s = object{{"type", types("integer")},
			{"minimum", json.Number("-9223372036854775808")}, {"maximum", json.Number("9223372036854775807")}}
	case f.Type == Boolean:
		s = object{{"type", types("boolean")}}
	case f.Type == Date:
		s = object{{"type", types("string")}, {"format", "date"}, {"examples", []string{exampleDate}}}
	default:
		s = object{{"type", types("string")}}
	}
	return s
}

func boundsSchema(ds *Dataset, description string) object {
	properties := object{}
	for _, i := range ds.Bounds {
		f := &ds.Fields[i]
		s := object{{"type", "string"}}
		switch f.Type {
		case Number, Integer:
			s = object{{"type", "number"}}
		case Date:
			s = append(s, object{{"pattern", BoundPattern}, {"examples", []string{exampleDate}}}...)
		case DateTime:
			s = append(s, object{{"pattern", BoundPattern}, {"examples", []string{exampleDateTime}}}...)
		}
		s = append(s, member{"title", f.Label()})
		if about := f.About(); about != "" {
			s = append(s, member{"description", about})
		}
		properties = append(properties, member{f.Name, s})
	}
	return object{
		{"description", description},
		{"type", []string{"object", "null"}},
		{"additionalProperties", false},
		{"properties", properties},
	}
}

func fieldsSchema(ds *Dataset) object {
	names := make([]string, len(ds.Fields))
	for i := range ds.Fields {
		names[i] = ds.Fields[i].Name
	}
	return object{
		{"description", "Only these fields come back, in the dataset's order"},
		{"type", []string{"array", "null"}},
		{"items", object{{"enum", names}}},
		{"minItems", 1},
		{"uniqueItems", true},
	}
}

func countSchema(description string, maximum int64) object {
	return object{
		{"description", description},
		{"type", []string{"integer", "null"}},
		{"minimum", 1},
		{"maximum", maximum},
	}
}
