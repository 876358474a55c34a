package page

import (
	"encoding/json"
	"slices"
	"strings"

	"herbarium/datasets"
	"herbarium/schemas"
)

// bodyOf writes parameters of the flat form as the JSON body that asks for the
// same, for people who would rather send that.
func bodyOf(ds *datasets.Dataset, params []param) string {
	var doc document
	for _, p := range params {
		if p.name != "query" {
			doc.add(ds, p.name, p.value)
		}
	}
	for _, p := range params {
		if p.name == "query" && !doc.nest(p.value) {
			return p.value // which the API refuses
		}
	}
	text, err := schemas.AppendJSON(nil, doc.ordered())
	if err != nil {
		return "{}" // texts and numbers can be written
	}
	return string(text)
}

// document is a JSON object under construction; a value is a scalar, a list of
// them or a document.
type document struct {
	keys   []string
	values []any
}

// place returns where a key's value is, made where there is none.
func (d *document) place(key string) *any {
	i := slices.Index(d.keys, key)
	if i < 0 {
		i = len(d.keys)
		d.keys, d.values = append(d.keys, key), append(d.values, nil)
	}
	return &d.values[i]
}

func (d *document) within(key string) *document {
	at := d.place(key)
	inner, ok := (*at).(*document)
	if !ok {
		inner = &document{}
		*at = inner
	}
	return inner
}

// listed adds a value to a key's list.
func (d *document) listed(key string, value any) {
	at := d.place(key)
	list, _ := (*at).([]any)
	list = append(list, value)
	*at = list
}

// add adds a parameter.
func (d *document) add(ds *datasets.Dataset, name, value string) {
	if sel, ok := ds.Selector(name); ok {
		d.listed(name, scalar(ds.Fields[sel.Field].Type, value))
		return
	}
	object, rest, nested := strings.Cut(name, "[")
	key := strings.TrimSuffix(rest, "]")
	switch {
	case nested && object == "not":
		if strings.Contains(key, "][") {
			key = strings.Replace(key, "][", "[", 1) + "]"
		}
		d.within(object).add(ds, key, value)
	case nested && datasets.IsBounds(object):
		t := datasets.String
		if i, ok := ds.Field(key); ok {
			t = ds.Fields[i].Type
		}
		*d.within(object).place(key) = scalar(t, value)
	case nested:
		d.within(object).listed(key, scalar(datasets.String, value))
	case name == "group_by" && value == "":
		*d.place(name) = []any{}
	case slices.Contains([]string{"fields", "missing", "present", "sort", "group_by"}, name):
		d.listed(name, scalar(datasets.String, value))
	case name == "bins" || name == "page" || name == "per_page":
		*d.place(name) = scalar(datasets.Integer, value)
	default:
		*d.place(name) = scalar(datasets.String, value)
	}
}

// scalar reads a parameter's value by the field's type.
func scalar(t datasets.Type, value string) any {
	switch {
	case value == "null":
		return nil
	case strings.HasPrefix(value, `"`):
		return plainText(value)
	case t == datasets.Boolean && (strings.EqualFold(value, "true") || strings.EqualFold(value, "false")):
		return strings.EqualFold(value, "true")
	case (t == datasets.Number || t == datasets.Integer) && json.Valid([]byte(value)):
		return json.RawMessage(value)
	}
	return value
}

// nest adds the members of an object as they are. It reports false of what is none.
func (d *document) nest(body string) bool {
	object, err := schemas.Parse([]byte(body))
	if err != nil || object.Kind != schemas.Object {
		return false
	}
	for _, m := range object.Members {
		at, value := d.place(m.Key), any(json.RawMessage(m.Value.AppendJSON(nil)))
		if before, ok := (*at).(*document); ok && m.Key == "not" {
			// Neither holds.
			neither := &document{}
			neither.listed("any", before.ordered())
			neither.listed("any", value)
			value = neither
		}
		*at = value
	}
	return true
}

func (d *document) ordered() schemas.Ordered {
	o := schemas.Ordered{}
	for i, key := range d.keys {
		value := d.values[i]
		if inner, ok := value.(*document); ok {
			value = inner.ordered()
		}
		o = append(o, schemas.Entry{Key: key, Value: value})
	}
	return o
}
