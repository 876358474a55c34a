package openapi

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"herbarium/datasets"
	"herbarium/engine/plan"
	"herbarium/schemas"
)

// querySchema returns the dataset's query schema as a component. It is converted
// from a draft 7 schema of its own to 2020-12, the default of OpenAPI 3.1, and its
// references point into the component.
func querySchema(ds *datasets.Dataset) (object, error) {
	root, err := schemas.Parse(ds.QuerySchema().JSON())
	if err != nil {
		return nil, fmt.Errorf("read the query schema: %w", err)
	}
	schema, ok := component{componentsPath + "schemas/" + ds.Name + ".query"}.schema(root).(object)
	if !ok {
		return object{}, nil // true or false, which say nothing of a query
	}
	return slices.DeleteFunc(schema, func(m member) bool { return m.Key == "$schema" || m.Key == "$id" }), nil
}

// queryName names the schema of an operation's queries.
func queryName(p *plan.Plan) string {
	if narrower(p) {
		return operationName(p) + ".query"
	}
	return p.Dataset.Name + ".query"
}

// narrower reports whether the operation accepts fewer properties or fields than
// the dataset's query schema, so that its queries have a schema of their own.
func narrower(p *plan.Plan) bool {
	return len(p.Operation.Takes) < len(datasets.QueryProperties()) || len(p.Operation.Answerable(p.Dataset)) < len(p.Dataset.Fields)
}

// narrowed returns the schema of the dataset's queries with the properties,
// fields and examples that the operation takes. References into the dataset's
// own stay.
func narrowed(p *plan.Plan, query object) object {
	answerable := p.Operation.Answerable(p.Dataset)
	names := make([]string, len(answerable))
	for i, f := range answerable {
		names[i] = p.Dataset.Fields[f].Name
	}
	var s object
	for _, m := range query {
		switch m.Key {
		case "$defs":
			continue
		case "examples":
			if list, ok := m.Value.([]any); ok {
				m.Value = accepted(p, list)
			}
		case "properties":
			properties, _ := m.Value.(object)
			properties = slices.DeleteFunc(slices.Clone(properties), func(m member) bool {
				return slices.Contains(datasets.QueryProperties(), m.Key) && !p.Operation.TakesProperty(m.Key)
			})
			for i, property := range properties {
				if property.Key == "fields" {
					properties[i].Value = among(names, property.Value)
				}
			}
			m.Value = properties
		}
		s = append(s, m)
	}
	return s
}

// among narrows a schema of a list to items among names.
func among(names []string, list any) object {
	if len(names) == 0 {
		return object{{"type", "null"}}
	}
	if s, ok := list.(object); ok {
		list = slices.DeleteFunc(slices.Clone(s), func(m member) bool { return m.Key == "examples" })
	}
	return object{{"allOf", []any{list, object{{"items", object{{"enum", names}}}}}}}
}

// component rewrites a schema that becomes a component of a document at a path.
type component struct{ path string }

// schema rewrites a schema; one that is not an object is kept as it is.
func (c component) schema(n *schemas.Node) any {
	if n.Kind != schemas.Object {
		return literal(n)
	}
	s := make(object, 0, len(n.Members))
	for i := range n.Members {
		m := &n.Members[i]
		s = append(s, c.keyword(m.Key, &m.Value))
	}
	return s
}

// keyword rewrites a keyword and its value.
func (c component) keyword(key string, v *schemas.Node) member {
	switch key {
	case "$ref":
		return member{key, c.path + strings.Replace(strings.TrimPrefix(v.Text, "#"), "/definitions/", "/$defs/", 1)}
	case "definitions":
		return member{"$defs", c.named(v)}
	case "properties", "patternProperties":
		return member{key, c.named(v)}
	case "items":
		if v.Kind == schemas.Array {
			return member{"prefixItems", c.list(v)}
		}
		return member{key, c.schema(v)}
	case "additionalItems":
		return member{"items", c.schema(v)}
	case "additionalProperties", "propertyNames", "contains", "not", "if", "then", "else":
		return member{key, c.schema(v)}
	case "anyOf", "oneOf", "allOf":
		return member{key, c.list(v)}
	default:
		return member{key, literal(v)}
	}
}

// named rewrites schemas by name.
func (c component) named(n *schemas.Node) any {
	if n.Kind != schemas.Object {
		return literal(n)
	}
	named := make(object, 0, len(n.Members))
	for i := range n.Members {
		m := &n.Members[i]
		named = append(named, member{m.Key, c.schema(&m.Value)})
	}
	return named
}

func (c component) list(n *schemas.Node) any {
	list := make([]any, 0, len(n.Items))
	for i := range n.Items {
		list = append(list, c.schema(&n.Items[i]))
	}
	return list
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
