package datasets

import (
	"bytes"
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"

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

// The limits of a condition.
const (
	MaxAlternatives   = 20  // conditions in one list of any
	MaxConditionDepth = 5   // conditions within each other
	MaxConditionParts = 100 // values, bounds and names in a query's conditions, all together
	MaxText           = 200 // characters in a text of contains or starts_with
)

// The limits of a histogram.
const (
	MaxBins     = 1000
	DefaultBins = 20 // of a query that names neither bins nor edges
)

// AboutAfter describes the query property after.
const AboutAfter = "Goes on where the answer ended that came with this X-Next-After; not together with page"

// AboutVersion describes the query property version.
const AboutVersion = "The version of the rows that is asked, instead of the current one"

// VersionPattern is the form of the query property version, as a regular expression: a
// version, and the fingerprint of a descriptor, if the answer has to be that of it.
const VersionPattern = `^[a-z2-7]{26}(\.[a-z2-7]{8})?$`

var versionForm = regexp.MustCompile(VersionPattern)

// IsVersion reports whether the text has the form of VersionPattern.
func IsVersion(text string) bool { return versionForm.MatchString(text) }

// JSON Schema's formats date and date-time are not used for bounds, because
// ParseBound accepts more; BoundPattern matches it.
const (
	exampleDate     = "2019-03-23"
	exampleDateTime = "2019-03-23T20:21:09Z"
)

// deriveQuerySchema writes the JSON Schema (draft 7) of the dataset's queries, or of
// those of a named operation, if op is one. Every property may be null, which stands
// for absent.
func deriveQuerySchema(ds *Dataset, op *Operation) []byte {
	title, taken, perPage := "A query of "+ds.Label(), ds.Selectors, ds.PageMax
	takes := func(string) bool { return true }
	if op != nil {
		title, taken, perPage = "A query of "+op.Path+" of "+ds.Label(), op.Definition.Selectors, op.Definition.PageMax
		takes = op.TakesProperty
	}
	only := func(properties object) object {
		return slices.DeleteFunc(properties, func(m member) bool { return !takes(m.Key) })
	}
	conditions := only(conditionSchemas())
	var selectors, again object
	for _, s := range taken {
		selectors = append(selectors, member{s.Name, selectorSchema(&ds.Fields[s.Field])})
		again = append(again, member{s.Name, object{{"$ref", propertyRef(s.Name)}}})
	}
	if perPage == 0 {
		perPage = MaxSafeInteger
	}
	properties := slices.Concat(selectors, conditions, only(object{
		{"group_by", groupBySchema()},
		{"measures", measuresSchema(ds)},
		{"field", object{{"description", "The field whose values are counted"}, {"type", []string{"string", "null"}}}},
		{"bins", countSchema("How many bins a histogram has at most, between nice edges", MaxBins)},
		{"edges", object{
			{"description", "The ascending edges of a histogram's bins: numbers, or dates as in bounds"},
			{"type", []string{"array", "null"}},
			{"items", object{{"type", []string{"number", "string"}}}},
			{"minItems", 2},
			{"maxItems", MaxBins + 1},
		}},
		{"sort", object{
			{"description", "The order: names of fields, or of the answer's columns; - before one is descending"},
			{"type", []string{"array", "null"}},
			{"items", object{{"type", "string"}}},
			{"minItems", 1},
			{"uniqueItems", true},
		}},
		{"fields", fieldsSchema(ds)},
		{"page", countSchema("Which page, from 1", MaxSafeInteger)},
		{"per_page", countSchema("Page size", perPage)},
		{"after", object{
			{"description", AboutAfter},
			{"type", []string{"string", "null"}},
		}},
		{"version", object{
			{"description", AboutVersion},
			{"type", []string{"string", "null"}},
			{"pattern", VersionPattern},
		}},
	}))
	text, err := schemas.AppendJSON(nil, object{
		{"$schema", "http://json-schema.org/draft-07/schema#"},
		{"title", title},
		{"type", "object"},
		{"additionalProperties", false},
		{"properties", properties},
		{"definitions", slices.DeleteFunc(object{
			{"bounds", boundsSchema(ds)},
			{"names", object{
				{"description", "Rows without a value (missing) or with one (present) in each of these fields"},
				{"type", []string{"array", "null"}},
				{"items", object{{"enum", allNames(ds)}}},
				{"minItems", 1},
				{"uniqueItems", true},
			}},
			{"texts", textsSchema(ds)},
			{"measures", object{{"type", "array"}, {"items", object{{"type", "string"}}}, {"minItems", 1}, {"uniqueItems", true}}},
			{"condition", object{
				{"description", "A condition: all of its parts hold"},
				{"type", []string{"object", "null"}},
				{"additionalProperties", false},
				{"properties", slices.Concat(again, conditions)},
			}},
		}, func(m member) bool { return !slices.ContainsFunc(definitionUsers[m.Key], takes) })},
	})
	if err != nil {
		// The parts are strings, numbers and lists of them.
		panic(err)
	}
	var indented bytes.Buffer
	_ = json.Indent(&indented, text, "", "  ") // it is JSON
	return indented.Bytes()
}

// definitionUsers are the query properties that refer to each definition.
var definitionUsers = map[string][]string{
	"bounds":    {"lower", "upper", "above", "below"},
	"names":     {"missing", "present"},
	"texts":     {"contains", "starts_with"},
	"measures":  {"measures"},
	"condition": {"any", "not"},
}

// propertyRef returns a reference to the schema of a property: a JSON pointer as the
// fragment of a URI.
func propertyRef(name string) string {
	return "#/properties/" + url.PathEscape(strings.TrimPrefix(schemas.Key("", name), "/"))
}

// conditionSchemas describes the parts of a condition but for selectors.
func conditionSchemas() object {
	refer := func(to string) object { return object{{"$ref", "#/definitions/" + to}} }
	return object{
		{"lower", refer("bounds")},
		{"upper", refer("bounds")},
		{"above", refer("bounds")},
		{"below", refer("bounds")},
		{"missing", refer("names")},
		{"present", refer("names")},
		{"contains", refer("texts")},
		{"starts_with", refer("texts")},
		{"any", object{
			{"description", "At least one of these conditions holds"},
			{"type", []string{"array", "null"}},
			{"items", refer("condition")},
			{"minItems", 1},
			{"maxItems", MaxAlternatives},
		}},
		{"not", refer("condition")},
	}
}

// textsSchema allows a text, or a list of such, for each string field.
func textsSchema(ds *Dataset) object {
	text := object{{"type", "string"}, {"maxLength", MaxText}}
	properties := object{}
	for i := range ds.Fields {
		if f := &ds.Fields[i]; f.Type == String {
			properties = append(properties, member{f.Name, object{
				{"title", f.Label()},
				{"anyOf", []object{text, {{"type", "array"}, {"items", text}, {"minItems", 1}, {"maxItems", MaxConditionParts}, {"uniqueItems", true}}}},
			}})
		}
	}
	return object{
		{"description", "Texts that have to be found in a field, in either case of letters; one of a list"},
		{"type", []string{"object", "null"}},
		{"additionalProperties", false},
		{"properties", properties},
	}
}

// groupBySchema allows a list of keys: texts, or objects that say more.
func groupBySchema() object {
	return object{
		{"description", "What groups are made by: fields, date:month and the like, number:width; [] for one group of all rows"},
		{"type", []string{"array", "null"}},
		{"items", object{{"anyOf", []object{
			{{"type", "string"}},
			{
				{"type", "object"},
				{"additionalProperties", false},
				{"required", []string{"field"}},
				{"properties", object{
					{"field", object{{"type", "string"}}},
					{"by", object{{"description", "A unit of time, such as month or 15 minutes"}, {"type", "string"}}},
					{"timezone", object{{"description", "The IANA name of the unit's time zone"}, {"type", "string"}}},
					{"width", object{{"description", "The width of intervals of numbers"}, {"type", "number"}, {"exclusiveMinimum", 0}}},
					{"origin", object{{"description", "Where an interval begins: a number, or a day"}, {"type", []string{"number", "string"}}}},
					{"edges", object{{"description", "The ascending edges of intervals of numbers"}, {"type", "array"}, {"items", object{{"type", "number"}}}, {"minItems", 2}}},
					{"as", object{{"description", "The name of the key's column"}, {"type", "string"}, {"minLength", 1}}},
				}},
			},
		}}}},
	}
}

// measuresSchema allows lists of measures by field; * stands for rows.
func measuresSchema(ds *Dataset) object {
	properties := object{{"*", object{{"type", "array"}, {"items", object{{"enum", []string{"count"}}}}, {"minItems", 1}, {"uniqueItems", true}}}}
	for i := range ds.Fields {
		properties = append(properties, member{ds.Fields[i].Name, object{{"$ref", "#/definitions/measures"}}})
	}
	return object{
		{"description", "What is computed of each group, by field; * stands for rows"},
		{"type", []string{"object", "null"}},
		{"additionalProperties", false},
		{"properties", properties},
	}
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

// boundsSchema allows a bound for each field that takes bounds.
func boundsSchema(ds *Dataset) object {
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
		{"description", "Bounds by field: lower and upper are inclusive, above and below exclusive; a row without a value satisfies none"},
		{"type", []string{"object", "null"}},
		{"additionalProperties", false},
		{"properties", properties},
	}
}

func fieldsSchema(ds *Dataset) object {
	return object{
		{"description", "Only these fields come back, in the dataset's order"},
		{"type", []string{"array", "null"}},
		{"items", object{{"enum", allNames(ds)}}},
		{"minItems", 1},
		{"uniqueItems", true},
	}
}

// allNames returns the names of all fields.
func allNames(ds *Dataset) []string {
	names := make([]string, len(ds.Fields))
	for i := range ds.Fields {
		names[i] = ds.Fields[i].Name
	}
	return names
}

func countSchema(description string, maximum int64) object {
	return object{
		{"description", description},
		{"type", []string{"integer", "null"}},
		{"minimum", 1},
		{"maximum", maximum},
	}
}
