package openapi

import (
	"slices"
	"strings"

	"herbarium/datasets"
	"herbarium/engine/plan"
	"herbarium/schemas"
)

// described is a dataset whose schemas become components of a document. Objects
// and enums are components with names of their own, since generators name those
// that are not as they like, and two of them alike.
type described struct {
	*datasets.Dataset
	prefix  string // with which the names of its components begin
	query   *schemas.Node
	names   names
	ids     names
	known   map[string]string // the component of each schema, by wanted name and text
	schemas object
}

// describe prepares a dataset to be described.
func describe(ds *datasets.Dataset, prefix string, taken, ids names) (*described, error) {
	query, err := schemas.Parse(ds.QuerySchema().JSON())
	if err != nil {
		return nil, err
	}
	return &described{Dataset: ds, prefix: prefix, query: query, names: taken, ids: ids, known: map[string]string{}}, nil
}

// of returns what describes the operation: d itself, or for a named operation, whose
// queries have a schema of their own, one with that schema.
func (d *described) of(op *datasets.Operation) (*described, error) {
	if op.Definition == nil {
		return d, nil
	}
	query, err := schemas.Parse(d.QuerySchemaOf(op).JSON())
	if err != nil {
		return nil, err
	}
	own := *d
	own.query, own.known = query, map[string]string{}
	for key, name := range d.known {
		if isComponent(key) {
			own.known[key] = name
		}
	}
	return &own, nil
}

// adopt takes over the components that a named operation added.
func (d *described) adopt(own *described) {
	d.schemas = own.schemas
	for key, name := range own.known {
		if isComponent(key) {
			d.known[key] = name
		}
	}
}

// isComponent reports whether a key of known is that of a component by its text, and
// not of a part of one query schema.
func isComponent(key string) bool { return key != conditionKey && !strings.HasPrefix(key, "#") }

// operationName names an operation among the document's.
func (d *described) operationName(p *plan.Plan) string {
	return d.prefix + typeName(p.Operation.Path)
}

// component makes a component of the schema, or finds the one that is the same,
// and returns a reference to it. The wanted name follows the dataset's.
func (d *described) component(wanted string, schema object) object {
	text, err := schemas.AppendJSON([]byte(wanted+" "), schema)
	if err != nil {
		return schema // the document fails for the same reason
	}
	name, ok := d.known[string(text)]
	if !ok {
		name = d.names.take(d.prefix + wanted)
		d.known[string(text)] = name
		d.schemas = append(d.schemas, member{name, schema})
	}
	return reference("schemas", name)
}

// values describes the values of an enum's field as a component.
func (d *described) values(f *datasets.Field) object {
	name, _ := jsonTypeOf(f.Type)
	return d.component(typeName(f.Name)+"Value", enumOf(name, f.EnumValues()))
}

// enumOf describes values of a type. Dates have no format, since generators
// make no enums of dates.
func enumOf(kind string, values []any) object {
	return append(object{{"type", kind}}.With("format", numberFormat(kind)), member{"enum", values})
}

// annotations are the keywords that stay where a component is referred to.
var annotations = []string{"title", "description", "examples", "default", "x-unit"}

// split splits a schema into its annotations and the rest.
func split(s object) (about, rest object) {
	for _, m := range s {
		if slices.Contains(annotations, m.Key) {
			about = append(about, m)
		} else {
			rest = append(rest, m)
		}
	}
	return about, rest
}

// shaped writes a schema so that an enum or object in it is a component of the
// wanted name.
func (d *described) shaped(wanted string, s object) object {
	about, rest := split(s)
	rest, null := withoutNull(rest)
	rest = typed(rest)
	if rest.Get("enum") != nil && rest.Get("type") != nil || rest.Get("properties") != nil {
		rest = d.component(wanted, rest)
	}
	if null {
		rest = nullable(rest)
	}
	return append(slices.Clip(about), rest...)
}
