package api

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCORS(t *testing.T) {
	const exposes = "Accept-Query, Accept-Ranges, Content-Disposition, Content-Range, ETag, Link, Preference-Applied, Retry-After, X-Next-After, X-Request-Id, X-Total-Count"
	allowed := func(origin string, more ...string) http.Header {
		h := http.Header{"Access-Control-Allow-Origin": {origin}, "Access-Control-Expose-Headers": {exposes}}
		for i := 0; i < len(more); i += 2 {
			h.Set(more[i], more[i+1])
		}
		return h
	}
	preflight := []string{"Access-Control-Request-Method: POST", "Access-Control-Request-Headers: content-type"}
	permits := []string{"Access-Control-Allow-Methods", "GET, HEAD, POST, QUERY, OPTIONS",
		"Access-Control-Allow-Headers", "Content-Type, If-Match, If-None-Match, If-Range, Prefer, Range, X-Request-Id", "Access-Control-Max-Age", "86400"}
	cases := []struct {
		name    string
		origins []string
		method  string
		path    string
		header  []string
		want    http.Header // of the CORS protocol, and Vary
	}{
		{"off", nil, "POST", "/rocks/range", []string{"Origin: https://a.example"}, http.Header{"Vary": {"Accept, Accept-Encoding, Prefer"}}},
		{"off, preflight", nil, "OPTIONS", "/rocks/range", append(preflight, "Origin: https://a.example"), http.Header{}},
		{"an allowed origin", []string{"https://a.example"}, "POST", "/rocks/range", []string{"Origin: https://a.example"},
			allowed("https://a.example", "Vary", "Accept, Accept-Encoding, Prefer, Origin")},
		{"another origin", []string{"https://a.example"}, "POST", "/rocks/range", []string{"Origin: https://a.example.org"},
			http.Header{"Vary": {"Accept, Accept-Encoding, Prefer, Origin"}}},
		{"no origin", []string{"https://a.example"}, "POST", "/rocks/range", nil, http.Header{"Vary": {"Accept, Accept-Encoding, Prefer, Origin"}}},
		{"a problem", []string{"https://a.example"}, "POST", "/rosks/range", []string{"Origin: https://a.example"}, allowed("https://a.example", "Vary", "Origin")},
		{"any origin", []string{"*"}, "POST", "/rocks/range", []string{"Origin: https://b.example"}, allowed("*", "Vary", "Accept, Accept-Encoding, Prefer")},
		{"a preflight", []string{"https://a.example"}, "OPTIONS", "/rocks/range", append(preflight, "Origin: https://a.example"),
			allowed("https://a.example", append(permits, "Vary", "Origin")...)},
		{"a preflight of another origin", []string{"https://a.example"}, "OPTIONS", "/rocks/range", append(preflight, "Origin: https://b.example"), http.Header{"Vary": {"Origin"}}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := newServer(t, &fakeStore{}, Options{CORS: c.origins})
			got := call(s, c.method, c.path, "", c.header...).Header
			for _, name := range []string{"X-Request-Id", "X-Content-Type-Options", "Content-Type", "Content-Length", "Cache-Control", "Allow", "Accept-Query", "Accept-Ranges", "Content-Disposition", "X-Total-Count"} {
				got.Del(name)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
