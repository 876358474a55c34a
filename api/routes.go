package api

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"herbarium/api/problem"
	"herbarium/datasets"
	"herbarium/engine/fault"
	"herbarium/schemas"
)

// datasetsPath is the first segment of the paths that describe datasets.
const datasetsPath = "datasets"

// routes returns the router. One route serves every operation of every dataset,
// so its cost does not depend on the number of datasets, and a change of the
// registry needs no new router. It comes first, since it is the only one without
// a regular expression.
func (s *Server) routes() *mux.Router {
	r := mux.NewRouter().SkipClean(true)
	r.MatcherFunc(s.matchOperation)
	r.MatcherFunc(isPreface).Handler(endpoint{serve: prefaceRefused, open: true})
	reads := []string{http.MethodGet, http.MethodHead}
	get := func(path string, e endpoint) {
		e.methods = reads
		r.Path(path + "/").Handler(e)
		if path != "" {
			r.Path(path).Handler(e)
		}
	}
	get("", endpoint{serve: s.index})
	get(healthPath, endpoint{serve: s.health, always: true})
	get(readyPath, endpoint{serve: s.ready, always: true})
	if !s.options.Admin {
		s.watchRoutes(get)
	}
	get("/favicon.ico", endpoint{serve: s.favicon, open: true})
	get("/"+datasetsPath, endpoint{serve: s.describeAll})
	get("/"+datasetsPath+"/{dataset}", endpoint{serve: s.describe})
	get("/"+datasetsPath+"/{dataset}/schema", endpoint{serve: s.schema})
	get("/"+datasetsPath+"/{dataset}/"+versionsPath, endpoint{serve: s.versions})
	get("/"+openapiPath+".json", endpoint{serve: s.wholeDocument})
	get("/"+openapiPath+"/{dataset}.json", endpoint{serve: s.datasetDocument})
	get("/"+docsPath, endpoint{serve: s.docsPage})
	get("/"+docsPath+"/{file}", endpoint{serve: s.docsFile, open: true})
	for _, path := range []string{"/" + mcpPath, "/" + mcpPath + "/"} {
		r.Path(path).Handler(endpoint{serve: s.serveMCP, methods: []string{http.MethodPost}, reads: true})
	}
	s.pageRoutes(r)
	r.NotFoundHandler = endpoint{serve: s.notFound}
	return r
}

// endpoint is a handler with the methods that it accepts; nil accepts all.
type endpoint struct {
	methods []string
	serve   func(*exchange) error
	always  bool // answers even if too many requests are in flight, and whoever asks
	open    bool // answers whoever asks
	// operators says that only callers with full scope are answered, where the server asks
	// who they are.
	operators bool
	reads     bool // it reads the request's body, and calls awaitTurn afterwards
}

// ServeHTTP checks the method and serves; w is an exchange.
func (e endpoint) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	x := w.(*exchange)
	if err := e.answer(x); err != nil {
		x.fail(err)
	}
}

func (e endpoint) answer(x *exchange) error {
	if x.server.cors.preflight(x) {
		return nil
	}
	if x.request.Method == http.MethodOptions && x.request.URL.Path == "*" {
		x.Header()["Allow"] = allMethods
		x.WriteHeader(http.StatusNoContent)
		return nil
	}
	if e.operators && x.server.options.Auth != nil && !x.full {
		return forOperators(x.caller)
	}
	if e.methods == nil || slices.Contains(e.methods, x.request.Method) {
		if !e.always && (!e.reads || x.request.ContentLength == 0) {
			if err := x.awaitTurn(); err != nil {
				return err
			}
		}
		return e.serve(x)
	}
	allow := strings.Join(append(slices.Clone(e.methods), http.MethodOptions), ", ")
	if x.request.Method != http.MethodOptions {
		return &problem.Error{Code: problem.MethodNotAllowed, Allow: allow,
			Detail: caseHint(x.request.Method, e.methods) + "use " + strings.Join(e.methods, " or ") + " here, not " + schemas.Quote(x.request.Method)}
	}
	x.Header()["Allow"] = []string{allow}
	x.WriteHeader(http.StatusNoContent)
	return nil
}

// caseHint says that a method is an allowed one in other letters, or nothing.
func caseHint(sent string, methods []string) string {
	for _, m := range methods {
		if m != sent && strings.EqualFold(m, sent) {
			return "methods are case-sensitive: " + m + "; "
		}
	}
	return ""
}

// matchOperation matches the path of a dataset's operation, with or without a
// trailing slash, and takes its handler from the registry.
func (s *Server) matchOperation(r *http.Request, match *mux.RouteMatch) bool {
	name, path := split(r.URL)
	if name == datasetsPath {
		return false
	}
	ds, ok := s.seenBy(r).Dataset(name)
	if !ok {
		return false
	}
	op, ok := ds.Operation(path)
	if !ok {
		return false
	}
	match.Handler = operation{s, ds, op}
	return true
}

// isPreface reports whether the request is what a connection of HTTP/2 begins with (RFC 9113,
// 3.4). It comes here where the server speaks HTTP/1.1 alone.
func isPreface(r *http.Request, _ *mux.RouteMatch) bool {
	return r.Method == "PRI" && r.RequestURI == "*" && r.ProtoMajor == 2
}

// prefaceRefused answers the preface of HTTP/2.
func prefaceRefused(*exchange) error {
	return &problem.Error{Code: problem.UnknownVersion, CloseConnection: true,
		Detail: "HTTP/2 without TLS is off here; use HTTP/1.1, or start the server with --h2c"}
}

// split splits a path below the base path into its first segment and the rest,
// without a trailing slash. No name contains an escaped slash.
func split(u *url.URL) (first, rest string) {
	if u.RawPath != "" && strings.Contains(strings.ToUpper(u.RawPath), "%2F") {
		return strings.TrimPrefix(u.RawPath, "/"), ""
	}
	first, after, _ := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/")
	return first, strings.TrimSuffix(after, "/")
}

// notFound answers that there is no such path, with suggestions.
func (s *Server) notFound(x *exchange) error {
	if x.request.Method == http.MethodConnect {
		return &problem.Error{Code: problem.MethodNotAllowed, Allow: allMethods[0], Detail: "this server is no proxy"}
	}
	name, op := split(x.routed.URL)
	if name == datasetsPath {
		return &problem.Error{Code: problem.UnknownDataset, Detail: "below " + x.base + "/" + datasetsPath + "/ there are only NAME, NAME/schema and NAME/versions, where NAME is a dataset"}
	}
	ds, ok := x.snapshot.Dataset(name)
	if !ok {
		err := s.unknownDataset(x, name)
		if op == "" && prefersHTML(x.request) && (x.request.Method == http.MethodGet || x.request.Method == http.MethodHead) {
			return s.problemPage(x, err)
		}
		return err
	}
	return unknownOperation(x, ds, op)
}

// unknownOperation returns the problem that the dataset has no operation of that
// path, or that it has one which the caller may not ask for.
func unknownOperation(x *exchange, ds *datasets.Dataset, path string) error {
	if ds.Withholds(path) {
		return x.withheld(ds, path)
	}
	offered := ds.OperationNames()
	return &problem.Error{Code: problem.UnknownOperation, Detail: "the dataset " + ds.Name + " has no operation " + schemas.Quote(path) +
		suggestion(path, offered, paths(x.base, ds.Name, offered))}
}

// unknownDataset returns the problem that there is no dataset with the name.
func (s *Server) unknownDataset(x *exchange, name string) error {
	snapshot := x.snapshot
	for _, b := range snapshot.Broken() {
		if b.Name == name {
			return &problem.Error{Code: problem.UnknownDataset, Detail: "the descriptor of " + schemas.Quote(name) + " is wrong; " +
				x.base + "/" + datasetsPath + " says how"}
		}
	}
	names := snapshot.Names()
	return &problem.Error{Code: problem.UnknownDataset, Detail: "there is no dataset " + schemas.Quote(name) +
		suggestion(name, append(slices.Clone(names), datasetsPath), schemas.List(names))}
}

// brokenRetryAfter is the Retry-After for data that somebody has to fix.
const brokenRetryAfter = time.Minute

// explainMissing replaces the error that rows are not loaded if the reason is that
// they are wrong, since waiting does not help then. It completes a command that loads them.
func (s *Server) explainMissing(x *exchange, name string, err error) error {
	missing := fault.CodeOf(err) == fault.NotLoaded
	if !missing && fault.CodeOf(err) != fault.Gone {
		return err
	}
	for _, b := range x.snapshot.Broken() {
		if b.Name == name && missing {
			return &problem.Error{Code: problem.NotLoaded, RetryAfter: brokenRetryAfter, Cause: err, Detail: "the data of " + schemas.Quote(name) +
				" could not be loaded; " + x.base + "/" + datasetsPath + " says why"}
		}
	}
	var known *fault.Error
	if errors.As(err, &known) && strings.HasSuffix(known.Detail, fault.LoadCall(name)) {
		// Which store it is, is not for every client to know.
		completed := *known
		completed.Detail += " --store STORE"
		return &completed
	}
	return err
}

// suggestion names the word of allowed that was likely meant, and what there is.
func suggestion(name string, allowed []string, there string) string {
	return schemas.DidYouMean(name, allowed) + "; available: " + there
}

func paths(base, name string, operations []string) string {
	all := make([]string, len(operations))
	for i, o := range operations {
		all[i] = base + "/" + name + "/" + o
	}
	return schemas.List(all)
}
