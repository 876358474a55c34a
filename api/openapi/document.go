package openapi

import (
	"cmp"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"herbarium/datasets"
	"herbarium/engine/plan"
	"herbarium/engine/query"
	"herbarium/schemas"
)

// contractVersion is the version of the API itself. It does not depend on the
// datasets.
const contractVersion = "1.0.0"

// serviceTag is the tag of paths that belong to no dataset. No dataset has this
// name, since their names have no capitals.
const serviceTag = "Service"

// Options are what a document depends on beside its datasets.
type Options struct {
	// Version is V31 or V32.
	Version Version
	// BasePath is the path below which the server is, such as /api/v1; "" is
	// the root.
	BasePath string
	// Auth says that the server asks who its callers are.
	Auth bool
}

// Document returns the document of a server's datasets, as JSON.
func Document(all []*datasets.Dataset, options Options) ([]byte, error) {
	return options.document(all, nil)
}

// DatasetDocument returns the document of one dataset, as JSON. It says nothing
// of other datasets.
func DatasetDocument(ds *datasets.Dataset, options Options) ([]byte, error) {
	return options.document([]*datasets.Dataset{ds}, ds)
}

// ListDocument returns a document that names a server's datasets and where the
// document of each is, as JSON. It describes what belongs to no dataset.
func ListDocument(all []*datasets.Dataset, options Options) ([]byte, error) {
	list := make([]object, len(all))
	for i, ds := range all {
		list[i] = object{{"name", ds.Name}}.With("title", ds.Title)
		list[i] = append(list[i], member{"url", options.BasePath + "/" + openAPIPath + "/" + ds.Name + ".json"})
	}
	info := infoOf(nil)
	for i, m := range info {
		if about, ok := m.Value.(string); ok && m.Key == "description" {
			info[i].Value = about + "\n\nThere are " + strconv.Itoa(len(all)) + " datasets here, each with a document of its own at `" +
				options.BasePath + "/" + openAPIPath + "/{dataset}.json`; x-datasets lists them. `" +
				options.BasePath + "/" + openAPIPath + ".json?all=true` is one document of all of them."
		}
	}
	// Swagger UI takes seconds for as many tags, which would say the same.
	return options.write(info, &builder{schemas: options.sharedSchemas()}, servicePaths(nil, true), member{"x-datasets", list})
}

// openAPIPath is where documents are below the base path.
const openAPIPath = "openapi"

// write writes a document as JSON, with extensions.
func (o Options) write(info object, b *builder, service object, extensions ...member) ([]byte, error) {
	paths := slices.Concat(b.paths, service)
	components := object{
		{"schemas", b.schemas},
		{"responses", o.problemResponses()},
		{"headers", o.sharedHeaders()},
	}
	if o.Auth {
		paths = secured(paths)
		components = append(components, member{"securitySchemes", securitySchemes()})
		extensions = append([]member{{"security", security()}}, extensions...)
	}
	return schemas.AppendJSON(nil, append(object{
		{"openapi", string(o.Version)},
		{"info", info},
		{"servers", []object{{{"url", cmp.Or(o.BasePath, "/")}}}},
		{"tags", append(b.tags, object{{"name", serviceTag}, {"description", "What there is, and how the server is"}})},
		{"paths", paths},
		{"components", components},
	}, extensions...))
}

// document writes the document of all datasets; only is the one that the
// document is about, or nil.
func (o Options) document(all []*datasets.Dataset, only *datasets.Dataset) ([]byte, error) {
	b := builder{version: o.Version, schemas: o.sharedSchemas(), names: names{}, prefixes: names{}, ids: names{}}
	for _, shared := range b.schemas {
		b.names.take(shared.Key)
	}
	for _, ds := range all {
		if err := b.add(ds); err != nil {
			return nil, fmt.Errorf("describe %s: %w", ds.Name, err)
		}
	}
	return o.write(infoOf(only), &b, servicePaths(all, only == nil))
}

// builder collects the parts of a document that grow with each dataset.
type builder struct {
	version  Version
	tags     []object
	paths    object
	schemas  object
	names    names // of schemas
	prefixes names // of the names of each dataset's schemas
	ids      names // of operations
}

// add describes a dataset and its operations.
func (b *builder) add(ds *datasets.Dataset) error {
	d, err := describe(ds, b.prefixes.take(typeName(ds.Name)), b.names, b.ids)
	if err != nil {
		return fmt.Errorf("read the query schema: %w", err)
	}
	b.tags = append(b.tags, tagOf(ds))
	for _, op := range ds.Operations {
		p, err := planOf(ds, op)
		if err != nil {
			return err
		}
		of, err := d.of(op)
		if err != nil {
			return err
		}
		b.paths = append(b.paths, member{"/" + ds.Name + "/" + op.Path, of.operationPath(p, b.version)})
		d.adopt(of)
	}
	b.schemas = append(b.schemas, d.schemas...)
	return nil
}

// infoOf is the info of the dataset's document, or of that of all datasets if only
// is nil.
func infoOf(only *datasets.Dataset) object {
	if only == nil {
		return object{
			{"title", "Herbarium"},
			{"version", contractVersion},
			{"description", "Typed tables, each with its query operations: rows between bounds, means by group, pages. " +
				"What is wrong with a query comes back all at once, each fault with its place."},
		}
	}
	info := object{{"title", only.Label()}, {"version", contractVersion}}.With("description", aboutDataset(only))
	switch {
	case isURL(only.License):
		info = append(info, member{"license", object{{"name", only.License}, {"url", only.License}}})
	case spdx.MatchString(only.License):
		info = append(info, member{"license", object{{"name", only.License}, {"identifier", only.License}}})
	}
	return info
}

// tagOf is the tag of a dataset's operations.
func tagOf(ds *datasets.Dataset) object {
	about := aboutDataset(ds)
	if ds.Title != "" {
		about = strings.TrimSpace("**" + ds.Title + "**\n\n" + about)
	}
	tag := object{{"name", ds.Name}}.With("description", about)
	if isURL(ds.Source) {
		tag = append(tag, member{"externalDocs", object{{"description", "Source"}, {"url", ds.Source}}})
	}
	return tag
}

// aboutDataset is the dataset's description, license and source, as far as it
// has them, in Markdown.
func aboutDataset(ds *datasets.Dataset) string {
	var parts []string
	for _, p := range []struct{ before, text string }{{"", ds.Description}, {"License: ", ds.License}, {"Source: ", ds.Source}} {
		if text := strings.TrimSpace(p.text); text != "" {
			parts = append(parts, p.before+text)
		}
	}
	return strings.Join(parts, "\n\n")
}

// spdx matches an identifier of SPDX's list of licenses, such as CC-BY-4.0. A
// license that is neither that nor a URL stands in the description alone, since
// most generators want a license to be found.
var spdx = regexp.MustCompile(`^[A-Za-z0-9]+([-.][A-Za-z0-9]+)*\+?$`)

// isURL reports whether a text is an HTTP URL.
func isURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}

// planOf returns the plan of the operation's simplest query.
func planOf(ds *datasets.Dataset, op *datasets.Operation) (*plan.Plan, error) {
	if op.Definition != nil {
		body, err := schemas.AppendJSON(nil, leastQuery(ds, op))
		if err != nil {
			return nil, err
		}
		q, err := query.Parse(ds, op, body)
		if err != nil {
			return nil, err
		}
		return q.Plan()
	}
	q := &query.Query{Dataset: ds, Operation: op}
	switch {
	case op.ByField != "":
		q.GroupBy = []plan.Key{{Field: exampleField(ds, op), Name: op.ByField}}
	case op.Rows == datasets.PerBin:
		q.Histogram = &plan.Histogram{Field: exampleField(ds, op), Most: datasets.DefaultBins}
	}
	return q.Plan()
}

// leastQuery is the operation's shortest query.
func leastQuery(ds *datasets.Dataset, op *datasets.Operation) object {
	if needsField(op) {
		return object{{"field", ds.Fields[exampleField(ds, op)].Name}}
	}
	return object{}
}

// needsField reports whether the operation's queries have to name a field.
func needsField(op *datasets.Operation) bool {
	return op.TakesProperty("field") && (op.Definition == nil || !op.Definition.Presets("field"))
}

// exampleField returns the field that examples ask for where they need one: that of the
// first selector for distinct values, else the first field of a type that fits.
func exampleField(ds *datasets.Dataset, op *datasets.Operation) int {
	for _, selector := range ds.Selectors {
		if op.Rows == datasets.PerGroup && op.FieldTypes(ds.Fields[selector.Field].Type) {
			return selector.Field
		}
	}
	for i := range ds.Fields {
		if op.FieldTypes(ds.Fields[i].Type) {
			return i
		}
	}
	return 0
}
