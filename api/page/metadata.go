package page

import (
	"encoding/json"
	"html"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"herbarium/datasets"
	"herbarium/engine/fault"
	"herbarium/schemas"
)

// Metadata of datasets in the forms that search engines and tools read, made from
// the descriptor: schema.org, Croissant, Frictionless, and a sitemap.

// linkedData describes the dataset in the vocabulary of schema.org (Dataset), for
// a script element: < is escaped.
func (b *builder) linkedData() string {
	d := b.state.dataset
	doc := schemas.Ordered{{Key: "@context", Value: "https://schema.org/"}, {Key: "@type", Value: "Dataset"}}
	doc = append(doc, b.about()...)
	doc = append(doc, schemas.Entry{Key: "isAccessibleForFree", Value: true})
	var variables []schemas.Ordered
	for i := range d.Fields {
		if i == 100 {
			break // more would be most of the page
		}
		f := &d.Fields[i]
		v := schemas.Ordered{{Key: "@type", Value: "PropertyValue"}, {Key: "name", Value: f.Name}}
		v = addText(v, "description", f.About())
		v = addText(v, "unitText", f.Unit)
		variables = append(variables, v)
	}
	doc = append(doc, schemas.Entry{Key: "variableMeasured", Value: variables})
	if b.offers("range") {
		var files []schemas.Ordered
		for _, f := range []struct{ name, media string }{{"csv", "text/csv"}, {"parquet", "application/vnd.apache.parquet"}, {"ndjson", "application/x-ndjson"}} {
			files = append(files, schemas.Ordered{{Key: "@type", Value: "DataDownload"}, {Key: "encodingFormat", Value: f.media}, {Key: "contentUrl", Value: b.file(f.name)}})
		}
		doc = append(doc, schemas.Entry{Key: "distribution", Value: files})
	}
	text, err := schemas.AppendJSON(nil, doc)
	if err != nil {
		return "{}"
	}
	return strings.NewReplacer("<", `\u003c`, ">", `\u003e`, "&", `\u0026`).Replace(string(text))
}

// about is what all forms say in the same words.
func (b *builder) about() schemas.Ordered {
	d := b.state.dataset
	doc := schemas.Ordered{{Key: "name", Value: d.Label()}}
	description := d.Description
	if description == "" {
		description = d.Label()
	}
	doc = append(doc, schemas.Entry{Key: "description", Value: description}, schemas.Entry{Key: "url", Value: b.origin + b.state.path})
	doc = addText(doc, "license", licence(d.License))
	if strings.HasPrefix(d.Source, "https://") || strings.HasPrefix(d.Source, "http://") {
		doc = addText(doc, "sameAs", d.Source)
	}
	if !b.info.Published.IsZero() {
		doc = addText(doc, "datePublished", b.info.Published.UTC().Format(time.DateOnly))
	}
	return addText(doc, "version", b.info.Version)
}

// file is the address of all rows in a format.
func (b *builder) file(format string) string {
	return b.origin + b.state.path + "/range?format=" + format
}

// licence returns the address of a licence of the SPDX list, and others as they
// are.
func licence(name string) string {
	if name == "" || strings.Contains(name, "/") || strings.Contains(name, " ") {
		return name
	}
	return "https://spdx.org/licenses/" + name + ".html"
}

func addText(doc schemas.Ordered, key, value string) schemas.Ordered {
	if value == "" {
		return doc
	}
	return append(doc, schemas.Entry{Key: key, Value: value})
}

// croissantContext is the context that Croissant 1.1 gives
// (https://docs.mlcommons.org/croissant/docs/croissant-spec-1.1.html).
const croissantContext = `{"@language":"en","@vocab":"https://schema.org/","arrayShape":"cr:arrayShape","citeAs":"cr:citeAs","column":"cr:column","conformsTo":"dct:conformsTo","containedIn":"cr:containedIn",` +
	`"cr":"http://mlcommons.org/croissant/","rai":"http://mlcommons.org/croissant/RAI/","data":{"@id":"cr:data","@type":"@json"},` +
	`"dataType":{"@id":"cr:dataType","@type":"@vocab"},"dct":"http://purl.org/dc/terms/","description":{"@container":"@language"},"equivalentProperty":"cr:equivalentProperty",` +
	`"examples":{"@id":"cr:examples","@type":"@json"},"extract":"cr:extract","field":"cr:field","fileProperty":"cr:fileProperty","fileObject":"cr:fileObject","fileSet":"cr:fileSet",` +
	`"format":"cr:format","includes":"cr:includes","isArray":"cr:isArray","isLiveDataset":"cr:isLiveDataset","jsonPath":"cr:jsonPath","key":"cr:key","md5":"cr:md5",` +
	`"name":{"@container":"@language"},"parentField":"cr:parentField","path":"cr:path","recordSet":"cr:recordSet","references":"cr:references","regex":"cr:regex",` +
	`"repeated":"cr:repeated","replace":"cr:replace","samplingRate":"cr:samplingRate","sc":"https://schema.org/","separator":"cr:separator",` +
	`"source":"cr:source","subField":"cr:subField","transform":"cr:transform"}`

// errNoFile is the error of describing the file of a dataset that offers none.
var errNoFile = &fault.Error{Code: fault.UnknownOperation, Detail: "the dataset does not offer range, so it has no file of all rows to describe"}

// croissantTypes are the types of fields in Croissant.
var croissantTypes = map[datasets.Type]string{
	datasets.Number: "sc:Float", datasets.Integer: "sc:Integer", datasets.Boolean: "sc:Boolean",
	datasets.String: "sc:Text", datasets.Date: "sc:Date", datasets.DateTime: "sc:DateTime",
}

// Croissant describes the dataset for machine learning tools (MLCommons Croissant
// 1.1). Its file is the answer of range as CSV, whose bytes change with each load,
// so it has no checksum and is a live dataset.
func (s *Site) Croissant(v Visit) ([]byte, error) {
	b := s.builder(v)
	if !b.offers("range") {
		return nil, errNoFile
	}
	d := v.Dataset
	doc := schemas.Ordered{{Key: "@context", Value: json.RawMessage(croissantContext)}, {Key: "@type", Value: "sc:Dataset"}}
	for _, e := range b.about() {
		if e.Key != "version" { // which has to be a semantic one
			doc = append(doc, e)
		}
	}
	doc = append(doc, schemas.Entry{Key: "conformsTo", Value: "http://mlcommons.org/croissant/1.1"}, schemas.Entry{Key: "citeAs", Value: b.citation()},
		schemas.Entry{Key: "isLiveDataset", Value: true})
	var fields []schemas.Ordered
	for i := range d.Fields {
		f := &d.Fields[i]
		one := schemas.Ordered{{Key: "@type", Value: "cr:Field"}, {Key: "@id", Value: "rows/" + identifier(f.Name)}, {Key: "name", Value: f.Name}}
		one = addText(one, "description", f.About())
		one = append(one, schemas.Entry{Key: "dataType", Value: croissantTypes[f.Type]}, schemas.Entry{Key: "source", Value: schemas.Ordered{
			{Key: "fileObject", Value: schemas.Ordered{{Key: "@id", Value: "rows.csv"}}},
			{Key: "extract", Value: schemas.Ordered{{Key: "column", Value: f.Name}}},
		}})
		fields = append(fields, one)
	}
	doc = append(doc,
		schemas.Entry{Key: "distribution", Value: []schemas.Ordered{{
			{Key: "@type", Value: "cr:FileObject"}, {Key: "@id", Value: "rows.csv"}, {Key: "name", Value: "rows.csv"},
			{Key: "contentUrl", Value: b.file("csv")}, {Key: "encodingFormat", Value: "text/csv"},
		}}},
		schemas.Entry{Key: "recordSet", Value: []schemas.Ordered{{
			{Key: "@type", Value: "cr:RecordSet"}, {Key: "@id", Value: "rows"}, {Key: "name", Value: "rows"}, {Key: "field", Value: fields},
		}}})
	return schemas.AppendJSON(nil, doc)
}

// identifier writes a field's name in an identifier, which has no spaces.
func identifier(name string) string {
	if strings.ContainsAny(name, "+%") || strings.ContainsFunc(name, unicode.IsSpace) {
		return url.QueryEscape(name)
	}
	return name
}

// packageTypes are the types of fields in a Table Schema.
var packageTypes = map[datasets.Type]string{
	datasets.Number: "number", datasets.Integer: "integer", datasets.Boolean: "boolean",
	datasets.String: "string", datasets.Date: "date", datasets.DateTime: "datetime",
}

// DataPackage describes the dataset as a Data Package (version 2 of
// https://datapackage.org), of the answer of range as CSV.
func (s *Site) DataPackage(v Visit) ([]byte, error) {
	b := s.builder(v)
	if !b.offers("range") {
		return nil, errNoFile
	}
	d := v.Dataset
	doc := schemas.Ordered{{Key: "$schema", Value: "https://datapackage.org/profiles/2.0/datapackage.json"}, {Key: "name", Value: d.Name}}
	doc = addText(doc, "title", d.Title)
	doc = addText(doc, "description", d.Description)
	doc = addText(doc, "homepage", b.origin+b.state.path)
	doc = addText(doc, "version", b.info.Version)
	if d.License != "" {
		one := schemas.Ordered{{Key: "name", Value: d.License}}
		if l := licence(d.License); strings.HasPrefix(l, "https://") {
			one = append(one, schemas.Entry{Key: "path", Value: l})
		}
		doc = append(doc, schemas.Entry{Key: "licenses", Value: []schemas.Ordered{one}})
	}
	if d.Source != "" {
		one := schemas.Ordered{{Key: "title", Value: d.Source}}
		if strings.HasPrefix(d.Source, "https://") || strings.HasPrefix(d.Source, "http://") {
			one = append(one, schemas.Entry{Key: "path", Value: d.Source})
		}
		doc = append(doc, schemas.Entry{Key: "sources", Value: []schemas.Ordered{one}})
	}
	var fields []schemas.Ordered
	for i := range d.Fields {
		fields = append(fields, packageField(&d.Fields[i]))
	}
	table := schemas.Ordered{{Key: "fields", Value: fields}, {Key: "missingValues", Value: []string{""}}}
	if len(d.Key) > 0 {
		table = append(table, schemas.Entry{Key: "primaryKey", Value: d.FieldNames(d.Key)})
	}
	doc = append(doc, schemas.Entry{Key: "resources", Value: []schemas.Ordered{{
		{Key: "name", Value: "rows"}, {Key: "type", Value: "table"}, {Key: "path", Value: b.file("csv")}, {Key: "format", Value: "csv"},
		{Key: "mediatype", Value: "text/csv"}, {Key: "encoding", Value: "utf-8"}, {Key: "schema", Value: table},
	}}})
	return schemas.AppendJSON(nil, doc)
}

func packageField(f *datasets.Field) schemas.Ordered {
	one := schemas.Ordered{{Key: "name", Value: f.Name}, {Key: "type", Value: packageTypes[f.Type]}}
	one = addText(one, "title", f.Title)
	one = addText(one, "description", f.Description)
	one = addText(one, "unit", f.Unit)
	constraints := schemas.Ordered{}
	if f.Required {
		constraints = append(constraints, schemas.Entry{Key: "required", Value: true})
	}
	if f.Enum != nil {
		constraints = append(constraints, schemas.Entry{Key: "enum", Value: f.EnumValues()})
	}
	if len(constraints) > 0 {
		one = append(one, schemas.Entry{Key: "constraints", Value: constraints})
	}
	return one
}

// Sitemap lists the pages of datasets.
func Sitemap(p Place, names []string) []byte {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">` + "\n")
	for _, path := range append([]string{""}, slices.Clone(names)...) {
		b.WriteString("<url><loc>" + html.EscapeString(p.Origin+p.Base+"/"+path) + "</loc></url>\n")
	}
	b.WriteString("</urlset>\n")
	return []byte(b.String())
}
