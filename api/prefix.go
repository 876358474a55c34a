package api

import (
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/gorilla/mux"
)

// forwardedPrefix is the header in which a proxy names the prefix that it took off
// the path.
const forwardedPrefix = "X-Forwarded-Prefix"

// prefixPath has no segment of dots alone, which clients would resolve.
var prefixPath = regexp.MustCompile(`^(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*$`)

// maxPrefix is the maximum length of a prefix that a proxy names.
const maxPrefix = 256

// maxPrefixes is for how many prefixes pages and documents are kept. A server
// usually has one.
const maxPrefixes = 16

// route finds the handler of a request, the path below the prefix, and the prefix
// that the client sees. Some proxies take the base path off and some do not, so a
// path is looked up without it and, if there is nothing, as it is.
//
// Only the router's Match is used: its ServeHTTP would copy the request twice, for
// variables that few routes have.
func (x *exchange) route() {
	s, r := x.server, x.request
	base := s.options.BasePath
	x.routed, x.base = r, base
	below := base != "" && (r.URL.Path == base || strings.HasPrefix(r.URL.Path, base+"/"))
	if below {
		x.routed = withoutPrefix(r, base)
	}
	s.router.Match(x.routed, &x.match)
	if below && x.match.MatchErr != nil {
		// The first segment of a path without the base path may look like it.
		var match mux.RouteMatch
		if s.router.Match(r, &match); match.MatchErr == nil {
			x.routed, x.match, below = r, match, false
		}
	}
	if prefix, ok := s.forwardedPrefix(r); ok {
		if below && !strings.HasSuffix(prefix, base) {
			prefix += base
		}
		x.base = prefix
	}
}

// withoutPrefix returns the request without the prefix of its path.
func withoutPrefix(r *http.Request, prefix string) *http.Request {
	u := *r.URL
	u.Path = strings.TrimPrefix(u.Path, prefix)
	u.RawPath = strings.TrimPrefix(u.RawPath, prefix)
	if u.Path == "" {
		u.Path, u.RawPath = "/", ""
	}
	below := *r
	below.URL = &u
	return &below
}

// seen returns the request with the path that the client sees, and without
// If-None-Match.
func (x *exchange) seen() *http.Request {
	r := x.request.Clone(x.request.Context())
	r.URL = &url.URL{Path: x.base + x.routed.URL.Path}
	r.Header.Del("If-None-Match")
	return r
}

// forwardedPrefix returns the prefix that a trusted proxy names. Of several values
// the server cannot know which one the proxy wrote, so it takes none.
func (s *Server) forwardedPrefix(r *http.Request) (string, bool) {
	named := r.Header[forwardedPrefix]
	if len(named) != 1 || len(named[0]) > maxPrefix || !s.trusts(r) {
		return "", false
	}
	prefix := strings.TrimRight(named[0], "/")
	return prefix, prefixPath.MatchString(prefix)
}

// trusts reports whether the request comes from a trusted proxy.
func (s *Server) trusts(r *http.Request) bool {
	if local, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok && local.Network() == "unix" {
		return s.options.TrustUnixSocket
	}
	peer := addrOf(r.RemoteAddr)
	return peer.IsValid() && s.trustsAddr(peer)
}
