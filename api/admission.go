package api

import (
	"context"
	"net/http"

	"herbarium/api/auth"
	"herbarium/datasets"
)

// A server with a guard finds out who asks before it looks at anything else of a
// request. From then on, the request has a snapshot of datasets of its own, made of
// what its caller may see, and everything takes datasets from there: routes,
// descriptions, suggestions, pages and documents.

// nothing is what those see who are not let in.
var nothing = datasets.NewSnapshot()

// viewKey is the key of the caller's snapshot in the context of a request.
type viewKey struct{}

// admit finds out who asks, and what that caller sees.
func (x *exchange) admit() {
	s, guard := x.server, x.server.options.Auth
	x.snapshot = s.registry.Current()
	if guard == nil {
		return
	}
	clean, misplaced := auth.InURL(x.request.URL)
	caller, view, err := guard.Admit(x.request, x.snapshot)
	x.caller, x.denied = caller, err
	if err == nil && caller.Nobody() {
		x.denied = withoutScope(caller)
	}
	if misplaced {
		x.denied = auth.MisplacedCredential()
	}
	x.snapshot = nothing
	if x.denied == nil {
		x.snapshot, x.full = view.Snapshot, view.Full
	}
	x.request = x.request.WithContext(context.WithValue(x.request.Context(), viewKey{}, x.snapshot))
	x.request.URL = clean
}

// withoutScope is the problem of a caller who may not ask for anything: 401 for one
// without credentials, who may have some, else 403.
func withoutScope(c *auth.Caller) error {
	if c.Kind != auth.Anonymous {
		return auth.Forbidden("the caller is known, but none of the scopes that it was granted is one of this server", "")
	}
	return auth.Needed("this server answers only callers with a key or a token that it knows; send it as Authorization: Bearer, or a key as X-API-Key")
}

// forOperators is the problem of a caller who asks for what only those see who run the
// server.
func forOperators(c *auth.Caller) error {
	if c != nil && c.Kind != auth.Anonymous {
		return auth.Forbidden("this needs the scope *, of those who run the server", "*")
	}
	return auth.Needed("this needs a key or a token with the scope *, of those who run the server")
}

// deny answers a request of a caller who is not let in. It is the same for all paths,
// and comes before any condition of the request is looked at.
func (s *Server) deny(x *exchange) error {
	if prefersHTML(x.request) && (x.request.Method == http.MethodGet || x.request.Method == http.MethodHead) {
		return s.problemPage(x, x.denied)
	}
	return x.denied
}

// isOpen reports whether a handler answers whoever asks: it says nothing that depends
// on the caller, or itself leaves out what the caller does not see.
func isOpen(h http.Handler) bool {
	e, ok := h.(endpoint)
	return ok && (e.always || e.open) && !e.operators
}

// withheld is the problem of an operation that there is, but is not in the caller's
// scope.
func (x *exchange) withheld(ds *datasets.Dataset, path string) error {
	scope := ds.Name + ":" + path
	if x.caller == nil || x.caller.Kind == auth.Anonymous {
		return auth.Needed("the operation " + path + " of " + ds.Name + " needs a key or a token with the scope " + scope)
	}
	return auth.Forbidden("the operation "+path+" of "+ds.Name+" needs the scope "+scope, scope)
}

// seenBy returns the snapshot of whoever sent a request.
func (s *Server) seenBy(r *http.Request) *datasets.Snapshot {
	if s.options.Auth != nil {
		if snapshot, ok := r.Context().Value(viewKey{}).(*datasets.Snapshot); ok {
			return snapshot
		}
		return nothing
	}
	return s.registry.Current()
}

// privately is the Cache-Control of an answer that only its caller may keep.
var privately = []string{"private, no-cache"}

// revalidated is the Cache-Control of an answer that may be kept, but must be asked
// for again: by a shared cache only if nobody had to say who they are.
func (x *exchange) revalidated() []string {
	if x.caller != nil && x.caller.Kind != auth.Anonymous {
		return privately
	}
	return noCache
}

// callerHeaders are the headers of a request that say who asks.
const callerHeaders = "Authorization, X-API-Key"
