package api

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestCORS(t *testing.T) {
	const exposes = "Accept-Query, Accept-Ranges, Age, Content-Disposition, Content-Range, ETag, Last-Modified, Link, Preference-Applied, Retry-After, X-Next-After, X-Request-Id, X-Total-Count"
	allowed := func(origin string, more ...string) http.Header {
		h := http.Header{"Access-Control-Allow-Origin": {origin}, "Access-Control-Expose-Headers": {exposes}}
		for i := 0; i < len(more); i += 2 {
			h.Set(more[i], more[i+1])
		}
		return h
	}
	preflight := []string{"Access-Control-Request-Method: POST", "Access-Control-Request-Headers: content-type"}
	permits := []string{"Access-Control-Allow-Methods", "GET, HEAD, POST, QUERY, OPTIONS",
		"Access-Control-Allow-Headers", "Content-Type, If-Match, If-Modified-Since, If-None-Match, If-Range, If-Unmodified-Since, Prefer, Range, X-Request-Id", "Access-Control-Max-Age", "86400"}
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
		{"a preflight of a misspelled path", []string{"https://a.example"}, "OPTIONS", "/rosks/range", append(preflight, "Origin: https://a.example"),
			allowed("https://a.example", append(permits, "Vary", "Origin")...)},
		{"a preflight of a path without POST", []string{"https://a.example"}, "OPTIONS", "/docs", append(preflight, "Origin: https://a.example"),
			allowed("https://a.example", append(permits, "Vary", "Origin")...)},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := newServer(t, &fakeStore{}, Options{CORS: CORS{Origins: c.origins}})
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

func TestOriginsAreComparedAsOrigins(t *testing.T) {
	for _, c := range []struct {
		configured, asked string
		want              bool
	}{
		{"https://Example.ORG/", "https://example.org", true},
		{"https://example.org:443", "https://example.org", true},
		{"http://example.org", "http://example.org:80", true},
		{"http://example.org:443", "http://example.org", false},
		{"https://example.org", "http://example.org", false},
		{"https://example.org", "https://a.example.org", false},
		{"https://example.org", "https://example.org.evil.example", false},
		{"https://*.example.org", "https://a.example.org", true},
		{"https://*.example.org", "https://a.b.example.org:443", true},
		{"https://*.example.org", "https://example.org", false},
		{"https://*.example.org", "https://evilexample.org", false},
		{"https://*.example.org:8443", "https://a.example.org", false},
		{"http://localhost:3000", "http://localhost:3000", true},
		{"http://[::1]:3000", "http://[::1]:3000", true},
		{"https://example.org", "null", false},
		{"https://example.org", "", false},
	} {
		if err := (CORS{Origins: []string{c.configured}}).Validate(); err != nil {
			t.Errorf("%s: %v", c.configured, err)
		}
		if got := newCORS(CORS{Origins: []string{c.configured}}, false).allows(c.asked); got != c.want {
			t.Errorf("%s allows %s: %v", c.configured, c.asked, got)
		}
	}
}

func TestWhatIsNoOriginIsRefused(t *testing.T) {
	for _, text := range []string{"", "example.org", "https://", "https://*", "https://*example.org", "https://a.*.org", "https://*.*.org",
		"https://example.org/path", "https://user@example.org", "https://example.org:", "https://example.org:x", "null", "https://exa mple.org"} {
		if err := (CORS{Origins: []string{text}}).Validate(); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
	for _, c := range []CORS{{Origins: []string{"*"}, Credentials: true}, {Headers: []string{"a b"}}, {Headers: []string{"*"}}} {
		if err := c.Validate(); err == nil {
			t.Errorf("%v is taken", c)
		}
	}
}

func TestAPreflightSaysWhatTheOptionsAllow(t *testing.T) {
	s := newServer(t, &fakeStore{}, Options{CORS: CORS{Origins: []string{"https://a.example"}, Headers: []string{"Authorization"}, Credentials: true,
		MaxAge: time.Minute, PrivateNetwork: true}})
	r := call(s, "OPTIONS", "/rocks/range", "", "Origin: https://a.example", "Access-Control-Request-Method: QUERY", "Access-Control-Request-Private-Network: true")
	for name, want := range map[string]string{
		"Access-Control-Allow-Headers":         "Content-Type, If-Match, If-Modified-Since, If-None-Match, If-Range, If-Unmodified-Since, Prefer, Range, X-Request-Id, Authorization",
		"Access-Control-Allow-Credentials":     "true",
		"Access-Control-Max-Age":               "60",
		"Access-Control-Allow-Private-Network": "true",
	} {
		if got := r.Header.Get(name); got != want || r.StatusCode != 204 {
			t.Errorf("%d, %s: %s", r.StatusCode, name, got)
		}
	}
	if r := call(s, "GET", "/rocks/range", "", "Origin: https://a.example"); r.Header.Get("Access-Control-Allow-Credentials") != "true" {
		t.Errorf("header %v", r.Header)
	}
}
