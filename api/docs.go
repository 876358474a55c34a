package api

import (
	_ "embed"
	"io/fs"
	"net/http"
	"sync"

	"github.com/swaggest/swgui"
	"github.com/swaggest/swgui/v5/static"
	"github.com/swaggest/swgui/v5emb"

	"herbarium/datasets"
	"herbarium/schemas"
)

// docsPath is the first segment of the paths of the interactive page.
const docsPath = "docs"

// docsPolicy is the page's Content-Security-Policy: the browser contacts no other
// host, and no other page may frame this one. Swagger UI has a script, styles and
// images within the page.
const docsPolicy = "default-src 'none'; connect-src 'self'; img-src 'self' data:; script-src 'self' 'unsafe-inline'; " +
	"style-src 'self' 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// docsPlugin is the script of a plugin of Swagger UI.
//
//go:embed docs_plugin.js
var docsPlugin string

// docs caches the interactive page of one snapshot, by the prefix that the client
// sees.
type docs struct {
	mu    sync.Mutex
	pages map[string]http.Handler
}

// of returns the handler of the snapshot's page and its files.
func (d *docs) of(snapshot *datasets.Snapshot, base string) http.Handler {
	d.mu.Lock()
	defer d.mu.Unlock()
	page, ok := d.pages[base]
	if ok {
		return page
	}
	if d.pages == nil || len(d.pages) == maxPrefixes {
		d.pages = map[string]http.Handler{}
	}
	page = newDocs(base, snapshot.Names())
	d.pages[base] = page
	return page
}

// newDocs returns the handler of the interactive page and its files, all of which
// are embedded. The page lets one choose among the document of all datasets and
// that of each.
func newDocs(base string, names []string) http.Handler {
	whole := base + "/" + openapiPath + ".json"
	documents := []schemas.Ordered{{{Key: "url", Value: whole}, {Key: "name", Value: "all datasets"}}}
	for _, name := range names {
		documents = append(documents, schemas.Ordered{{Key: "url", Value: base + "/" + openapiPath + "/" + name + ".json"}, {Key: "name", Value: name}})
	}
	urls, _ := schemas.AppendJSON(nil, documents) // they are strings
	return v5emb.NewHandlerWithConfig(swgui.Config{
		Title:       "Herbarium",
		ShowTopBar:  true, // in which one chooses a document
		SwaggerJSON: whole,
		BasePath:    base + "/" + docsPath,
		SettingsUI: map[string]string{
			"displayRequestDuration": "true",
			"filter":                 "true",
			"urls":                   string(urls),
			"plugins":                "[SwaggerUIBundle.plugins.DownloadUrl, " + docsPlugin + "]",
		},
	})
}

// docsPage answers /docs.
func (s *Server) docsPage(x *exchange) error {
	h := x.Header()
	h["Cache-Control"] = x.revalidated()
	protectPage(h, docsPolicy)
	var w http.ResponseWriter = x
	if x.request.Method == http.MethodHead {
		w = withoutBody{x}
	}
	s.preparedOf(x.snapshot).docs.of(x.snapshot, x.base).ServeHTTP(w, x.seen())
	return nil
}

// withoutBody is a writer of an answer to HEAD. Over HTTP/2, net/http refuses to write a
// body to one, and the handler would take that for a failure.
type withoutBody struct{ http.ResponseWriter }

func (withoutBody) Write(b []byte) (int, error) { return len(b), nil }

// docsFile answers /docs/{file}. Some files are embedded compressed.
func (s *Server) docsFile(x *exchange) error {
	name := x.match.Vars["file"]
	for _, embedded := range []string{name, name + ".gz"} {
		if info, err := fs.Stat(static.FS, embedded); err == nil && !info.IsDir() {
			x.Header()["Cache-Control"] = noCache
			return s.sendDocsFile(x)
		}
	}
	return s.notFound(x)
}

// sendDocsFile answers with an embedded file, with a quoted ETag. The handler
// compares If-None-Match with the tag without quotes.
func (s *Server) sendDocsFile(x *exchange) error {
	docs := s.preparedOf(x.snapshot).docs.of(x.snapshot, x.base)
	probe := x.seen()
	probe.Method = http.MethodHead
	head := headerOnly{}
	docs.ServeHTTP(head, probe)
	w := quotedTag{x}
	if tag := head.Header().Get("ETag"); tag != "" && matches(x.request.Header["If-None-Match"], `"`+tag+`"`) {
		x.Header().Set("ETag", tag)
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	docs.ServeHTTP(w, x.seen())
	w.quote() // of HEAD
	return nil
}

// headerOnly is a writer of which only the header counts.
type headerOnly http.Header

func (h headerOnly) Header() http.Header         { return http.Header(h) }
func (h headerOnly) Write(b []byte) (int, error) { return len(b), nil }
func (h headerOnly) WriteHeader(int)             {}

// favicon answers /favicon.ico, for which browsers ask unbidden: there is none,
// and they need not ask again for a month.
func (s *Server) favicon(x *exchange) error {
	x.Header()["Cache-Control"] = []string{"public, max-age=2592000"}
	x.WriteHeader(http.StatusNoContent)
	return nil
}

// quotedTag is a writer that quotes the ETag, which the handler of the embedded
// files writes as it is.
type quotedTag struct{ http.ResponseWriter }

func (w quotedTag) WriteHeader(status int) {
	w.quote()
	w.ResponseWriter.WriteHeader(status)
}

func (w quotedTag) Write(b []byte) (int, error) {
	w.quote()
	return w.ResponseWriter.Write(b)
}

// quote quotes the tag unless it is quoted.
func (w quotedTag) quote() {
	if tag := w.Header().Get("ETag"); tag != "" && tag[0] != '"' {
		w.Header().Set("ETag", `"`+tag+`"`)
	}
}

// linkToDocs names the interactive page and its document in Link.
func (s *Server) linkToDocs(x *exchange) {
	h := x.Header()
	h.Add("Vary", "Accept")
	h["Link"] = []string{"<" + x.base + "/" + openapiPath + `.json>; rel="service-desc", <` + x.base + "/" + docsPath + `>; rel="service-doc"`}
}
