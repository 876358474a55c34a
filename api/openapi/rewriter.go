package openapi

import (
	"encoding/json"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"

	"herbarium/schemas"
)

// rewriter rewrites a dataset's query schema from draft 7, which is what it is
// validated by, to 2020-12, the default of OpenAPI 3.1. No document has $defs,
// into which most generators cannot follow a reference: an object that a
// reference leads to becomes a component, and what is plain stands in place.
type rewriter struct {
	*described
	root   string          // the name of the component of the whole schema
	within []*schemas.Node // what the references lead to that are being followed
}

// resolve follows references that a schema consists of.
func (w rewriter) resolve(n *schemas.Node) *schemas.Node {
	for range 10 { // beyond that it may be circular
		ref := keywordOf(n, "$ref")
		if ref == nil {
			break
		}
		found := pointed(w.query, ref.Text)
		if found == nil || found == w.query {
			break
		}
		n = found
	}
	return n
}

// pointed returns what a reference within the root leads to, or nil.
func pointed(root *schemas.Node, ref string) *schemas.Node {
	n, pointer := root, strings.TrimPrefix(ref, "#")
	if plain, err := url.PathUnescape(pointer); err == nil {
		pointer = plain
	}
	for _, part := range schemas.PointerParts(pointer) {
		if i, err := strconv.Atoi(part); err == nil && n.Kind == schemas.Array && i >= 0 && i < len(n.Items) {
			n = &n.Items[i]
		} else if n = keywordOf(n, part); n == nil {
			return nil
		}
	}
	return n
}

// reference describes what a reference leads to: in its place if that is plain,
// else as a component.
func (w rewriter) reference(ref string) any {
	found := pointed(w.query, ref)
	switch {
	case found == nil:
		return object{}
	case found == w.query:
		return reference("schemas", w.root)
	case keywordOf(found, "properties") != nil || slices.Contains(w.within, found):
		return w.definition(ref, found)
	}
	w.within = append(slices.Clip(w.within), found)
	return w.schema(found)
}

// definition describes what a reference leads to as a component, once.
func (w rewriter) definition(ref string, found *schemas.Node) object {
	name, ok := w.known[ref]
	if !ok {
		name = w.names.take(w.prefix + typeName(path.Base(ref)) + "Definition")
		w.known[ref] = name // before it is described: it may contain itself
		at := len(w.schemas)
		w.described.schemas = append(w.described.schemas, member{name, nil})
		w.described.schemas[at].Value = w.schema(found)
	}
	return reference("schemas", name)
}

// schema rewrites a schema; one that is not an object is kept as it is.
func (w rewriter) schema(n *schemas.Node) any {
	if n.Kind != schemas.Object {
		return literal(n)
	}
	if ref := keywordOf(n, "$ref"); ref != nil {
		return w.reference(ref.Text) // what stands beside it says nothing in draft 7
	}
	s := make(object, 0, len(n.Members))
	for i := range n.Members {
		m := &n.Members[i]
		s = append(s, w.keyword(m.Key, &m.Value))
	}
	return s
}

// keyword rewrites a keyword and its value.
func (w rewriter) keyword(key string, v *schemas.Node) member {
	switch key {
	case "properties", "patternProperties":
		return member{key, w.named(v)}
	case "items":
		if v.Kind == schemas.Array {
			return member{"prefixItems", w.list(v)}
		}
		return member{key, w.schema(v)}
	case "additionalItems":
		return member{"items", w.schema(v)}
	case "additionalProperties", "propertyNames", "contains", "not", "if", "then", "else":
		return member{key, w.schema(v)}
	case "anyOf", "oneOf", "allOf":
		return member{key, w.list(v)}
	default:
		return member{key, literal(v)}
	}
}

// named rewrites schemas by name.
func (w rewriter) named(n *schemas.Node) any {
	if n.Kind != schemas.Object {
		return literal(n)
	}
	named := make(object, 0, len(n.Members))
	for i := range n.Members {
		m := &n.Members[i]
		s := w.schema(&m.Value)
		if plain, ok := s.(object); ok {
			s = typed(plain)
		}
		named = append(named, member{m.Key, s})
	}
	return named
}

func (w rewriter) list(n *schemas.Node) any {
	list := make([]any, 0, len(n.Items))
	for i := range n.Items {
		list = append(list, w.schema(&n.Items[i]))
	}
	return list
}

// keywordOf returns the value of a schema's keyword, or nil.
func keywordOf(n *schemas.Node, key string) *schemas.Node {
	for i := range n.Members {
		if n.Members[i].Key == key {
			return &n.Members[i].Value
		}
	}
	return nil
}

// literal returns the value as it is.
func literal(n *schemas.Node) any {
	switch n.Kind {
	case schemas.Bool:
		return n.Bool
	case schemas.Number:
		return json.Number(n.Text)
	case schemas.String:
		return n.Text
	case schemas.Array:
		list := make([]any, 0, len(n.Items))
		for i := range n.Items {
			list = append(list, literal(&n.Items[i]))
		}
		return list
	case schemas.Object:
		o := make(object, 0, len(n.Members))
		for i := range n.Members {
			o = append(o, member{n.Members[i].Key, literal(&n.Members[i].Value)})
		}
		return o
	default:
		return nil
	}
}
