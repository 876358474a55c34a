package datasets

import (
	"crypto/sha256"
	"encoding/hex"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"herbarium/schemas"
)

// The keys of a descriptor, of its fields and of its inner mappings.
var (
	descriptorKeys = []string{"dataset", "title", "description", "license", "source", "data", "collection",
		"query_schema", "fields", "selectors", "bounds", "stats", "operations", "key", "page"}
	fieldKeys = []string{"type", "title", "description", "unit", "enum", "column", "required", "ordered", "timezone"}
	statsKeys = []string{"fields", "group_by"}
	pageKeys  = []string{"default", "max"}
)

var (
	datasetName = regexp.MustCompile(`^[a-z][a-z0-9_-]*$`)
	// pathNames are the first segments of the server's own paths.
	pathNames = []string{"datasets", "docs", "openapi", "healthz", "readyz", "metrics"}
	// queryProperties are the query properties that are no selector's, now or
	// in a release to come.
	queryProperties = []string{"lower", "upper", "fields", "page", "per_page", "after", "sort", "count",
		"group_by", "version", "format", "explain", "query"}
)

// descriptor is a descriptor while it is read: the dataset as far as it is
// known, and where the parts that are checked last stand.
type descriptor struct {
	reader
	ds      *Dataset
	entries map[string]entry
}

// Parse reads one descriptor. The file is its name, for messages; lookup
// finds the query schema that the descriptor may name. The error is a
// *DescriptorError. The dataset has no data to open yet.
func Parse(file string, text []byte, lookup func(name string) ([]byte, error)) (*Dataset, error) {
	d := &descriptor{ds: &Dataset{File: file}, entries: map[string]entry{}}
	if root := d.document(text); root != nil {
		d.read(root, lookup)
	}
	if len(d.faults) > 0 {
		return d.ds, &DescriptorError{file, d.sorted()}
	}
	sum := sha256.New()
	sum.Write(text)
	sum.Write([]byte{0})
	sum.Write(d.ds.schema.JSON())
	d.ds.Digest = hex.EncodeToString(sum.Sum(nil)[:16])
	return d.ds, nil
}

func (d *descriptor) read(root *yaml.Node, lookup func(string) ([]byte, error)) {
	for _, e := range d.mapping(root, "", descriptorKeys) {
		d.entries[e.name] = e
	}
	if root.Kind != yaml.MappingNode {
		return
	}
	ds := d.ds
	d.name(root)
	for key, target := range map[string]*string{"title": &ds.Title, "description": &ds.Description,
		"license": &ds.License, "source": &ds.Source} {
		d.optional(key, target)
	}
	d.data()
	d.collection()
	d.fields(root)
	d.selectors()
	d.bounds()
	d.stats()
	d.operations()
	d.key()
	d.page()
	d.answerKeys()
	d.querySchema(lookup)
}

// optional reads the string at key, where it stands.
func (d *descriptor) optional(key string, target *string) {
	if e, ok := d.entries[key]; ok {
		*target, _ = d.text(e.value, key)
	}
}

func (d *descriptor) name(root *yaml.Node) {
	e, ok := d.entries["dataset"]
	if !ok {
		d.fault(root, "dataset", "the dataset needs a name: dataset: NAME")
		return
	}
	name, ok := d.text(e.value, "dataset")
	switch {
	case !ok:
		return
	case !datasetName.MatchString(name):
		d.fault(e.value, "dataset", "a name is made of a to z, 0 to 9, _ and -, and begins with a letter, unlike %s", describe(e.value))
		return
	case slices.Contains(pathNames, name):
		d.fault(e.value, "dataset", "%s is a path of the server's own; choose another name than %s", name, strings.Join(pathNames, ", "))
	}
	d.ds.Name = name
}

func (d *descriptor) data() {
	e, ok := d.entries["data"]
	if !ok {
		return
	}
	file, ok := d.text(e.value, "data")
	if ok && (file == "" || !localPath(file)) {
		d.fault(e.value, "data", "a path inside the descriptor's folder belongs here, with / between its parts, not %s", describe(e.value))
		return
	}
	d.ds.Data = path.Clean(file)
}

// localPath reports whether a slash-separated path stays within its folder.
func localPath(p string) bool {
	clean := path.Clean(p)
	return !path.IsAbs(p) && clean != "." && clean != ".." && !strings.HasPrefix(clean, "../") &&
		!strings.ContainsAny(p, "\\\x00")
}

func (d *descriptor) collection() {
	d.ds.Collection = d.ds.Name
	e, ok := d.entries["collection"]
	if !ok {
		return
	}
	name, ok := d.text(e.value, "collection")
	if !ok {
		return
	}
	d.ds.Collection = name
	switch {
	case name == "" || len(name) > 128 || strings.ContainsAny(name, "$\x00") || strings.HasPrefix(name, "system."):
		d.fault(e.value, "collection", "MongoDB has no collection of that name: 1 to 128 bytes, no $, not system.…")
	case strings.HasPrefix(name, "herbarium_"):
		d.fault(e.value, "collection", "collections called herbarium_… are the store's own; choose another name")
	}
}

func (d *descriptor) fields(root *yaml.Node) {
	e, ok := d.entries["fields"]
	if !ok {
		d.fault(root, "fields", "the dataset needs fields: NAME: {type: %s}", strings.Join(typeNames[:], " | "))
		return
	}
	entries := d.mapping(e.value, "fields", nil)
	if e.value.Kind == yaml.MappingNode && len(e.value.Content) == 0 {
		d.fault(e.value, "fields", "the dataset needs at least one field")
	}
	d.ds.byName = make(map[string]int, len(entries))
	for _, f := range entries {
		d.fieldName(f)
		d.ds.byName[f.name] = len(d.ds.Fields)
		d.ds.Fields = append(d.ds.Fields, d.field(f))
	}
	for _, f := range entries {
		for parent := f.name; strings.Contains(parent, "."); {
			parent = parent[:strings.LastIndexByte(parent, '.')]
			if _, ok := d.ds.byName[parent]; ok {
				d.fault(f.key, join("fields", f.name), "%s is a field, so it cannot hold the field %s too", parent, f.name)
			}
		}
	}
}

// fieldName refuses the names that MongoDB would misread.
func (d *descriptor) fieldName(f entry) {
	path := join("fields", f.name)
	if f.name == "_id" || strings.HasPrefix(f.name, "_id.") {
		d.fault(f.key, path, "_id is the load order in MongoDB; choose another name, and name the source's with column")
	}
	if len(f.name) > 255 || !utf8.ValidString(f.name) || strings.ContainsRune(f.name, 0) {
		d.fault(f.key, path, "a field's name has 1 to 255 bytes of UTF-8, none of them zero")
	}
	for _, part := range strings.Split(f.name, ".") {
		switch {
		case part == "":
			d.fault(f.key, path, "the name has an empty part; dots stand between the parts of a nested name")
		case part[0] == '$':
			d.fault(f.key, path, "no part of a name begins with $; choose another name, and name the source's with column")
		}
	}
}

func (d *descriptor) field(f entry) Field {
	at := join("fields", f.name)
	field := Field{Name: f.name, Column: f.name, Location: time.UTC}
	parts := map[string]entry{}
	for _, e := range d.mapping(f.value, at, fieldKeys) {
		parts[e.name] = e
	}
	if f.value.Kind != yaml.MappingNode {
		return field
	}
	if e, ok := parts["type"]; !ok {
		d.fault(f.value, join(at, "type"), "the field needs a type: %s", strings.Join(typeNames[:], ", "))
	} else if name, ok := d.text(e.value, join(at, "type")); ok {
		if field.Type, ok = ParseType(name); !ok {
			d.fault(e.value, join(at, "type"), "there is no type %s%s; allowed: %s", describe(e.value),
				schemas.DidYouMean(name, typeNames[:]), strings.Join(typeNames[:], ", "))
			// What follows from the type cannot be judged.
			delete(parts, "enum")
			delete(parts, "ordered")
			delete(parts, "timezone")
		}
	}
	for key, target := range map[string]*string{"title": &field.Title, "description": &field.Description,
		"unit": &field.Unit, "column": &field.Column, "timezone": &field.Timezone} {
		if e, ok := parts[key]; ok {
			*target, _ = d.text(e.value, join(at, key))
		}
	}
	if e, ok := parts["column"]; ok && field.Column == "" {
		d.fault(e.value, join(at, "column"), "the column's name is empty")
	}
	if e, ok := parts["required"]; ok {
		field.Required = d.boolean(e.value, join(at, "required"))
	}
	d.typed(&field, parts, at)
	return field
}

// typed reads the keys that only some types have.
func (d *descriptor) typed(field *Field, parts map[string]entry, at string) {
	if e, ok := parts["ordered"]; ok {
		if field.Ordered = d.boolean(e.value, join(at, "ordered")); field.Type != String {
			d.fault(e.key, join(at, "ordered"), "only a string field says ordered; %s fields have an order or none", field.Type)
		}
	}
	if e, ok := parts["enum"]; ok {
		for _, it := range d.texts(e.value, join(at, "enum")) {
			field.Enum = append(field.Enum, it.text)
		}
		if e.value.Kind == yaml.SequenceNode && len(e.value.Content) == 0 {
			d.fault(e.value, join(at, "enum"), "the list is empty; name the values, or leave enum out for any")
		}
		if field.Type != String {
			d.fault(e.key, join(at, "enum"), "only a string field has an enum, not one of type %s", field.Type)
		}
	}
	if e, ok := parts["timezone"]; ok {
		if field.Type != DateTime {
			d.fault(e.key, join(at, "timezone"), "only a date-time field has a timezone, not one of type %s", field.Type)
		}
		loc, err := time.LoadLocation(field.Timezone)
		if err != nil || field.Timezone == "Local" || field.Timezone == "" {
			d.fault(e.value, join(at, "timezone"), "an IANA name such as Europe/Berlin belongs here, not %s", describe(e.value))
			return
		}
		field.Location = loc
	}
}

// querySchema takes the schema that the descriptor names, or derives one.
func (d *descriptor) querySchema(lookup func(string) ([]byte, error)) {
	var text []byte
	e, named := d.entries["query_schema"]
	if named {
		name, ok := d.text(e.value, "query_schema")
		if !ok {
			return
		}
		if name == "" || strings.ContainsAny(name, `/\`) || name == ".." {
			d.fault(e.value, "query_schema", "the name of a file in the schemas folder belongs here, not %s", describe(e.value))
			return
		}
		var err error
		if text, err = lookup(name); err != nil {
			d.fault(e.value, "query_schema", "there is no schema %s in the schemas folder; leave the key out to have one made from the fields", name)
			return
		}
	} else if len(d.faults) > 0 {
		return
	} else {
		text = deriveQuerySchema(d.ds)
		e.value = &yaml.Node{}
	}
	schema, err := schemas.Compile(text)
	if err != nil {
		d.fault(e.value, "query_schema", "%v", err)
		return
	}
	d.ds.schema = schema
}
