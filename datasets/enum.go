package datasets

import (
	"encoding/json"
	"strconv"

	"gopkg.in/yaml.v3"
)

// enum reads the only values that a field may have.
func (d *descriptor) enum(field *Field, parts map[string]entry, at string, known bool) {
	e, ok := parts["enum"]
	if !ok {
		return
	}
	at = join(at, "enum")
	if known && !field.Selectable() {
		d.fault(e.key, at, "string, integer, boolean and date fields may have an enum, not one of type %s", field.Type)
		return
	}
	if !d.kind(e.value, at, yaml.SequenceNode, "a list") || !known {
		return
	}
	if len(e.value.Content) == 0 {
		d.fault(e.value, at, "the list is empty; name the values, or leave enum out to allow any")
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
			d.fault(n, at, "%s stands in the list a second time", inQuotesOf(field.Type, text))
		default:
			seen[text] = true
			field.Enum = append(field.Enum, text)
		}
	}
}

// inQuotesOf writes a value's text as the descriptor has it.
func inQuotesOf(t Type, text string) string {
	if t == String || t == Date {
		return strconv.Quote(text)
	}
	return text
}

// member reads a value of the type, and returns it as answers write it, without
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

// EnumValues returns the values of Enum as encoding/json writes them by the
// field's type; nil where any value is allowed.
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

// EnumInts returns the values of Enum as the stores hold them: integers, days,
// booleans as 0 or 1. It is nil for strings, and where any value is allowed.
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
			i, _ = ParseDate(text) // which was checked
		default:
			i, _ = strconv.ParseInt(text, 10, 64)
		}
		values = append(values, i)
	}
	return values
}
