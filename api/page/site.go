package page

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"herbarium/datasets"
	"herbarium/engine"
)

//go:embed assets/page.gohtml
var templateText string

//go:embed assets/page.css
var pageStyle string

//go:embed assets/chart.css
var chartStyle string

//go:embed assets/page.js
var script []byte

// ScriptPath is the path of the pages' module, below the prefix. No dataset can
// have the name.
const ScriptPath = "/page.js"

// Site writes pages. It is safe for concurrent use.
type Site struct {
	engine    *engine.Engine
	texts     texts
	templates *template.Template
	style     template.CSS
	// Policy is the Content-Security-Policy of pages: they ask no other host, and
	// no script and no style but their own is run.
	Policy string
	parts  string // names what parts of pages are made with
	// ScriptVersion names the content of the module.
	ScriptVersion string
}

// PicturePolicy is the Content-Security-Policy of a drawing.
const PicturePolicy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors *"

// New returns a site of datasets whose operations the engine runs.
func New(eng *engine.Engine) *Site {
	s := &Site{engine: eng, texts: english, style: template.CSS(pageStyle + chartStyle)} //nolint:gosec // embedded
	s.templates = template.Must(template.New("").Funcs(template.FuncMap{
		"t":     s.texts.t,
		"rows":  s.texts.rows,
		"n":     func(n int64) string { return short(float64(n)) },
		"lines": lines, "paragraphs": paragraphs,
	}).Parse(templateText))
	sum := sha256.Sum256([]byte(s.style))
	s.Policy = "default-src 'none'; connect-src 'self'; img-src 'self' data:; script-src 'self'; style-src 'sha256-" +
		base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
	code := sha256.Sum256(script)
	s.ScriptVersion = hex.EncodeToString(code[:6])
	s.parts = fingerprint(templateText + fmt.Sprint(s.texts)) // fmt sorts them
	return s
}

// Script is the pages' module.
func Script() []byte { return script }

// Place is where a page is.
type Place struct {
	Base   string // the prefix that the client sees before all paths
	Origin string // scheme and host, for addresses that people take with them
}

// head is what every page begins with.
type head struct {
	Title, Description string
	Base, Script, Skip string
	Style              template.CSS
	Linked             template.JS // JSON-LD; not run
}

func (s *Site) head(p Place, title, description string) head {
	return head{Title: title, Description: description, Base: p.Base, Script: p.Base + ScriptPath + "?v=" + s.ScriptVersion, Style: s.style}
}

// write writes a template.
func (s *Site) write(w io.Writer, name string, data any) error {
	// A page that breaks in the middle of a tag is worse than one that ends early.
	var b bytes.Buffer
	if err := s.templates.ExecuteTemplate(&b, name, data); err != nil {
		return err
	}
	_, err := w.Write(b.Bytes())
	return err
}

// Broken writes the page of a dataset whose descriptor cannot be used.
func (s *Site) Broken(w io.Writer, p Place, name, detail string) error {
	return s.Problem(w, p, s.texts.t("broken heading", name), detail)
}

// Problem writes a page that says what is wrong, in the API's words.
func (s *Site) Problem(w io.Writer, p Place, title, detail string) error {
	return s.write(w, "problem", struct {
		Head                  head
		Base, Heading, Detail string
	}{s.head(p, title, ""), p.Base, title, detail})
}

// Entry is a dataset in the list.
type Entry struct {
	Name    string
	Dataset *datasets.Dataset // nil if its descriptor cannot be used
	Info    *engine.TableInfo // nil if nothing is known of its rows
	Loaded  bool
	Error   string // what is wrong, in words that readers may see
}

// indexItem is a dataset as the list shows it.
type indexItem struct {
	Title, Description, URL, Rows, Licence string
	Age, Published                         string
	Fields                                 int
	Trouble, Error                         string
}

// Index writes the list of datasets that fit a search: each of its words is in the
// dataset's name, title, description or names of fields.
func (s *Site) Index(w io.Writer, p Place, search string, entries []Entry) error {
	var items []indexItem
	for _, e := range entries {
		if !fits(e, search) {
			continue
		}
		item := indexItem{Title: e.Name, Error: e.Error}
		if d := e.Dataset; d != nil {
			item.Title, item.Description, item.Licence, item.Fields = d.Label(), d.Description, d.License, len(d.Fields)
			item.URL = p.Base + "/" + d.Name
		}
		if e.Info != nil && e.Info.Rows >= 0 {
			item.Rows = short(float64(e.Info.Rows))
		}
		if item.Trouble = s.texts.t("broken"); e.Dataset != nil && e.Error == "" && !e.Loaded {
			item.Trouble, item.Error = s.texts.t("not loaded"), s.texts.t("not loaded detail")
		} else if e.Dataset != nil {
			item.Trouble = s.texts.t("newer is broken")
			if e.Info == nil {
				item.Trouble = s.texts.t("not loaded")
			}
		}
		if e.Info != nil && !e.Info.Published.IsZero() {
			item.Age, item.Published = s.age(time.Since(e.Info.Published)), e.Info.Published.UTC().Format(time.RFC3339)
		}
		items = append(items, item)
	}
	return s.write(w, "index", struct {
		Head        head
		Base, Query string
		All         int
		Datasets    []indexItem
	}{s.head(p, s.texts.t("datasets")+" · Herbarium", s.texts.t("datasets lead")), p.Base, search, len(entries), items})
}

// age says how old something is, in one unit that people count in.
func (s *Site) age(since time.Duration) string {
	const day = 24 * time.Hour
	for _, unit := range []struct {
		name   string
		length time.Duration
	}{{"years", 365 * day}, {"months", 30 * day}, {"days", day}, {"hours", time.Hour}} {
		if n := int(since / unit.length); n >= 2 || n == 1 && unit.length == time.Hour {
			return s.texts.t("age "+unit.name, n)
		}
	}
	return s.texts.t("age minutes", max(0, int(since/time.Minute)))
}

// fits reports whether a dataset has each word of a search.
func fits(e Entry, search string) bool {
	about := e.Name
	if d := e.Dataset; d != nil {
		about += " " + d.Title + " " + d.Description
		for i := range d.Fields {
			about += " " + d.Fields[i].Name + " " + d.Fields[i].Title
		}
	}
	about = strings.ToLower(about)
	for word := range strings.FieldsSeq(strings.ToLower(search)) {
		if !strings.Contains(about, word) {
			return false
		}
	}
	return true
}

// Visit is a request for a dataset's page, or a part of it.
type Visit struct {
	Place
	Dataset *datasets.Dataset
	Info    *engine.TableInfo // nil if there are no rows
	Trouble string            // what is wrong, in words that readers may see; "" if nothing is
	Query   string            // of the URL
	// Versions are those that queries can name; none where they are not known.
	Versions engine.Versions
}

// Tidy returns the query of the page's URL as it should be, and whether it is so
// already. Forms send fields that are empty, which belong in no link.
func (v Visit) Tidy() (query string, tidy bool) {
	s, tidy := parseState(v.Dataset, "", v.Query)
	return s.query(), tidy
}

func (s *Site) builder(v Visit) *builder {
	state, _ := parseState(v.Dataset, v.Base+"/"+v.Dataset.Name, v.Query)
	b := &builder{asker: asker{s.engine, state.without("view[part]"), &atomic.Bool{}}, texts: s.texts, base: v.Base, origin: v.Origin, info: engine.TableInfo{Rows: -1}}
	if b.loaded = v.Info != nil; b.loaded {
		b.info = *v.Info
	}
	b.versions = v.Versions
	b.aboutShown(v)
	return b
}

// PartTag returns the tag that parts of a page have now, without making them; "" where the
// rows have no version.
func (s *Site) PartTag(ctx context.Context, v Visit) string {
	b := s.builder(v)
	q, err := b.query("range", nil)
	if err != nil {
		return ""
	}
	tag, err := s.engine.Tag(ctx, q, partFormat, "")
	if err != nil || tag == "" {
		return ""
	}
	return tag + "." + fingerprint(strings.Join([]string{s.parts, v.Origin, v.Base, v.Query}, "\n"))
}

// Part writes parts of a dataset's page, one behind another: rows, filters, chart or take,
// as each view[part] says; rows where there is none. They are made at the same time. It
// returns whether they are whole: whether nothing in them failed for a reason that passes,
// such as a lack of time.
func (s *Site) Part(ctx context.Context, w io.Writer, v Visit) (whole bool, err error) {
	named, _ := parseState(v.Dataset, "", v.Query)
	b := s.builder(v)
	known := map[string]func(w io.Writer) error{
		"rows":    func(w io.Writer) error { return s.rowsPart(w, b, b.table(ctx)) },
		"filters": func(w io.Writer) error { return s.filtersPart(ctx, w, b) },
		"chart":   func(w io.Writer) error { return s.chartPart(w, b, b.chart(ctx)) },
		"take":    func(w io.Writer) error { return s.takePart(ctx, w, b) },
	}
	asked := slices.DeleteFunc(named.all("view[part]"), func(name string) bool { return known[name] == nil })
	if len(asked) == 0 {
		asked = []string{"rows"}
	}
	parts, errs := make([]bytes.Buffer, len(asked)), make([]error, len(asked))
	together(len(asked), func(i int) { errs[i] = known[asked[i]](&parts[i]) })
	for i := range parts {
		if errs[i] != nil {
			return false, errs[i]
		}
		if _, err := parts[i].WriteTo(w); err != nil {
			return false, err
		}
	}
	return !b.failed.Load(), nil
}
