package openapi

import (
	"slices"
	"strings"

	"herbarium/datasets"
	"herbarium/engine/plan"
	"herbarium/schemas"
)

// queryOf describes the queries that an operation takes, as a component, and
// returns a reference to it. The dataset's query schema, which validates them,
// is draft 7 and may be written by hand; what is published allows the same, but
// as generators of clients can read it. The one thing that it leaves out is that
// a selector takes one value that is in no list.
func (d *described) queryOf(p *plan.Plan) object {
	wanted := typeName(p.Operation.Path) + "Query"
	root := d.query
	if root.Kind != schemas.Object {
		return d.component(wanted, object{{"type", "object"}}) // true or false, which say nothing of a query
	}
	w := rewriter{d, d.prefix + wanted, nil}
	var s object
	about := ""
	for i := range root.Members {
		m := &root.Members[i]
		switch m.Key {
		case "$schema", "$id", "definitions", "$defs":
		case "title":
			about = m.Value.Text + "."
		case "description":
			s = append(s, member{"description", strings.TrimSpace(about + " " + m.Value.Text)})
			about = ""
		case "examples":
			list, _ := literal(&m.Value).([]any)
			s = append(s, member{m.Key, accepted(p, list)})
		case "properties":
			s = append(s, member{m.Key, w.properties(p, &m.Value)})
		default:
			s = append(s, w.keyword(m.Key, &m.Value))
		}
	}
	if about != "" {
		s = append(object{{"description", about}}, s...)
	}
	if needsField(p.Operation) && s.Get("required") == nil {
		s = append(s, member{"required", []string{"field"}})
	}
	return d.component(wanted, s)
}

// properties describes those properties of a query that the operation takes.
func (w rewriter) properties(p *plan.Plan, n *schemas.Node) any {
	if n.Kind != schemas.Object {
		return literal(n)
	}
	var properties object
	for i := range n.Members {
		name, property := n.Members[i].Key, w.resolve(&n.Members[i].Value)
		if slices.Contains(datasets.QueryProperties(), name) && !p.Operation.TakesProperty(name) {
			continue
		}
		properties = append(properties, member{name, w.property(p, name, property)})
	}
	if properties.Get("version") == nil { // of a schema that somebody wrote without it
		properties = append(properties, member{"version", versionProperty([]string{"string", "null"})})
	}
	return properties
}

// versionProperty describes the version that a query names.
func versionProperty(kind any) object {
	return object{{"description", datasets.AboutVersion}, {"type", kind}, {"pattern", datasets.VersionPattern}}
}

// property describes one property of a query.
func (w rewriter) property(p *plan.Plan, name string, n *schemas.Node) any {
	if n.Kind != schemas.Object {
		return literal(n)
	}
	if selector, ok := w.Selector(name); ok {
		return w.selector(selector, n)
	}
	switch {
	case datasets.IsBounds(name):
		s, _ := w.schema(n).(object)
		return append(object{{"description", aboutProperty[name]}}, w.shaped("Bounds", withoutAnnotation(s, "description"))...)
	case name == "fields":
		s, _ := w.schema(n).(object)
		return w.fields(p, s)
	case name == "field":
		return append(object{{"description", aboutProperty[name]}}, w.namedField(p.Operation)...)
	case aboutProperty[name] != "":
		return append(object{{"description", aboutProperty[name]}}, w.ownProperty(name)...)
	}
	s, _ := w.schema(n).(object)
	return w.shaped(typeName(name), s)
}

// aboutProperty describes query properties that all datasets have.
var aboutProperty = map[string]string{
	"lower":       "Lower bounds, inclusive, by field; a row without a value satisfies none",
	"upper":       "Upper bounds, inclusive, by field; a row without a value satisfies none",
	"above":       "Lower bounds, exclusive, by field; a row without a value satisfies none",
	"below":       "Upper bounds, exclusive, by field; a row without a value satisfies none",
	"missing":     "Rows without a value in each of these fields",
	"present":     "Rows with a value in each of these fields",
	"contains":    "Rows whose text contains one of these, by field; in either case of letters",
	"starts_with": "Rows whose text starts with one of these, by field; in either case of letters",
	"any":         "At least one of these conditions holds",
	"not":         "A condition that does not hold",
	"group_by":    "What groups are made by: a field; date:month, date:15 minutes and the like; number:width. [] makes one group of all rows",
	"measures":    "What is computed of each group, by field, such as mean, median or p95; * stands for rows, which have count",
	"field":       "The field whose values are counted",
	"edges":       "The ascending edges of the bins, instead of bins: numbers, or dates as in bounds",
	"sort":        "The order: names of fields for rows, of the answer's columns for groups; - before one is descending",
}

// ownProperty describes a property that no schema of a dataset can widen, with one
// type each, as generators of clients read it. What it leaves out is taken, too: a
// text in no list in contains, and a key that is an object in group_by.
func (w rewriter) ownProperty(name string) object {
	list := func(items object) object {
		return object{{"type", []string{"array", "null"}}, {"items", items}, {"minItems", 1}, {"uniqueItems", true}}
	}
	switch name {
	case "missing", "present":
		return list(w.anyField())
	case "contains", "starts_with":
		return nullable(w.texts())
	case "any":
		s := list(w.condition())
		return append(s[:2:2], member{"minItems", 1}, member{"maxItems", datasets.MaxAlternatives})
	case "not":
		return nullable(w.condition())
	case "measures":
		return nullable(w.component("Measures", w.measures()))
	case "edges":
		return object{{"type", []string{"array", "null"}}, {"items", edge()}, {"minItems", 2}, {"maxItems", datasets.MaxBins + 1}}
	case "group_by":
		return object{{"type", []string{"array", "null"}}, {"items", object{{"type", "string"}}}}
	default:
		return list(object{{"type", "string"}})
	}
}

// anyField describes the name of a field.
func (w rewriter) anyField() object {
	return w.component("Field", object{{"type", "string"}, {"enum", w.allNames()}})
}

// namedField describes the field that the property field names.
func (d *described) namedField(op *datasets.Operation) object {
	wanted, names := d.namesFor(op)
	return d.component(wanted, object{{"type", "string"}, {"enum", names}})
}

// namesFor returns the names of the fields that the property field can have, and the
// wanted name of the component that lists them.
func (d *described) namesFor(op *datasets.Operation) (wanted string, names []string) {
	for i := range d.Fields {
		if op.FieldTypes(d.Fields[i].Type) {
			names = append(names, d.Fields[i].Name)
		}
	}
	if len(names) == len(d.Fields) {
		return "Field", names
	}
	return typeName(op.Path) + "Field", names
}

// edge describes an edge of a histogram, which may be of any type that has bins.
func edge() object {
	return object{{"description", "A number, or a date or a date and time as text"}}
}

func (d *described) allNames() []string {
	names := make([]string, len(d.Fields))
	for i := range d.Fields {
		names[i] = d.Fields[i].Name
	}
	return names
}

// texts describes lists of texts by field.
func (w rewriter) texts() object {
	properties := object{}
	for i := range w.Fields {
		if f := &w.Fields[i]; f.Type == datasets.String {
			properties = append(properties, member{f.Name, object{{"title", f.Label()}, {"type", "array"},
				{"items", object{{"type", "string"}, {"maxLength", datasets.MaxText}}},
				{"minItems", 1}, {"maxItems", datasets.MaxConditionParts}, {"uniqueItems", true}}})
		}
	}
	return w.component("Texts", closed(properties))
}

// measures describes lists of measures by field. A map, since no generator makes
// a good name of *.
func (w rewriter) measures() object {
	return object{
		{"type", "object"},
		{"minProperties", 1},
		{"propertyNames", object{{"enum", append([]string{"*"}, w.allNames()...)}}},
		{"additionalProperties", object{{"type", "array"}, {"items", object{{"type", "string"}}}, {"minItems", 1}, {"uniqueItems", true}}},
	}
}

// conditionKey is where described.known has the component of conditions.
const conditionKey = "condition"

// condition refers to the component that describes conditions.
func (w rewriter) condition() object {
	if name, ok := w.known[conditionKey]; ok {
		return reference("schemas", name)
	}
	name := w.names.take(w.prefix + "Condition")
	w.known[conditionKey] = name // before it is described: it contains itself
	at := len(w.schemas)
	w.described.schemas = append(w.described.schemas, member{name, nil})
	var properties object
	if all := keywordOf(w.query, "properties"); all != nil {
		for i := range all.Members {
			key, n := all.Members[i].Key, w.resolve(&all.Members[i].Value)
			if _, ok := w.Selector(key); ok || slices.Contains(datasets.ConditionProperties(), key) {
				properties = append(properties, member{key, w.property(nil, key, n)})
			}
		}
	}
	w.described.schemas[at].Value = object{
		{"type", "object"},
		{"description", "A condition: all of its parts hold"},
		{"additionalProperties", false},
		{"properties", properties},
	}
	return reference("schemas", name)
}

// withoutAnnotation returns the schema without one keyword.
func withoutAnnotation(s object, key string) object {
	return slices.DeleteFunc(slices.Clone(s), func(m member) bool { return m.Key == key })
}

// selector describes a selector as a list of values, if the schema takes a list.
func (w rewriter) selector(selector *datasets.Selector, n *schemas.Node) object {
	list, null := w.listBranch(n)
	if list == nil {
		s, _ := w.schema(n).(object)
		return w.shaped(typeName(selector.Name), s)
	}
	var s object
	for i := range n.Members {
		switch m := &n.Members[i]; m.Key {
		case "title", "description":
			s = append(s, member{m.Key, literal(&m.Value)})
		case "examples":
			examples, _ := literal(&m.Value).([]any)
			s = append(s, member{m.Key, inLists(examples)})
		}
	}
	for i := range list.Members {
		switch m := &list.Members[i]; m.Key {
		case "items":
			items, _ := w.schema(&m.Value).(object)
			s = append(s, member{m.Key, w.selected(selector, items)})
		case "type":
			kind := any("array")
			if null {
				kind = []string{"array", "null"}
			}
			s = append(s, member{m.Key, kind})
		case "title", "description", "examples":
		default:
			s = append(s, w.keyword(m.Key, &m.Value))
		}
	}
	return s
}

// selected describes one value of a selector: as answers describe the field's,
// if it takes the same.
func (w rewriter) selected(selector *datasets.Selector, items object) object {
	f := &w.Fields[selector.Field]
	_, rest := split(items)
	rest, null := withoutNull(rest)
	rest = typed(rest)
	switch {
	case rest.Get("enum") == nil || rest.Get("type") == nil:
	case f.Enum != nil && sameJSON(rest.Get("enum"), f.EnumValues()):
		rest = w.values(f)
	default:
		rest = w.component(typeName(selector.Name)+"Selected", rest)
	}
	if null {
		return nullable(rest)
	}
	return rest
}

// sameJSON reports whether two values are the same JSON.
func sameJSON(a, b any) bool {
	x, err := schemas.AppendJSON(nil, a)
	y, other := schemas.AppendJSON(nil, b)
	return err == nil && other == nil && string(x) == string(y)
}

// listBranch returns the schema of the lists that a selector's schema takes, or
// nil, and whether null stands for no list.
func (w rewriter) listBranch(n *schemas.Node) (list *schemas.Node, null bool) {
	if kinds := keywordOf(n, "type"); kinds != nil {
		return listed(n, kinds)
	}
	for _, key := range []string{"anyOf", "oneOf"} {
		branches := keywordOf(n, key)
		if branches == nil {
			continue
		}
		for i := range branches.Items {
			branch := w.resolve(&branches.Items[i])
			kinds := keywordOf(branch, "type")
			if kinds == nil {
				continue
			}
			if kinds.Text == "null" {
				null = true
			}
			if found, also := listed(branch, kinds); found != nil {
				list, null = found, null || also
			}
		}
	}
	return list, null
}

// listed returns the schema if its types are array, or array and null.
func listed(n, kinds *schemas.Node) (list *schemas.Node, null bool) {
	if kinds.Text == "array" {
		return n, false
	}
	for i := range kinds.Items {
		switch kinds.Items[i].Text {
		case "array":
			list = n
		case "null":
			null = true
		default:
			return nil, false
		}
	}
	return list, null
}

// fields describes the list of fields that an operation answers with.
func (w rewriter) fields(p *plan.Plan, s object) object {
	names := fieldNames(p)
	if len(names) == 0 {
		return object{{"type", "null"}}
	}
	var narrowed object
	for _, m := range s {
		switch m.Key {
		case "items":
			items, _ := m.Value.(object)
			if allowed, ok := items.Get("enum").([]any); ok {
				names = slices.DeleteFunc(names, func(name string) bool { return !slices.Contains(allowed, any(name)) })
			}
		case "examples":
		case "minItems":
			narrowed = append(narrowed, member{"minItems", p.Operation.LeastFields()})
		default:
			narrowed = append(narrowed, m)
		}
	}
	return append(narrowed, member{"items", w.component(typeName(p.Operation.Path)+"Field", object{{"type", "string"}, {"enum", names}})})
}

// fieldNames returns the names of the fields that an operation can answer with.
func fieldNames(p *plan.Plan) []string {
	var names []string
	for _, f := range p.Operation.Answerable(p.Dataset) {
		names = append(names, p.Dataset.Fields[f].Name)
	}
	return names
}

// inLists puts each value into a list that is in none.
func inLists(values []any) []any {
	lists := make([]any, len(values))
	for i, v := range values {
		if _, ok := v.([]any); !ok && v != nil {
			v = []any{v}
		}
		lists[i] = v
	}
	return lists
}

// asPublished writes a query as the document describes queries, with selectors
// in lists.
func asPublished(ds *datasets.Dataset, query any) any {
	q, ok := query.(object)
	if !ok {
		return query
	}
	q = slices.Clone(q)
	for i, m := range q {
		if _, ok := ds.Selector(m.Key); ok {
			q[i].Value = inLists([]any{m.Value})[0]
		}
	}
	return q
}
