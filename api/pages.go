package api

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"slices"

	"github.com/gorilla/mux"

	"herbarium/api/page"
	"herbarium/api/problem"
	"herbarium/api/status"
	"herbarium/engine"
)

// The paths of what pages are made of, below that of their dataset.
const (
	explorePath     = "explore"
	picturePath     = "chart.svg"
	croissantPath   = "croissant.json"
	dataPackagePath = "datapackage.json"
)

// maxPageQuery is the longest query of a page's URL, in bytes.
const maxPageQuery = 16 << 10

// The values of headers of pages.
var (
	htmlType    = []string{"text/html; charset=utf-8"}
	pictureType = []string{"image/svg+xml"}
	scriptType  = []string{"text/javascript; charset=utf-8"}
	sitemapType = []string{"application/xml"}
	linkedType  = []string{"application/ld+json"}
)

// prefersHTML reports whether the client would rather have HTML than JSON, as
// browsers do.
func prefersHTML(r *http.Request) bool {
	accept := r.Header["Accept"]
	return len(accept) > 0 && quality(accept, "text/html") > quality(accept, jsonType[0])
}

// place returns where the page is, as the client sees it.
func (x *exchange) place() page.Place {
	scheme := "http"
	if x.request.TLS != nil || x.request.Header.Get("X-Forwarded-Proto") == "https" && x.server.trusts(x.request) {
		scheme = "https"
	}
	return page.Place{Base: x.base, Origin: scheme + "://" + x.request.Host}
}

// htmlHeader sets the headers of a page.
func (s *Server) htmlHeader(x *exchange, cache []string) {
	h := x.Header()
	h["Content-Type"] = htmlType
	h["Cache-Control"] = cache
	protectPage(h, s.pages.Policy)
}

// sendPage sends what write writes, in the coding that the client prefers. flush
// sends on what was written.
func (s *Server) sendPage(x *exchange, code int, write func(w io.Writer, flush func() error) error) error {
	x.Header().Add("Vary", "Accept-Encoding")
	choice, err := s.negotiateCoding(x.request.Header["Accept-Encoding"])
	if err != nil {
		return err
	}
	if choice.coding == nil {
		x.WriteHeader(code)
		if x.request.Method == http.MethodHead {
			return nil
		}
		return write(x, x.flush)
	}
	x.Header()["Content-Encoding"] = choice.coding.header
	x.WriteHeader(code)
	if x.request.Method == http.MethodHead {
		return nil
	}
	hard := slices.IndexFunc(s.pageCodings, func(c coding) bool { return c.Name == choice.coding.Name })
	coder := s.pageCodings[hard].New(x)
	err = write(coder, func() error {
		if err := coder.Flush(); err != nil {
			return err
		}
		return x.flush()
	})
	if err != nil {
		return err
	}
	return coder.Close()
}

// indexPage answers / for browsers: the list of datasets.
func (s *Server) indexPage(x *exchange) error {
	ctx, cancel := context.WithTimeout(x.request.Context(), statusTimeout)
	defer cancel()
	var entries []page.Entry
	for _, d := range status.Of(ctx, s.engine, x.snapshot, false) {
		entries = append(entries, page.Entry{Name: d.Name, Dataset: d.Dataset, Info: s.dated(ctx, d), Loaded: d.State != status.NotLoaded, Error: d.Error})
	}
	s.htmlHeader(x, x.revalidated())
	return s.sendPage(x, http.StatusOK, func(w io.Writer, _ func() error) error {
		return s.pages.Index(w, x.place(), x.request.URL.Query().Get("q"), entries)
	})
}

// dated returns what is known of a dataset's rows, with when they were published, which
// a store in memory tells with its versions.
func (s *Server) dated(ctx context.Context, d status.Dataset) *engine.TableInfo {
	if d.Info == nil || d.Info.Version == "" || !d.Info.Published.IsZero() {
		return d.Info
	}
	info := *d.Info
	versions, err := s.engine.Versions(ctx, d.Dataset)
	if err != nil {
		return &info
	}
	for _, v := range versions.Kept {
		if v.Version == info.Version {
			info.Published = v.Published
		}
	}
	return &info
}

// datasetPage answers /{dataset}: a page for browsers, the description for
// programs.
func (s *Server) datasetPage(x *exchange) error {
	x.Header().Add("Vary", "Accept")
	if !prefersHTML(x.request) {
		return s.describe(x)
	}
	v, err := s.visit(x)
	if err != nil {
		return s.problemPage(x, err)
	}
	if query, tidy := v.Tidy(); !tidy {
		target := x.base + "/" + v.Dataset.Name
		if query != "" {
			target += "?" + query
		}
		x.Header()["Cache-Control"] = noStore
		x.Header()["Location"] = []string{target}
		x.WriteHeader(http.StatusSeeOther)
		return nil
	}
	s.htmlHeader(x, x.revalidated())
	return s.sendPage(x, http.StatusOK, func(w io.Writer, flush func() error) error {
		return s.pages.Page(x.request.Context(), w, flush, v)
	})
}

// visit returns the dataset that the path names, and what is known of its rows.
func (s *Server) visit(x *exchange) (page.Visit, error) {
	name := x.match.Vars["dataset"]
	snapshot := x.snapshot
	ds, ok := snapshot.Dataset(name)
	if !ok {
		return page.Visit{}, s.unknownDataset(x, name)
	}
	if len(x.request.URL.RawQuery) > maxPageQuery {
		return page.Visit{}, &problem.Error{Code: problem.MalformedURL, Detail: "the URL's parameters are longer than a page takes"}
	}
	v := page.Visit{Place: x.place(), Dataset: ds, Query: x.request.URL.RawQuery}
	ctx, cancel := context.WithTimeout(x.request.Context(), statusTimeout)
	defer cancel()
	state := status.One(ctx, s.engine, snapshot, ds)
	v.Info, v.Trouble = state.Info, state.Error
	if v.Info != nil {
		// Without them, the page is about the current version alone.
		v.Versions, _ = s.engine.Versions(ctx, ds)
	}
	return v, nil
}

// problemPage answers a browser with what is wrong, in the words that programs
// get.
func (s *Server) problemPage(x *exchange, err error) error {
	p := problem.Of(err)
	kind := problem.KindOf(p.Code)
	if p.Code == problem.Internal || kind.Status >= http.StatusInternalServerError {
		return err
	}
	x.code = p.Code
	write := func(w io.Writer, _ func() error) error { return s.pages.Problem(w, x.place(), kind.Title, p.Detail) }
	for _, b := range x.snapshot.Broken() {
		if name, _ := split(x.routed.URL); b.Name == name && p.Code == problem.UnknownDataset {
			write = func(w io.Writer, _ func() error) error {
				return s.pages.Broken(w, x.place(), b.Name, status.BrokenText(b))
			}
		}
	}
	s.htmlHeader(x, noStore)
	x.challenge(p)
	return s.sendPage(x, kind.Status, write)
}

// explore answers /{dataset}/explore: one part of the page.
func (s *Server) explore(x *exchange) error {
	v, err := s.visit(x)
	if err != nil {
		return err
	}
	if v.Info == nil {
		return &problem.Error{Code: problem.NotLoaded, Detail: v.Trouble}
	}
	var parts bytes.Buffer
	tag := s.pages.PartTag(x.request.Context(), v)
	h := x.Header()
	if tag != "" && matches(x.request.Header["If-None-Match"], entityTag(tag, false)) {
		h["Cache-Control"] = x.revalidated()
		h["Etag"] = x.line(lineTag, entityTag(tag, true))
		x.WriteHeader(http.StatusNotModified)
		return nil
	}
	whole, err := s.pages.Part(x.request.Context(), &parts, v)
	if err != nil {
		return err
	}
	s.htmlHeader(x, x.revalidated())
	if tag != "" && whole {
		h["Etag"] = x.line(lineTag, entityTag(tag, true))
	}
	return s.sendPage(x, http.StatusOK, func(w io.Writer, _ func() error) error {
		_, err := parts.WriteTo(w)
		return err
	})
}

// picture answers /{dataset}/chart.svg: a chart as a file.
func (s *Server) picture(x *exchange) error {
	v, err := s.visit(x)
	if err != nil {
		return err
	}
	h := x.Header()
	h["Cache-Control"] = noStore
	if tag := s.pages.PictureTag(x.request.Context(), v); tag != "" {
		h["Cache-Control"] = x.revalidated()
		h["Etag"] = x.line(lineTag, entityTag(tag, true))
		if matches(x.request.Header["If-None-Match"], entityTag(tag, false)) {
			x.WriteHeader(http.StatusNotModified)
			return nil
		}
	}
	drawn, err := s.pages.Picture(x.request.Context(), v)
	if err != nil {
		return s.explainMissing(x, v.Dataset.Name, problem.Discreet(v.Dataset, err))
	}
	h["Content-Security-Policy"] = []string{page.PicturePolicy}
	h["Cross-Origin-Resource-Policy"] = anyOrigin // pages of other sites embed it
	h["Content-Type"] = pictureType
	return s.sendPage(x, http.StatusOK, func(w io.Writer, _ func() error) error {
		_, err := io.Copy(w, bytes.NewReader(drawn))
		return err
	})
}

// metadata returns the handler of a description in a form of others.
func (s *Server) metadata(contentType []string, describe func(page.Visit) ([]byte, error)) func(*exchange) error {
	return func(x *exchange) error {
		v, err := s.visit(x)
		if err != nil {
			return err
		}
		text, err := describe(v)
		if err != nil {
			return err
		}
		x.Header()["Cache-Control"] = x.revalidated()
		return x.send(http.StatusOK, contentType, text)
	}
}

// sitemap answers /sitemap.xml.
func (s *Server) sitemap(x *exchange) error {
	x.Header()["Cache-Control"] = x.revalidated()
	return x.send(http.StatusOK, sitemapType, page.Sitemap(x.place(), x.snapshot.Names()))
}

// pageScript answers /page.js, whose URL in pages names its content.
func (s *Server) pageScript(x *exchange) error {
	h := x.Header()
	h["Cache-Control"] = noCache
	if x.request.URL.Query().Get("v") == s.pages.ScriptVersion {
		h["Cache-Control"] = immutable
	}
	h["Content-Type"] = scriptType
	return s.sendPage(x, http.StatusOK, func(w io.Writer, _ func() error) error {
		_, err := w.Write(page.Script())
		return err
	})
}

// pageRoutes adds the routes of pages. They come after all others, so that no
// dataset's name takes another's path.
func (s *Server) pageRoutes(r *mux.Router) {
	reads := []string{http.MethodGet, http.MethodHead}
	r.Path("/sitemap.xml").Handler(endpoint{methods: reads, serve: s.sitemap})
	r.Path(page.ScriptPath).Handler(endpoint{methods: reads, serve: s.pageScript, open: true})
	for below, serve := range map[string]func(*exchange) error{
		"":                    s.datasetPage,
		"/" + explorePath:     s.explore,
		"/" + picturePath:     s.picture,
		"/" + croissantPath:   s.metadata(linkedType, s.pages.Croissant),
		"/" + dataPackagePath: s.metadata(jsonType, s.pages.DataPackage),
	} {
		e := endpoint{methods: reads, serve: serve}
		r.Path("/{dataset}" + below).MatcherFunc(s.matchDataset).Handler(e)
		r.Path("/{dataset}" + below + "/").MatcherFunc(s.matchDataset).Handler(e)
	}
}

// matchDataset matches the path of a dataset that there is, and what is below it.
func (s *Server) matchDataset(r *http.Request, _ *mux.RouteMatch) bool {
	name, _ := split(r.URL)
	_, ok := s.seenBy(r).Dataset(name)
	return ok
}
