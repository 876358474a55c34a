package datasets

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	// Time zones must be known in a container without zone files.
	_ "time/tzdata"

	"gopkg.in/yaml.v3"

	"herbarium/schemas"
)

// fieldKeys are the keys of a field's declaration.
var fieldKeys = []string{"type", "title", "description", "unit", "enum", "column", "required", "ordered", "timezone",
	"format", "decimal", "thousands", "missing", "coerce"}

// maxFieldName is the length of the longest field name, in bytes.
const maxFieldName = 255

// fields reads the declarations of all fields.
func (d *descriptor) fields(root *yaml.Node) {
	d.ds.byName = map[string]int{}
	e, ok := d.entries["fields"]
	if !ok {
		d.fault(root, "fields", "the dataset needs fields: NAME: {type: %s}", strings.Join(typeNames[:], " | "))
		return
	}
	entries := d.mapping(e.value, "fields", nil)
	if e.value.Kind == yaml.MappingNode && len(e.value.Content) == 0 {
		d.fault(e.value, "fields", "the dataset needs at least one field")
	}
	for _, f := range entries {
		d.fieldName(f)
		d.ds.byName[f.name] = len(d.ds.Fields)
		d.keys = append(d.keys, f.key)
		d.ds.Fields = append(d.ds.Fields, d.field(f))
	}
	for _, f := range entries {
		for parent := f.name; strings.Contains(parent, "."); {
			parent = parent[:strings.LastIndexByte(parent, '.')]
			if _, ok := d.ds.byName[parent]; ok && parent != "" {
				d.fault(f.key, join("fields", f.name), "%s is a field itself, so it cannot contain %s", parent, f.name)
			}
		}
	}
}

// fieldName rejects names that MongoDB or a terminal would misread.
func (d *descriptor) fieldName(f entry) {
	path := join("fields", f.name)
	if f.name == "_id" || strings.HasPrefix(f.name, "_id.") {
		d.fault(f.key, path, "MongoDB keeps the load order in _id; choose another name, and give the source's name as column")
	}
	if len(f.name) > maxFieldName || strings.ContainsFunc(f.name, unicode.IsControl) {
		d.fault(f.key, path, "a field's name must have 1 to %d bytes and no control characters", maxFieldName)
	}
	for _, part := range strings.Split(f.name, ".") {
		switch {
		case part == "":
			d.fault(f.key, path, "the name has an empty part; dots separate the parts of a nested name")
			return
		case part[0] == '$':
			d.fault(f.key, path, "no part of a name may begin with $; choose another name, and give the source's name as column")
			return
		}
	}
}

// field reads one field's declaration.
func (d *descriptor) field(f entry) Field {
	at := join("fields", f.name)
	field := Field{Name: f.name, Column: f.name, Location: time.UTC}
	parts := byName(d.mapping(f.value, at, fieldKeys))
	texts := []struct {
		key    string
		target *string
	}{{"title", &field.Title}, {"description", &field.Description}, {"unit", &field.Unit}, {"column", &field.Column}}
	for _, t := range texts {
		if e, ok := parts[t.key]; ok {
			text, ok := d.text(e.value, join(at, t.key))
			if ok && text == "" && t.key == "column" {
				d.fault(e.value, join(at, t.key), "the column's name is empty")
			}
			*t.target = text
		}
	}
	if e, ok := parts["required"]; ok {
		field.Required = d.boolean(e.value, join(at, "required"))
	}
	var known bool
	if field.Type, known = d.fieldType(f.value, parts, at); !known {
		d.untyped[len(d.ds.Fields)] = true
	}
	d.ordered(&field, parts, at, known)
	d.enum(&field, parts, at, known)
	d.timezone(&field, parts, at, known)
	d.notation(&field, parts, at, known)
	return field
}

func (d *descriptor) fieldType(declaration *yaml.Node, parts map[string]entry, at string) (Type, bool) {
	e, ok := parts["type"]
	if !ok {
		if declaration.Kind == yaml.MappingNode {
			d.fault(declaration, join(at, "type"), "the field needs a type: %s", strings.Join(typeNames[:], ", "))
		}
		return 0, false
	}
	name, ok := d.text(e.value, join(at, "type"))
	if !ok {
		return 0, false
	}
	t, ok := ParseType(name)
	if !ok {
		d.fault(e.value, join(at, "type"), "there is no type %s%s; allowed: %s", describe(e.value),
			schemas.DidYouMean(name, typeNames[:]), strings.Join(typeNames[:], ", "))
	}
	return t, ok
}

func (d *descriptor) ordered(field *Field, parts map[string]entry, at string, known bool) {
	e, ok := parts["ordered"]
	if !ok {
		return
	}
	field.Ordered = d.boolean(e.value, join(at, "ordered"))
	if known && field.Type != String {
		d.fault(e.key, join(at, "ordered"), "only a string field can have ordered, not one of type %s", field.Type)
	}
}

func (d *descriptor) timezone(field *Field, parts map[string]entry, at string, known bool) {
	e, ok := parts["timezone"]
	if !ok {
		return
	}
	at = join(at, "timezone")
	if known && field.Type != DateTime {
		d.fault(e.key, at, "only a date-time field can have a timezone, not one of type %s", field.Type)
	}
	name, ok := d.text(e.value, at)
	if !ok {
		return
	}
	location, err := LoadZone(name)
	if err != nil {
		d.fault(e.value, at, "there is no time zone %s; write an IANA name such as Europe/Berlin", describe(e.value))
		return
	}
	field.Timezone, field.Location = name, location
}

// LoadZone returns the time zone of an IANA name. LoadLocation also takes names of
// files beside those of the zones, of which some are the server's own zone.
func LoadZone(name string) (*time.Location, error) {
	if !zoneName.MatchString(name) || slices.Contains([]string{"Local", "localtime", "posixrules", "Factory"}, name) ||
		strings.HasPrefix(name, "posix/") || strings.HasPrefix(name, "right/") {
		return nil, errNoZone
	}
	return time.LoadLocation(name)
}

var zoneName = regexp.MustCompile(`^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*$`)

var errNoZone = errors.New("this is no IANA name")
