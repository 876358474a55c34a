package datasets

import (
	"encoding/json"
	"strconv"

	"gopkg.in/yaml.v3"
)

// enum reads the list of allowed values of a field.
func (d *descriptor) enum(field *Field, parts map[string]entry, at string, known bool) {
	e, ok := parts["enum"]
	if !ok {
		return
	}
	at = join(at, "enum")
	if known && !field.selectable() {
		d.fault(e.key, at, "only string, integer, boolean and date fields can have an enum, not one of type %s", field.Type)
		return
	}
	if !d.kind(e.value, at, yaml.SequenceNode, "a list") || !known {
		return
	}
	if len(e.value.Content) == 0 {
		d.fault(e.value, at, "the list is empty; list the allowed values, or leave enum out to allow any")
	}
	seen := map[string]bool{}
	for i, n := range e.value.Content {
		at := at + "[" + strconv.Itoa(i) + "]"
		text, ok := d.member(field.Type, n, at)
		switch {
		case !ok:
		case text == "":
			d.fault(n, at, "the string is empty")
		case seen[text]:
			d.fault(n, at, "%s is in the list twice", quoteText(field.Type, text))
		default:
			seen[text] = true
			field.Enum = append(field.Enum, text)
		}
	}
}

// quoteText returns a value's text as it is written in a descriptor.
func quoteText(t Type, text string) string {
	if t == String || t == Date {
		return strconv.Quote(text)
	}
	return text
}

// member reads a value of type t and returns it as answers write it, but without
// quotes.
func (d *descriptor) member(t Type, n *yaml.Node, at string) (string, bool) {
	switch t {
	case Integer:
		i, ok := d.integer(n, at)
		return strconv.FormatInt(i, 10), ok
	case Boolean:
		before := len(d.faults)
		b := d.boolean(n, at)
		return strconv.FormatBool(b), n.Kind == yaml.ScalarNode && len(d.faults) == before
	case Date:
		text, ok := d.text(n, at)
		if !ok {
			return "", false
		}
		if _, err := ParseDate(text); err != nil {
			d.fault(n, at, "%s is %v", strconv.Quote(text), err)
			return "", false
		}
		return text, true
	default:
		return d.text(n, at)
	}
}

// EnumValues returns the values of Enum in types that encoding/json writes as the
// field's type; nil if any value is allowed.
func (f *Field) EnumValues() []any {
	var values []any
	for _, text := range f.Enum {
		switch f.Type {
		case Integer:
			values = append(values, json.Number(text))
		case Boolean:
			values = append(values, text == "true")
		default:
			values = append(values, text)
		}
	}
	return values
}

// EnumInts returns the values of Enum as stores represent them: integers, days,
// and 0 or 1 for booleans. It is nil for strings, and if any value is allowed.
func (f *Field) EnumInts() []int64 {
	if f.Type == String {
		return nil
	}
	var values []int64
	for _, text := range f.Enum {
		var i int64
		switch f.Type {
		case Boolean:
			if text == "true" {
				i = 1
			}
		case Date:
			i, _ = ParseDate(text) // checked by member
		default:
			i, _ = strconv.ParseInt(text, 10, 64)
		}
		values = append(values, i)
	}
	return values
}
