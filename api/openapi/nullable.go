package openapi

import (
	"encoding/json"
	"slices"
)

// Most generators of clients take only some of the ways in which JSON Schema can
// say that a value may be null. Documents use two: a list of types for plain
// values, and anyOf with null for references.

// nullable adds null to the values of a schema.
func nullable(s object) object {
	if s.Get("$ref") != nil || s.Get("enum") != nil {
		return object{{"anyOf", []object{s, {{"type", "null"}}}}}
	}
	widened := slices.Clone(s)
	for i, m := range s {
		if m.Key == "type" {
			widened[i].Value = []any{m.Value, "null"}
		}
	}
	return widened
}

// withoutNull returns the schema without null, and whether null was among its
// values in one of the ways that query schemas use.
func withoutNull(s object) (rest object, null bool) {
	for _, m := range s {
		switch m.Key {
		case "type":
			if types, ok := m.Value.([]any); ok {
				kept := slices.DeleteFunc(slices.Clone(types), func(t any) bool { return t == "null" })
				null = null || len(kept) < len(types)
				m.Value = kept
				if len(kept) == 1 {
					m.Value = kept[0]
				}
			}
		case "enum":
			if values, ok := m.Value.([]any); ok {
				m.Value = slices.DeleteFunc(slices.Clone(values), func(v any) bool { return v == nil })
			}
		case "anyOf", "oneOf":
			branches, _ := m.Value.([]any)
			kept := slices.DeleteFunc(slices.Clone(branches), isNull)
			if len(kept) == len(branches) {
				break
			}
			null = true
			if len(kept) == 1 {
				if only, ok := kept[0].(object); ok {
					only, _ = withoutNull(only)
					rest = append(rest, only...)
					continue
				}
			}
			m.Value = kept
		}
		rest = append(rest, m)
	}
	return rest, null
}

// isNull reports whether a schema allows null alone.
func isNull(schema any) bool {
	s, ok := schema.(object)
	return ok && s.Get("type") == "null"
}

// typed adds the type that a schema's enum has, if it names none, and the
// formats of numbers, without which generators choose small ones.
func typed(s object) object {
	kind, _ := s.Get("type").(string)
	if values, ok := s.Get("enum").([]any); ok && s.Get("type") == nil {
		if kind = typeOfAll(values); kind != "" {
			s = append(object{{"type", kind}}, s...)
		}
	}
	if s.Get("format") == nil {
		s = slices.Clip(s).With("format", numberFormat(kind))
	}
	return s
}

// numberFormat returns the format of a type's numbers; "" if it has none.
func numberFormat(kind string) string {
	switch kind {
	case "number":
		return "double"
	case "integer":
		return "int64"
	}
	return ""
}

// typeOfAll returns the type that all values have, or "".
func typeOfAll(values []any) string {
	kind := ""
	for _, v := range values {
		one := ""
		switch v := v.(type) {
		case string:
			one = "string"
		case bool:
			one = "boolean"
		case json.Number:
			one = "number"
			if _, err := v.Int64(); err == nil {
				one = "integer"
			}
		}
		if one == "" || kind != "" && kind != one {
			return ""
		}
		kind = one
	}
	return kind
}
