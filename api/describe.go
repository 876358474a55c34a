package api

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"herbarium/api/status"
	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/plan"
	"herbarium/schemas"
)

// summary is a dataset in the list of all.
type summary struct {
	Name       string                `json:"name"`
	Title      string                `json:"title,omitempty"`
	Operations []*datasets.Operation `json:"operations"`
	Rows       *int64                `json:"rows"`    // null where the count is not known
	Version    *string               `json:"version"` // null where there is none
	Links      map[string]string     `json:"links"`
	// Error says what is wrong with a newer version, while this one goes on, or
	// with the rows.
	Error string `json:"error,omitempty"`
}

// brokenSummary is a broken descriptor without an earlier good version, in the
// list of all.
type brokenSummary struct {
	Name  string `json:"name"`
	Error string `json:"error"`
}

// description describes one dataset.
type description struct {
	Name        string                `json:"name"`
	Title       string                `json:"title,omitempty"`
	Description string                `json:"description,omitempty"`
	License     string                `json:"license,omitempty"`
	Source      string                `json:"source,omitempty"`
	Fields      []fieldDescription    `json:"fields"`
	Selectors   map[string]string     `json:"selectors"` // query property: field
	Bounds      []string              `json:"bounds"`
	Stats       statsDescription      `json:"stats"`
	Key         []string              `json:"key"`
	Page        pageDescription       `json:"page"`
	Operations  []*datasets.Operation `json:"operations"`
	// Named are the operations that the descriptor names.
	Named     map[string]namedDescription `json:"named,omitempty"`
	Rows      *int64                      `json:"rows"`
	Version   *string                     `json:"version"`
	Published *time.Time                  `json:"published,omitempty"`
	// Read and Age are of a copy of what something other than a load fills.
	Read  *time.Time        `json:"read,omitempty"`
	Age   float64           `json:"age_seconds,omitempty"`
	Links map[string]string `json:"links,omitempty"`
}

// namedDescription is an operation that the descriptor names: what it settles, and
// what queries may say.
type namedDescription struct {
	Title       string          `json:"title,omitempty"`
	Description string          `json:"description,omitempty"`
	Of          string          `json:"of"`
	Preset      json.RawMessage `json:"preset"` // where, and query properties
	Takes       []string        `json:"takes"`
	Page        pageDescription `json:"page"`
	Schema      string          `json:"schema,omitempty"` // the link to the JSON Schema of its queries
}

// namedOf describes the operations that the dataset's descriptor names. schema is
// the link to the dataset's schema, or "".
func namedOf(ds *datasets.Dataset, schema string) map[string]namedDescription {
	named := map[string]namedDescription{}
	for _, op := range ds.Operations {
		def := op.Definition
		if def == nil {
			continue
		}
		takes := []string{}
		for _, selector := range def.Selectors {
			takes = append(takes, selector.Name)
		}
		n := namedDescription{
			Title: def.Title, Description: def.Description, Of: def.Of.Path, Preset: def.Document().AppendJSON(nil),
			Takes: append(takes, op.Takes...), Page: pageDescription{orNil(def.PageDefault), orNil(def.PageMax)},
		}
		if schema != "" {
			n.Schema = schema + "?operation=" + op.Path
		}
		named[op.Path] = n
	}
	return named
}

// fieldDescription is a field of a description.
type fieldDescription struct {
	Name        string `json:"name"`
	Type        string `json:"type"`
	Unit        string `json:"unit,omitempty"`
	Title       string `json:"title,omitempty"`
	Description string `json:"description,omitempty"`
	Timezone    string `json:"timezone,omitempty"`
	Required    bool   `json:"required,omitempty"`
	Enum        []any  `json:"enum,omitempty"`
}

// statsDescription is what statistics are of, and the fields that groups are
// made by.
type statsDescription struct {
	Fields  []string `json:"fields"`
	GroupBy []string `json:"group_by"`
	// Measures are those that fields of a type can have, beside percentiles, by
	// the types that the dataset has.
	Measures map[string][]string `json:"measures"`
}

// measuresOf returns the measures by the types of the dataset's fields.
func measuresOf(ds *datasets.Dataset) map[string][]string {
	byType := map[string][]string{}
	for i := range ds.Fields {
		t := ds.Fields[i].Type
		if byType[t.String()] != nil {
			continue
		}
		for _, m := range plan.Measures() {
			if m.Takes(t) {
				byType[t.String()] = append(byType[t.String()], m.Name)
			}
		}
	}
	return byType
}

// pageDescription is the page sizes of a description; null where there is none.
type pageDescription struct {
	Default *int64 `json:"default"`
	Max     *int64 `json:"max"`
}

// orNil returns a pointer to n, nil for 0.
func orNil(n int64) *int64 {
	if n == 0 {
		return nil
	}
	return &n
}

// statusTimeout limits how long the store is asked for the status of datasets.
const statusTimeout = 2 * time.Second

// index answers /: browsers get the list of datasets as a page, programs get
// links.
func (s *Server) index(x *exchange) error {
	s.linkToDocs(x)
	if prefersHTML(x.request) {
		return s.indexPage(x)
	}
	base := x.base
	return x.sendJSON(struct {
		Name  string            `json:"name"`
		Links map[string]string `json:"links"`
	}{"herbarium", map[string]string{"datasets": base + "/" + datasetsPath, "health": base + healthPath, "ready": base + readyPath}})
}

// sendJSON sends v as JSON that must not be cached.
func (x *exchange) sendJSON(v any) error {
	text, err := schemas.AppendJSON(nil, v)
	if err != nil {
		return err
	}
	x.Header()["Cache-Control"] = noStore
	return x.send(http.StatusOK, jsonType, text)
}

// describeAll answers /datasets.
func (s *Server) describeAll(x *exchange) error {
	ctx, cancel := context.WithTimeout(x.request.Context(), statusTimeout)
	defer cancel()
	all := []any{}
	for _, d := range status.Of(ctx, s.engine, x.snapshot, false) {
		if d.Dataset == nil {
			all = append(all, brokenSummary{d.Name, d.Error})
			continue
		}
		entry := summary{Name: d.Name, Title: d.Dataset.Title, Operations: d.Dataset.Operations, Links: x.links(d.Dataset), Error: d.Error}
		if d.Info != nil {
			entry.Rows, entry.Version = rowsAndVersion(*d.Info)
		}
		all = append(all, entry)
	}
	return x.sendJSON(struct {
		Datasets []any `json:"datasets"`
	}{all})
}

// rowsAndVersion returns what is known about a dataset's rows.
func rowsAndVersion(info engine.TableInfo) (rows *int64, version *string) {
	if info.Rows >= 0 {
		rows = &info.Rows
	}
	if info.Version != "" {
		version = &info.Version
	}
	return rows, version
}

func (x *exchange) links(ds *datasets.Dataset) map[string]string {
	base := x.base
	self := base + "/" + datasetsPath + "/" + ds.Name
	links := map[string]string{"self": self, "schema": self + "/schema", "versions": self + "/" + versionsPath}
	for _, op := range ds.Operations {
		links[op.Path] = base + "/" + ds.Name + "/" + op.Path
	}
	return links
}

// datasetOf returns the dataset that the path names.
func (s *Server) datasetOf(x *exchange) (*datasets.Dataset, error) {
	name := x.match.Vars["dataset"]
	ds, ok := x.snapshot.Dataset(name)
	if !ok {
		return nil, s.unknownDataset(x, name)
	}
	return ds, nil
}

// describe answers /datasets/{dataset}.
func (s *Server) describe(x *exchange) error {
	ds, err := s.datasetOf(x)
	if err != nil {
		return err
	}
	return x.sendJSON(s.descriptionOf(x.request.Context(), ds, x.links(ds)))
}

// descriptionOf describes the dataset. Without the store, rows and version are null.
func (s *Server) descriptionOf(ctx context.Context, ds *datasets.Dataset, links map[string]string) description {
	ctx, cancel := context.WithTimeout(ctx, statusTimeout)
	defer cancel()
	d := description{
		Name: ds.Name, Title: ds.Title, Description: ds.Description, License: ds.License, Source: ds.Source,
		Operations: ds.Operations, Links: links,
		Selectors: map[string]string{}, Bounds: ds.FieldNames(ds.Bounds), Key: ds.FieldNames(ds.Key),
		Stats: statsDescription{ds.FieldNames(ds.StatsFields), ds.FieldNames(ds.GroupBy), measuresOf(ds)},
		Page:  pageDescription{orNil(ds.PageDefault), orNil(ds.PageMax)},
		Named: namedOf(ds, links["schema"]),
	}
	for _, selector := range ds.Selectors {
		d.Selectors[selector.Name] = ds.Fields[selector.Field].Name
	}
	for i := range ds.Fields {
		f := &ds.Fields[i]
		d.Fields = append(d.Fields, fieldDescription{f.Name, f.Type.String(), f.Unit, f.Title, f.Description, f.Timezone, f.Required, f.EnumValues()})
	}
	if info, err := s.engine.Table(ctx, ds); err == nil {
		d.Rows, d.Version = rowsAndVersion(info)
		if at := info.Published.UTC(); !info.Published.IsZero() {
			d.Published = &at
		}
		if at := info.Read.UTC(); !info.Read.IsZero() {
			d.Read, d.Age = &at, time.Since(info.Read).Seconds()
		}
	}
	return d
}

// schema answers /datasets/{dataset}/schema: the schema of the dataset's queries, or
// of those of the operation that the parameter operation names.
func (s *Server) schema(x *exchange) error {
	ds, err := s.datasetOf(x)
	if err != nil {
		return err
	}
	schema := ds.QuerySchema()
	if path := x.request.URL.Query().Get("operation"); path != "" {
		op, ok := ds.Operation(path)
		if !ok {
			return unknownOperation(x, ds, path)
		}
		schema = ds.QuerySchemaOf(op)
	}
	x.Header()["Cache-Control"] = noStore
	return x.send(http.StatusOK, schemaType, schema.JSON())
}
