package query

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"herbarium/schemas"
)

// Flatten writes a valid query's body in the flat form, percent-encoded; ""
// where it asks for everything. ParseFlat reads it back as the same query. A
// query that has no flat form is written as query=JSON.
func Flatten(body []byte) string {
	document, err := schemas.Parse(body)
	if err != nil {
		return "" // an empty body
	}
	return flatten(document)
}

// flatten writes a document in the flat form, all but the properties left out.
func flatten(document *schemas.Node, but ...string) string {
	kept := schemas.Node{Kind: schemas.Object}
	for _, m := range document.Members {
		if m.Value.Kind != schemas.Null && !slices.Contains(but, m.Key) {
			kept.Members = append(kept.Members, m)
		}
	}
	b, ok := appendFlat(nil, "", &kept)
	if !ok {
		return "query=" + url.QueryEscape(string(kept.AppendJSON(nil)))
	}
	return string(b)
}

// appendFlat writes the members of an object as parameters, whose names begin
// with those of the objects around it. It reports false where the flat form cannot
// say one of them.
func appendFlat(dst []byte, within string, object *schemas.Node) ([]byte, bool) {
	for i := range object.Members {
		m := &object.Members[i]
		name := m.Key
		if within != "" {
			name = within + "[" + m.Key + "]"
		}
		if strings.HasPrefix(name, "not[") && strings.Contains(m.Key, "][") {
			return dst, false
		}
		if !appendMember(&dst, name, m) {
			return dst, false
		}
	}
	return dst, true
}

// appendMember writes one member of an object under that name.
func appendMember(dst *[]byte, name string, m *schemas.Member) bool {
	ok := true
	switch m.Value.Kind {
	case schemas.Null:
	case schemas.Object:
		before := len(*dst)
		*dst, ok = appendFlat(*dst, name, &m.Value)
		if m.Key == "not" && len(*dst) == before {
			return false // what no row meets would be lost
		}
	case schemas.Array:
		if len(m.Value.Items) == 0 {
			*dst = appendParameter(*dst, name, &schemas.Node{Kind: schemas.String})
			return m.Key == "group_by"
		}
		for i := range m.Value.Items {
			if item := &m.Value.Items[i]; item.Kind >= schemas.Array {
				return false
			}
			*dst = appendParameter(*dst, name, &m.Value.Items[i])
		}
	default:
		*dst = appendParameter(*dst, name, &m.Value)
	}
	return ok
}

// appendParameter writes a scalar as one more parameter.
func appendParameter(dst []byte, name string, value *schemas.Node) []byte {
	text := value.Text
	switch value.Kind {
	case schemas.Null:
		text = "null"
	case schemas.Bool:
		text = strconv.FormatBool(value.Bool)
	case schemas.String:
		text = FlatText(text)
	}
	if len(dst) > 0 {
		dst = append(dst, '&')
	}
	dst = append(append(dst, url.QueryEscape(name)...), '=')
	return append(dst, url.QueryEscape(text)...)
}

// FlatText writes a text as a value of the flat form, not percent-encoded: as
// it is, unless it would be read as null or as a JSON string.
func FlatText(text string) string {
	if text == "null" || strings.HasPrefix(text, `"`) {
		return string(schemas.AppendString(nil, text))
	}
	return text
}
