package frictionless

import (
	"bytes"
	"fmt"
	"strings"

	"herbarium/datasets"
	"herbarium/loaders/source"
	"herbarium/schemas"
)

// Resource is a table of a package.
type Resource struct {
	Name, Title, Description, License, Source string
	// Pointer is the JSON pointer to the resource.
	Pointer string
	// Others are the names of the package's other resources.
	Others []string
	// Paths are the files of the rows, relative to the package; nil where the rows
	// are in the package itself.
	Paths []string
	// Rows is the JSON pointer to the rows, in the package where there are no Paths.
	Rows string
	Dialect
	Schema
	// Notes say what a descriptor cannot hold.
	Notes []string
}

// Open returns the text of a file that a package refers to, by its path relative to
// the package.
type Open func(path string) ([]byte, error)

// Resource reads the resource of the name, or the first tabular one if it is "".
// elsewhere says that the caller has the rows, so that the package's path does not
// matter. The error is an *Error.
func (p *Package) Resource(name string, elsewhere bool, open Open) (*Resource, error) {
	i, err := p.choose(name)
	if err != nil {
		return nil, err
	}
	r := &resourceReader{from: p.resources[i], open: open, elsewhere: elsewhere, out: &Resource{Name: p.nameOf(i), Pointer: p.resources[i].pointer}}
	if p.resources[i].get("name").node == nil {
		r.out.Name = ""
	}
	for other, name := range p.names() {
		if other != i {
			r.out.Others = append(r.out.Others, name)
		}
	}
	r.about(p.root)
	r.files()
	r.dialect(r.referred("dialect"))
	r.encoding()
	r.schema(r.referred("schema"))
	return r.out, r.err()
}

// resourceReader reads one resource.
type resourceReader struct {
	reader
	from      value
	open      Open
	elsewhere bool
	out       *Resource
}

func (r *resourceReader) note(format string, args ...any) {
	r.out.Notes = append(r.out.Notes, fmt.Sprintf(format, args...))
}

// about reads what people want to know. What the resource does not say, the package
// does.
func (r *resourceReader) about(root value) {
	either := func(read func(of value) string) string {
		own, all := read(r.from), read(root)
		if own == "" || all != "" && len(r.out.Others) == 0 {
			return all
		}
		return own
	}
	r.out.Title = either(func(of value) string { return r.text(of.get("title")) })
	r.out.Description = either(func(of value) string { return r.text(of.get("description")) })
	r.out.License = either(func(of value) string { return r.first(of.get("licenses"), "name", "path", "title") })
	r.out.Source = either(func(of value) string { return r.first(of.get("sources"), "path", "title") })
	if r.out.Source == "" {
		r.out.Source = r.text(root.get("homepage"))
	}
}

// first returns the first of the keys that the first object of a list has.
func (r *resourceReader) first(list value, keys ...string) string {
	r.expect(list, schemas.Array)
	for _, one := range list.items() {
		if !r.expect(one, schemas.Object) {
			return ""
		}
		for _, key := range keys {
			if text := r.text(one.get(key)); text != "" {
				return text
			}
		}
	}
	return ""
}

// files reads where the rows are.
func (r *resourceReader) files() {
	if r.elsewhere {
		return
	}
	data := r.from.get("data")
	if data.node != nil && r.from.get("path").node == nil {
		if !data.is(schemas.Array) {
			r.fault(data.pointer, "rows within a package are an array, not %s; write them to a file, and its path here", data.node.Kind)
		}
		r.out.Rows = data.pointer
		return
	}
	where := r.from.get("path")
	if where.is(schemas.String) {
		r.file(where)
		return
	}
	r.expect(where, schemas.Array)
	for _, one := range where.items() {
		if r.expect(one, schemas.String) {
			r.file(one)
		}
	}
	if where.is(schemas.Array) && len(where.node.Items) == 0 {
		r.fault(where.pointer, "the list of files is empty")
	}
}

func (r *resourceReader) file(v value) {
	switch text := v.node.Text; {
	case remote(text):
		r.fault(v.pointer, "%q is on another host, and nothing is fetched; download it, and name the file behind the package: herbarium infer PACKAGE FILE", text)
	case !datasets.ValidData(text):
		r.fault(v.pointer, "%q leaves the package's folder; a path here is relative, with slashes, and without ..", text)
	default:
		r.out.Paths = append(r.out.Paths, strings.TrimPrefix(text, "./"))
	}
}

func remote(path string) bool { return strings.Contains(path, "://") }

// referred returns the object of a key, which may be in a file of its own.
func (r *resourceReader) referred(key string) value {
	v := r.from.get(key)
	if !v.is(schemas.String) {
		r.expect(v, schemas.Object)
		return v
	}
	none := value{pointer: v.pointer}
	file := v.node.Text
	if remote(file) || !datasets.ValidData(file) {
		r.fault(v.pointer, "%q is not a file in the package's folder; download it there, or write the %s in its place", file, key)
		return none
	}
	text, err := r.open(file)
	if err != nil {
		r.fault(v.pointer, "%v", err)
		return none
	}
	root, err := schemas.Parse(bytes.TrimPrefix(text, source.ByteOrderMark))
	if err != nil {
		r.fault(v.pointer, "%s: %v", file, err)
		return none
	}
	found := value{root, v.pointer + " (" + file + ")"}
	r.expect(found, schemas.Object)
	return found
}

// encoding reads the text's encoding. One that no reader knows is guessed.
func (r *resourceReader) encoding() {
	name := strings.ToLower(r.text(r.from.get("encoding")))
	switch name {
	case "", "utf-8", "utf8", "utf-8-sig", "utf_8", "ascii", "us-ascii":
		return
	}
	if !datasets.ValidEncoding(name) {
		r.note("The package's encoding %q is not in the WHATWG's list, so the encoding was guessed.", name)
		return
	}
	r.out.CSV.Encoding = name
}
