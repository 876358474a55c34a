package frictionless

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"herbarium/datasets"
	"herbarium/loaders/infer"
	"herbarium/schemas"
)

// Schema is a Table Schema, as declarations of columns.
type Schema struct {
	Columns []infer.Declared
	// Key are the columns of the primary key.
	Key []string
	// Lacking says that the files may lack columns of the schema.
	Lacking bool
}

func (r *resourceReader) schema(v value) {
	if !v.is(schemas.Object) {
		return
	}
	missing := r.missing(v.get("missingValues"), []string{""})
	list := v.get("fields")
	r.expect(list, schemas.Array)
	for _, one := range list.items() {
		if !r.expect(one, schemas.Object) {
			continue
		}
		f := fieldReader{r, one, infer.Declared{Column: r.text(one.get("name"))}}
		if f.out.Column == "" {
			r.fault(one.get("name").pointer, "a field has a name")
			continue
		}
		f.read(missing)
		r.out.Columns = append(r.out.Columns, f.out)
	}
	match := r.texts(v.get("fieldsMatch"))
	r.out.Lacking = slices.Contains(match, "superset") || slices.Contains(match, "partial")
	key := v.get("primaryKey")
	for _, name := range r.texts(key) {
		known := func(d infer.Declared) bool { return d.Column == name }
		if !slices.ContainsFunc(r.out.Columns, known) {
			r.fault(key.pointer, "the schema has no field %s", schemas.Quote(name))
			continue
		}
		r.out.Key = append(r.out.Key, name)
	}
	if v.get("foreignKeys").node != nil {
		r.note("The package's foreignKeys are not kept.")
	}
}

// missing reads the texts that stand for no value.
func (r *resourceReader) missing(v value, absent []string) []string {
	if v.node == nil {
		return absent
	}
	return r.scalars(v)
}

// fieldReader reads one field of a Table Schema.
type fieldReader struct {
	*resourceReader
	from value
	out  infer.Declared
}

func (f *fieldReader) remark(text string) { f.out.Remarks = append(f.out.Remarks, text) }

func (f *fieldReader) read(missing []string) {
	f.out.Title = f.text(f.from.get("title"))
	f.out.Description = f.text(f.from.get("description"))
	f.out.Unit = f.text(f.from.get("unit"))
	f.typed()
	missing = f.missing(f.from.get("missingValues"), missing)
	if null := f.resourceReader.out.Null; null != "" {
		missing = append(slices.Clone(missing), null)
	}
	f.out.Missing = f.words(missing)
	f.constraints()
}

// words returns the texts for no value that a descriptor has to name: the empty one
// is always one, and others are for what is no text.
func (f *fieldReader) words(missing []string) (words []string) {
	for _, word := range missing {
		usual := word == "" || f.out.Type != datasets.String && (strings.TrimSpace(word) == "" || slices.Contains([]string{"NA", "NaN", "null"}, word))
		if !usual && !slices.Contains(words, word) {
			words = append(words, word)
		}
	}
	return words
}

// types are the types of a Table Schema. What is absent from the descriptor's types
// is read as text.
var types = []string{"string", "number", "integer", "boolean", "date", "datetime", "time", "year", "yearmonth", "duration",
	"any", "object", "array", "list", "geopoint", "geojson"}

func (f *fieldReader) typed() {
	name := f.text(f.from.get("type"))
	format := f.text(f.from.get("format"))
	f.out.Typed = true
	f.out.Type = datasets.String
	switch name {
	case "", "any":
		f.out.Typed = false
	case "string":
		if format == "binary" {
			f.remark("Base64, as it stands")
		}
	case "number", "integer":
		f.number(name)
	case "boolean":
		f.boolean()
	case "date":
		f.out.Type = datasets.Date
		f.dated(format, "%Y-%m-%d")
	case "datetime":
		f.out.Type = datasets.DateTime
		f.dated(format, "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%SZ")
	case "year":
		f.out.Type = datasets.Integer
	case "yearmonth", "time":
		f.out.Ordered = format == "" || format == "default"
		f.remark("the package's type is " + name + ", which is text here")
	case "object", "array", "list", "geojson":
		f.out.Typed = false // of a CSV it is text; of JSON, fields are within it
		f.remark("the package's type is " + name)
	case "duration", "geopoint":
		f.remark("the package's type is " + name + ", which is text here")
	default:
		f.out.Typed = false
		f.fault(f.from.get("type").pointer, "there is no type %s%s; there are %s", schemas.Quote(name), schemas.DidYouMean(name, types), schemas.List(types))
	}
}

func (f *fieldReader) number(name string) {
	if !f.truth(f.from.get("bareNumber"), true) {
		f.out.Typed = false
		f.remark("the package says bareNumber: false, so that numbers may have other characters around them")
		return
	}
	f.out.Type = datasets.Integer
	if name == "number" {
		f.out.Type = datasets.Number
		if f.out.Decimal = f.text(f.from.get("decimalChar")); f.out.Decimal == "." {
			f.out.Decimal = ""
		}
	}
	f.out.Thousands = f.text(f.from.get("groupChar"))
}

// boolean reads which words are true and false. Those of a descriptor are settled.
func (f *fieldReader) boolean() {
	f.out.Type = datasets.Boolean
	for _, side := range []struct {
		key   string
		known []string
	}{{"trueValues", []string{"true", "yes", "t", "1"}}, {"falseValues", []string{"false", "no", "f", "0"}}} {
		words := f.scalars(f.from.get(side.key))
		for _, word := range words {
			if !slices.Contains(side.known, strings.ToLower(word)) {
				f.out.Type = datasets.String
				f.remark("a boolean in the package, whose " + side.key + " are " + strings.Join(words, ", ") + "; a boolean here is written true or false, yes or no, t or f, 1 or 0")
				return
			}
		}
	}
}

// dated reads the format of a date, or of a date and time; usual are those that need
// none.
func (f *fieldReader) dated(format string, usual ...string) {
	switch {
	case format == "" || format == "default" || slices.Contains(usual, format):
	case format == "any":
		f.out.Guess = true
	default:
		f.out.Format = strings.TrimPrefix(format, "fmt:") // as before version 1
	}
}

// constraints reads what of them a descriptor can have, and names the others.
func (f *fieldReader) constraints() {
	v := f.from.get("constraints")
	f.expect(v, schemas.Object)
	f.out.Required = f.truth(v.get("required"), false)
	enum := v.get("enum")
	if enum.node == nil {
		enum = f.from.get("categories")
	}
	if values := f.scalars(enum); len(values) > 0 {
		f.enum(values)
	}
	if !v.is(schemas.Object) {
		return
	}
	var others []string
	for _, m := range v.node.Members {
		if m.Key != "required" && m.Key != "enum" && m.Value.Kind != schemas.Null {
			others = append(others, m.Key+" "+schemas.Clip(string(m.Value.AppendJSON(nil))))
		}
	}
	if len(others) > 0 {
		f.remark("not kept: " + strings.Join(others, ", "))
	}
}

// enum keeps the values if a field of the type can have them.
func (f *fieldReader) enum(values []string) {
	var kept []string
	for _, text := range values {
		switch f.out.Type {
		case datasets.Integer:
			n, err := strconv.ParseInt(text, 10, 64)
			if err != nil {
				f.remark("not kept: enum")
				return
			}
			text = strconv.FormatInt(n, 10)
		case datasets.Date:
			if _, err := time.Parse(time.DateOnly, text); err != nil {
				f.remark("not kept: enum")
				return
			}
		case datasets.Boolean:
			text = strings.ToLower(text)
			if text != "true" && text != "false" {
				f.remark("not kept: enum")
				return
			}
		case datasets.String:
			if text == "" {
				continue
			}
		case datasets.Number, datasets.DateTime:
			f.remark("not kept: enum")
			return
		}
		if !slices.Contains(kept, text) {
			kept = append(kept, text)
		}
	}
	if f.out.Typed {
		f.out.Enum = kept
	}
}
