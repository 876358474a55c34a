package api

import (
	"io/fs"
	"net/http"

	"github.com/swaggest/swgui"
	"github.com/swaggest/swgui/v5/static"
	"github.com/swaggest/swgui/v5emb"
)

// docsPath is the first segment of the paths of the interactive page.
const docsPath = "docs"

// docsPolicy is the page's Content-Security-Policy: the browser contacts no other
// host, and no other page may frame this one. Swagger UI has a script, styles and
// images within the page.
const docsPolicy = "default-src 'none'; connect-src 'self'; img-src 'self' data:; script-src 'self' 'unsafe-inline'; " +
	"style-src 'self' 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// newDocs returns the handler of the interactive page and its files, all of which
// are embedded.
func newDocs(base string) http.Handler {
	return v5emb.NewHandlerWithConfig(swgui.Config{
		Title:       "Herbarium",
		SwaggerJSON: base + "/" + openapiPath + ".json",
		BasePath:    base + "/" + docsPath,
		SettingsUI:  map[string]string{"displayRequestDuration": "true", "filter": "true"},
	})
}

// docsPage answers /docs.
func (s *Server) docsPage(x *exchange) error {
	h := x.Header()
	h["Cache-Control"] = noCache
	h["Content-Security-Policy"] = []string{docsPolicy}
	s.docs.ServeHTTP(x, x.request)
	return nil
}

// docsFile answers /docs/{file}. Some files are embedded compressed.
func (s *Server) docsFile(x *exchange) error {
	name := x.match.Vars["file"]
	for _, embedded := range []string{name, name + ".gz"} {
		if info, err := fs.Stat(static.FS, embedded); err == nil && !info.IsDir() {
			x.Header()["Cache-Control"] = noCache
			s.docs.ServeHTTP(x, x.request)
			return nil
		}
	}
	return s.notFound(x)
}

// redirectToDocs redirects clients that prefer HTML to JSON to the interactive
// page, and reports whether it did.
func (s *Server) redirectToDocs(x *exchange) bool {
	accept, h := x.request.Header["Accept"], x.Header()
	base := s.options.BasePath
	h.Add("Vary", "Accept")
	h["Link"] = []string{"<" + base + "/" + openapiPath + `.json>; rel="service-desc", <` + base + "/" + docsPath + `>; rel="service-doc"`}
	if len(accept) == 0 || quality(accept, "text/html") <= quality(accept, jsonType[0]) {
		return false
	}
	h["Cache-Control"] = noStore
	h["Location"] = []string{base + "/" + docsPath}
	x.WriteHeader(http.StatusSeeOther)
	return true
}
