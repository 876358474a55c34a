package api

import (
	"net/http"
	"slices"
)

// cors lets pages of other origins read answers (the Fetch standard's CORS
// protocol).
type cors struct {
	any     bool
	origins []string
}

// exposed lists the headers that a page's script may read.
const exposed = "Accept-Query, Accept-Ranges, Content-Disposition, Content-Range, ETag, Link, Preference-Applied, Retry-After, X-Next-After, X-Request-Id, X-Total-Count"

// newCORS returns nil where no origin is allowed.
func newCORS(origins []string) *cors {
	if len(origins) == 0 {
		return nil
	}
	return &cors{any: slices.Contains(origins, "*"), origins: origins}
}

// allow adds the headers for the request's origin. Vary is set for every origin,
// so that no cache gives one origin's answer to another.
func (c *cors) allow(h http.Header, r *http.Request) {
	origin := r.Header.Get("Origin")
	if c.any {
		origin = "*"
	} else {
		h["Vary"] = []string{"Origin"}
		if !slices.Contains(c.origins, origin) {
			return
		}
	}
	h["Access-Control-Allow-Origin"] = []string{origin}
	h["Access-Control-Expose-Headers"] = []string{exposed}
}

// preflight answers a browser's preflight request; methods are those that the
// path allows.
func (c *cors) preflight(h http.Header, r *http.Request, methods string) {
	if c == nil || r.Header.Get("Access-Control-Request-Method") == "" || h["Access-Control-Allow-Origin"] == nil {
		return
	}
	h["Access-Control-Allow-Methods"] = []string{methods}
	h["Access-Control-Allow-Headers"] = []string{"Content-Type, If-Match, If-None-Match, If-Range, Prefer, Range, X-Request-Id"}
	h["Access-Control-Max-Age"] = []string{"86400"}
}
