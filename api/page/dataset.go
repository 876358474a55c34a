package page

import (
	"context"
	"html/template"
	"io"
	"net/url"
	"slices"
	"time"

	"herbarium/api/format"
	"herbarium/datasets"
)

// The page of a dataset is one answer that is sent in pieces. Its head needs no
// statistics and goes out first, so that the browser paints it while the store
// counts. Then come filters, rows, chart and fields, in the order in which they
// are read. All are asked for at once.

// Page writes the page of a dataset. flush is called after each piece.
func (s *Site) Page(ctx context.Context, w io.Writer, flush func() error, v Visit) error {
	b := s.builder(v)
	// None of them outlives the page.
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if err := s.label(w, b, v); err != nil {
		return err
	}
	if err := flush(); err != nil {
		return err
	}
	if v.Info == nil {
		return s.close(w, b, b.bareFields())
	}
	if !b.explorable() {
		return s.close(w, b, b.fields(ctx))
	}
	table := begin(func() tableView { return b.table(ctx) })
	fields := begin(func() fieldsView { return b.fields(ctx) })
	chart := begin(func() chartView { return b.chart(ctx) })
	defer func() { cancel(); <-table.done; <-fields.done; <-chart.done }()
	pieces := []func() error{
		func() error { return s.filtersPart(ctx, w, b) },
		func() error { return s.write(w, "explore-view", nil) },
		func() error { return s.rowsPart(w, b, table.wait()) },
		func() error { return s.chartPart(w, b, chart.wait()) },
		func() error { return s.takePart(ctx, w, b) },
		func() error { return s.write(w, "explore-end", nil) },
		func() error { return s.fieldsPart(w, b, fields.wait()) },
	}
	for _, piece := range pieces {
		if err := piece(); err != nil {
			return err
		}
		if err := flush(); err != nil {
			return err
		}
	}
	if err := s.citePart(w, b); err != nil {
		return err
	}
	return s.write(w, "foot", nil)
}

// explorable reports whether the dataset has operations that tell what filters do.
func (b *builder) explorable() bool {
	_, charts := b.kindOf()
	return charts || b.offers("range")
}

// close ends the page of a dataset of which neither rows nor charts can be shown.
func (s *Site) close(w io.Writer, b *builder, fields fieldsView) error {
	if err := s.write(w, "explore-end", nil); err != nil {
		return err
	}
	if err := s.fieldsPart(w, b, fields); err != nil {
		return err
	}
	if err := s.citePart(w, b); err != nil {
		return err
	}
	return s.write(w, "foot", nil)
}

// later is a value that is being made.
type later[T any] struct {
	done     chan struct{}
	value    T
	panicked any
}

func begin[T any](do func() T) *later[T] {
	l := &later[T]{done: make(chan struct{})}
	go func() {
		defer close(l.done)
		defer func() { l.panicked = recover() }() // for the request's own goroutine
		l.value = do()
	}()
	return l
}

func (l *later[T]) wait() T {
	<-l.done
	if l.panicked != nil {
		panic(l.panicked)
	}
	return l.value
}

// link is a link with its words.
type link struct{ Text, URL string }

// label writes the head of the page.
func (s *Site) label(w io.Writer, b *builder, v Visit) error {
	d := v.Dataset
	h := s.head(v.Place, d.Label()+" · Herbarium", d.Description)
	shown := v.Info != nil && b.explorable()
	if shown {
		h.Skip = "rows"
	}
	h.Linked = template.JS(b.linkedData()) //nolint:gosec // JSON with < escaped
	type trouble struct{ Heading, Detail string }
	data := struct {
		Head                                                   head
		Name, Title, Description, Path, Rows, Licence, Version string
		Published                                              string
		Fields                                                 int
		Source                                                 *link
		Trouble                                                *trouble
		Charts, Loaded                                         bool
	}{Head: h, Loaded: shown, Name: d.Name, Title: d.Label(), Description: d.Description, Path: b.state.path, Licence: d.License, Fields: len(d.Fields), Version: b.info.Version}
	if !b.info.Published.IsZero() {
		data.Published = b.info.Published.UTC().Format(time.DateOnly)
	}
	if b.info.Rows >= 0 {
		data.Rows = short(float64(b.info.Rows))
	}
	_, data.Charts = b.kindOf()
	if d.Source != "" {
		data.Source = &link{Text: d.Source}
		if u, err := url.Parse(d.Source); err == nil && (u.Scheme == "https" || u.Scheme == "http") {
			data.Source = &link{u.Host, d.Source}
		}
	}
	switch {
	case v.Info == nil:
		detail := v.Trouble
		if detail == "" {
			detail = s.texts.t("not loaded detail")
		}
		data.Trouble = &trouble{s.texts.t("not loaded"), detail}
	case v.Trouble != "":
		data.Trouble = &trouble{s.texts.t("newer is broken"), v.Trouble}
	}
	return s.write(w, "label", data)
}

func (s *Site) filtersPart(ctx context.Context, w io.Writer, b *builder) error {
	return s.write(w, "filters", struct {
		Path string
		V    filtersView
	}{b.state.path, b.filters(ctx)})
}

func (s *Site) rowsPart(w io.Writer, b *builder, v tableView) error {
	data := struct {
		Heading    string
		Total      int64
		FieldCount int
		Choices    []choiceOption
		V          tableView
	}{Total: v.Total, FieldCount: len(b.state.dataset.Fields), V: v}
	switch {
	case v.Total >= 0 && v.All >= 0 && v.Clear != "":
		data.Heading = s.texts.t("of rows", short(float64(v.Total)), short(float64(v.All)))
	case v.Total >= 0:
		data.Heading = s.texts.rows(short(float64(v.Total)))
	default:
		data.Heading = s.texts.t("some rows")
	}
	shown := b.state.columns()
	for i := range b.state.dataset.Fields {
		f := newField(&b.state.dataset.Fields[i])
		data.Choices = append(data.Choices, choiceOption{f.Name, f.Label, slices.Contains(shown, i)})
	}
	return s.write(w, "rows", data)
}

func (s *Site) chartPart(w io.Writer, b *builder, v chartView) error {
	return s.write(w, "chart", struct {
		Path string
		V    chartView
	}{b.state.path, v})
}

func (s *Site) takePart(ctx context.Context, w io.Writer, b *builder) error {
	var chart []snippet
	if path, params := b.chartHome(); path != "" {
		chart = b.takeHome(ctx, "chart-numbers", path, params, nil)
	}
	var rows []snippet
	if b.offers("range") {
		rows = b.takeHome(ctx, "snippet", "range", b.rowsHome(), b.window())
	}
	return s.write(w, "take", struct{ Snippets, Chart []snippet }{rows, chart})
}

func (s *Site) fieldsPart(w io.Writer, b *builder, v fieldsView) error {
	return s.write(w, "fields", struct {
		Base, Name string
		Distinct   bool
		V          fieldsView
	}{b.base, b.state.dataset.Name, b.offers("stats/summary"), v})
}

func (s *Site) citePart(w io.Writer, b *builder) error {
	d := b.state.dataset
	data := struct {
		Rows, Citation, Version, List string
		Pinned                        *link
		Downloads, Links              []link
		Operations                    []link
		Versions                      []versionRow
		More                          int
	}{Citation: b.citation(), Version: b.info.Version, Pinned: b.pinned()}
	data.Versions, data.More = b.versionRows()
	if b.info.Rows >= 0 {
		data.Rows = short(float64(b.info.Rows))
	}
	if b.loaded && b.offers("range") {
		for _, f := range format.All() {
			if !f.File && d.PageDefault > 0 {
				continue // it would be the first page alone
			}
			address := b.state.path + "/range?format=" + f.Name + "&download"
			if version := b.state.get("version"); version != "" {
				address += "&version=" + url.QueryEscape(version)
			}
			data.Downloads = append(data.Downloads, link{formatNames[f.Name], address})
		}
	}
	about := b.base + "/datasets/" + d.Name
	data.List = about + "/versions"
	data.Links = []link{
		{s.texts.t("description"), about}, {s.texts.t("query schema"), about + "/schema"},
		{s.texts.t("openapi"), b.base + "/openapi/" + d.Name + ".json"}, {s.texts.t("docs"), b.base + "/docs"},
	}
	if b.offers("range") {
		data.Links = append(data.Links, link{"Croissant", b.state.path + "/croissant.json"}, link{"Data Package", b.state.path + "/datapackage.json"})
	}
	for _, op := range d.Operations {
		data.Operations = append(data.Operations, link{op.Path, b.state.path + "/" + op.Path + b.example(op)})
	}
	return s.write(w, "cite", data)
}

// example returns the query that an operation needs at least: none, or a field that it takes.
func (b *builder) example(op *datasets.Operation) string {
	if _, err := b.engine.ParseFlat(b.state.dataset, op, ""); err == nil {
		return ""
	}
	for i := range b.state.dataset.Fields {
		query := encode([]param{{"field", b.state.dataset.Fields[i].Name}})
		if _, err := b.engine.ParseFlat(b.state.dataset, op, query); err == nil {
			return "?" + query
		}
	}
	return ""
}

// formatNames are what people call the formats.
var formatNames = map[string]string{"json": "JSON", "ndjson": "NDJSON", "csv": "CSV", "arrow": "Arrow", "parquet": "Parquet"}

// citation is how to cite the dataset in its version.
func (b *builder) citation() string {
	d := b.state.dataset
	text := b.texts.t("cite plain", d.Label())
	if b.info.Version != "" {
		text = b.texts.t("cite version", d.Label(), b.info.Version)
	}
	if d.Source != "" {
		text += " " + d.Source + "."
	}
	text += " " + b.origin + b.state.path
	if b.forever {
		text += "?version=" + b.info.Version
	}
	if d.License != "" {
		text += ". " + b.texts.t("licence") + ": " + d.License
	}
	return text + "."
}
