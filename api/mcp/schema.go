package mcp

import (
	"slices"
	"strconv"
	"strings"

	"herbarium/api/openapi"
	"herbarium/datasets"
	"herbarium/engine/plan"
	"herbarium/schemas"
)

// The schemas of a tool are read by an assistant each time it thinks, with those of all
// other tools, and tools cannot share a part of theirs. So they are lean: they name the
// members and their kinds, and say in a few words what else there is to know. They allow
// whatever the API takes, and more; what is wrong with arguments, the API says. The
// schema to the letter is a resource.

type object = schemas.Ordered

// namedFields is how many names a schema lists at most; the description of the dataset
// has the others.
const namedFields = 50

// schemas returns the schema of the tool's arguments and that of its results.
func (t tool) schemas() (arguments, result object, err error) {
	query, answer, err := openapi.Standalone(t.dataset, t.op, func(rows object) object { return object{{"rows", rows}} })
	if err != nil {
		return nil, nil, err
	}
	asked, err := schemas.Parse(query)
	if err != nil {
		return nil, nil, err
	}
	told, err := schemas.Parse(answer)
	if err != nil {
		return nil, nil, err
	}
	return t.argumentsSchema(asked), resultSchema(columnsOf(told)), nil
}

// argumentsSchema is the schema of a query, of which whole is the one to the letter.
func (t tool) argumentsSchema(whole *schemas.Node) object {
	var members object
	for _, m := range find(whole, "properties").Members {
		members = append(members, schemas.Entry{Key: m.Key, Value: t.argument(whole, m.Key, &m.Value)})
	}
	schema := object{{"type", "object"}, {"properties", members}}
	if required := names(find(whole, "required")); len(required) > 0 {
		schema = append(schema, schemas.Entry{Key: "required", Value: required})
	}
	return append(schema, schemas.Entry{Key: "additionalProperties", Value: false})
}

// argument is the schema of one member of a query.
func (t tool) argument(root *schemas.Node, name string, whole *schemas.Node) object {
	if sel, ok := t.dataset.Selector(name); ok {
		return t.selector(name, &t.dataset.Fields[sel.Field])
	}
	// A member that is null is absent.
	described := func(kind, words string) object {
		return object{{"type", []string{kind, "null"}}, {"description", words}}
	}
	listed := func(items object, words string) object { // some clients want items in every list
		return append(described("array", words), schemas.Entry{Key: "items", Value: items})
	}
	anything, texts := object{}, object{{"type", "string"}}
	const byField, number = "object", "integer"
	switch name {
	case "lower":
		return described(byField, "Least values by field, inclusive"+t.example()+some("; of ", t.bounds()))
	case "upper", "above", "below":
		return described(byField, map[string]string{"upper": "Greatest values by field, inclusive", "above": "As lower, exclusive", "below": "As upper, exclusive"}[name])
	case "missing":
		return listed(texts, "Fields that all lack a value")
	case "present":
		return listed(texts, "Fields that all have a value")
	case "contains", "starts_with":
		return described(byField, map[string]string{"contains": "A part of the text by field, or a list of which one is", "starts_with": "As contains, at the beginning"}[name])
	case "any":
		return listed(object{{"type", "object"}}, "Conditions of which one holds: objects of the members down to not")
	case "not":
		return described(byField, "A condition that does not hold, as in any")
	case "group_by":
		return listed(anything, "Fields; date:month, date:15 minutes; number:width; [] is one group of all")
	case "measures":
		return described(byField, `By field, lists of `+strings.Join(plan.MeasureNames(), ", ")+`, p95 and the like; {"*":["count"]} counts rows`)
	case "field":
		schema := object{{"type", "string"}}
		if named := names(find(resolved(root, whole), "enum")); len(named) > 0 && len(named) <= namedFields {
			schema = append(schema, schemas.Entry{Key: "enum", Value: named})
		}
		return schema
	case "fields":
		named := names(find(resolved(root, find(whole, "items")), "enum"))
		if len(named) == len(t.dataset.Fields) {
			named = nil
		}
		return listed(texts, "Only these fields"+some("; of ", named))
	case "sort":
		return listed(texts, "Fields or columns of the answer; - before one is descending")
	case "bins":
		return described(number, "At most so many bins")
	case "edges":
		return listed(anything, "Edges of bins, instead")
	case "page":
		return described(number, "From 1")
	case "per_page":
		return described(number, "At most "+strconv.FormatInt(t.most(), 10))
	case "after":
		return described("string", "Of next; without page")
	case "version":
		return described("string", "Of an earlier answer's rows, instead of the current ones")
	}
	description := find(whole, "description").Text
	return object{{"description", description}}
}

// selector is the schema of a selector: a value or a list.
func (t tool) selector(name string, f *datasets.Field) object {
	const maxValues = 20
	kind := "string"
	switch f.Type {
	case datasets.Number, datasets.Integer:
		kind = "number"
	case datasets.Boolean:
		kind = "boolean"
	}
	schema := object{{"type", []string{"array", kind, "null"}}}
	if len(f.Enum) > 0 && len(f.Enum) <= maxValues && kind == "string" {
		values := make([]any, 0, len(f.Enum)+1)
		for _, v := range f.Enum {
			values = append(values, v)
		}
		schema = append(schema, schemas.Entry{Key: "items", Value: object{{"enum", append(values, nil)}}})
	}
	if name != f.Name {
		schema = append(schema, schemas.Entry{Key: "description", Value: "Values of " + f.Name})
	}
	return schema
}

// example shows a bound of the first field that takes one; "" where none does.
func (t tool) example() string {
	if len(t.dataset.Bounds) == 0 {
		return ""
	}
	f, value := &t.dataset.Fields[t.dataset.Bounds[0]], "5"
	switch f.Type {
	case datasets.Date, datasets.DateTime:
		value = `"2024-01-31"`
	case datasets.String:
		value = `"b"`
	}
	return ", such as {" + string(schemas.AppendString(nil, f.Name)) + ":" + value + "}"
}

// bounds are the names of the fields that take bounds; none where all fields but texts
// and booleans do, as the tool's description lists them.
func (t tool) bounds() []string {
	var named []string
	all := true
	for i := range t.dataset.Fields {
		f := &t.dataset.Fields[i]
		ordered := f.Type != datasets.String && f.Type != datasets.Boolean
		taken := slices.Contains(t.dataset.Bounds, i)
		all = all && ordered == taken
		if taken {
			named = append(named, f.Name)
		}
	}
	if all {
		return nil
	}
	return named
}

// resultSchema is the schema of a result whose rows have these columns. It is of an
// object, since clients refuse others.
func resultSchema(columns []string) object {
	rows := object{{"type", "array"}, {"items", object{{"type", "object"}}}}
	if words := some("Objects of ", columns); words != "" {
		rows = append(rows, schemas.Entry{Key: "description", Value: words})
	}
	return object{
		{"type", "object"},
		{"properties", object{
			{"rows", rows},
			{"next", object{{"type", "object"}, {"description", "Add it to the arguments for what follows"}}},
			{"total", object{{"type", "integer"}}},
		}},
		{"required", []string{"rows"}},
	}
}

// columnsOf are the columns of the rows in the schema of an answer.
func columnsOf(answer *schemas.Node) (columns []string) {
	row := resolved(answer, find(resolved(answer, find(answer, "rows")), "items"))
	for _, m := range find(row, "properties").Members {
		columns = append(columns, m.Key)
	}
	return columns
}

// some lists names behind words; "" where there are none.
func some(words string, names []string) string {
	if len(names) == 0 {
		return ""
	}
	more := ""
	if n := len(names) - namedFields; n > 0 {
		names, more = names[:namedFields], " and "+strconv.Itoa(n)+" more"
	}
	return words + strings.Join(names, ", ") + more
}

// find returns a member of an object; an empty value where there is none.
func find(n *schemas.Node, key string) *schemas.Node {
	for i := range n.Members {
		if n.Members[i].Key == key {
			return &n.Members[i].Value
		}
	}
	return &schemas.Node{}
}

// resolved returns what a schema refers to, or the schema.
func resolved(root, schema *schemas.Node) *schemas.Node {
	if name, ok := strings.CutPrefix(find(schema, "$ref").Text, "#/$defs/"); ok {
		return find(find(root, "$defs"), name)
	}
	return schema
}

// names are the texts of a list.
func names(list *schemas.Node) (all []string) {
	for i := range list.Items {
		all = append(all, list.Items[i].Text)
	}
	return all
}
