package frictionless

import (
	"bytes"
	"fmt"
	"path"
	"slices"
	"strings"

	"herbarium/loaders/source"
	"herbarium/schemas"
)

// Package is a Data Package.
type Package struct {
	Name      string
	root      value
	resources []value
}

// MaxSize is how many bytes a package, or a file that it refers to, may have.
const MaxSize = 16 << 20

// Looks reports whether a text is a Data Package: a JSON object whose key resources
// lists objects, one of them with a name and a path or data. Where the file's name
// says that it is one, it is, if it is a JSON object.
func Looks(file string, text []byte) bool {
	text = bytes.TrimLeft(bytes.TrimPrefix(text, source.ByteOrderMark), " \t\r\n")
	if !bytes.HasPrefix(text, []byte("{")) {
		return false
	}
	base := path.Base(strings.ReplaceAll(file, `\`, "/"))
	if base == "datapackage.json" || strings.HasSuffix(base, ".datapackage.json") {
		return true
	}
	if !bytes.Contains(text, []byte(`"resources"`)) {
		return false
	}
	root, err := schemas.Parse(text)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(value{node: root}.get("resources").items(), func(r value) bool {
		where := r.get("path")
		local := where.is(schemas.String) || where.is(schemas.Array) && len(where.node.Items) > 0
		return r.get("name").is(schemas.String) && (local || r.get("data").node != nil)
	})
}

// Parse reads a package. The error is an *Error or a *schemas.SyntaxError.
func Parse(text []byte) (*Package, error) {
	root, err := schemas.Parse(bytes.TrimPrefix(text, source.ByteOrderMark))
	if err != nil {
		return nil, err
	}
	r := &reader{}
	p := &Package{root: value{node: root}}
	p.Name = r.text(p.root.get("name"))
	list := p.root.get("resources")
	if r.expect(list, schemas.Array); list.node == nil {
		r.fault("/resources", "a package lists its files here, each an object with a name and a path")
	} else if list.is(schemas.Array) && len(list.node.Items) == 0 {
		r.fault("/resources", "the package has no resource")
	}
	p.resources = list.items()
	for _, one := range p.resources {
		if !r.expect(one, schemas.Object) {
			continue
		}
		r.text(one.get("name"))
		if one.get("path").node == nil && one.get("data").node == nil {
			r.fault(one.pointer, "a resource has a path or data")
		}
	}
	return p, r.err()
}

// names returns the names of the resources; one without a name goes by its place,
// as #1.
func (p *Package) names() (names []string) {
	for i := range p.resources {
		names = append(names, p.nameOf(i))
	}
	return names
}

func (p *Package) nameOf(i int) string {
	if name := p.resources[i].get("name"); name.is(schemas.String) {
		return name.node.Text
	}
	return fmt.Sprintf("#%d", i+1)
}

// choose returns the place of the resource of the name, or of the first tabular one.
func (p *Package) choose(name string) (int, error) {
	names := p.names()
	if name != "" {
		if i := slices.Index(names, name); i >= 0 {
			return i, nil
		}
		return 0, &Error{[]Fault{{"/resources", fmt.Sprintf("there is no resource %q%s; there are %s", name, schemas.DidYouMean(name, names), schemas.List(names))}}}
	}
	for i, r := range p.resources {
		if tabular(r) {
			return i, nil
		}
	}
	return 0, &Error{[]Fault{{"/resources", "no resource is a table in a format that can be read (CSV, JSON, NDJSON, Parquet, Arrow, Excel); there are " + schemas.List(names)}}}
}

var formats = []string{"csv", "tsv", "json", "ndjson", "jsonl", "parquet", "arrow", "feather", "xlsx", "xlsm"}

// tabular reports whether a resource is a table that a reader takes: by its format,
// or by the ending of its path where no format is given.
func tabular(r value) bool {
	if data := r.get("data"); data.node != nil {
		return data.is(schemas.Array)
	}
	if format := r.get("format"); format.is(schemas.String) && format.node.Text != "" {
		return slices.Contains(formats, strings.ToLower(strings.TrimPrefix(format.node.Text, ".")))
	}
	where := r.get("path")
	if where.is(schemas.Array) && len(where.node.Items) > 0 {
		where = where.items()[0]
	}
	if !where.is(schemas.String) {
		return false
	}
	file := strings.ToLower(where.node.Text)
	for _, packed := range []string{".gz", ".zst", ".bz2", ".xz", ".lz4"} {
		file = strings.TrimSuffix(file, packed)
	}
	return slices.Contains(formats, strings.TrimPrefix(path.Ext(file), ".")) || r.get("schema").node != nil && path.Ext(file) == ".txt"
}
