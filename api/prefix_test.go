package api

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"testing"
)

func TestLinksHaveThePrefixThatTheClientSees(t *testing.T) {
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	for _, c := range []struct{ name, base, path, prefix, peer, want string }{
		{"none", "", "", "", "10.1.2.3:4", ""},
		{"a base path", "/api", "/api", "", "10.1.2.3:4", "/api"},
		{"a base path that the proxy takes off", "/api", "", "", "10.1.2.3:4", "/api"},
		{"a prefix", "", "", "/v1", "10.1.2.3:4", "/v1"},
		{"a prefix with a slash at its end", "", "", "/v1/", "10.1.2.3:4", "/v1"},
		{"a prefix, by IPv6", "", "", "/v1", "[fd00::1]:4", "/v1"},
		{"a prefix before the base path", "/api", "/api", "/v1", "10.1.2.3:4", "/v1/api"},
		{"a prefix in place of the base path", "/api", "", "/v1", "10.1.2.3:4", "/v1"},
		{"a prefix of a stranger", "/api", "/api", "/evil", "192.0.2.1:4", "/api"},
		{"what is no prefix", "/api", "/api", "//evil.example", "10.1.2.3:4", "/api"},
		{"dots", "", "", "/../x", "10.1.2.3:4", ""},
		{"what would end a link", "", "", "/a>", "10.1.2.3:4", ""},
		{"one that the base path follows already", "/api", "/api", "/v1/api", "10.1.2.3:4", "/v1/api"},
		{"a prefix of a network inside", "", "", "/v1", "[::ffff:10.1.2.3]:4", "/v1"},
		{"a prefix of an unknown peer", "", "", "/v1", "@", ""},
		{"a base path that begins as a dataset", "/rocks", "", "", "10.1.2.3:4", "/rocks"},
		{"a base path and a dataset of the same name", "/rocks", "/rocks", "", "10.1.2.3:4", "/rocks"},
		{"a long one", "", "", "/" + strings.Repeat("a", 300), "10.1.2.3:4", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newServer(t, &fakeStore{version: "v", rows: 2}, Options{BasePath: c.base, TrustedProxies: trusted})
			ask := func(method, path, body, accept string) *http.Response {
				r := httptest.NewRequest(method, c.path+path, strings.NewReader(body))
				r.RemoteAddr = c.peer
				r.Header = http.Header{"Content-Type": {"application/json"}, "Accept": {accept}}
				if c.prefix != "" {
					r.Header.Set("X-Forwarded-Prefix", c.prefix)
				}
				w := httptest.NewRecorder()
				s.ServeHTTP(w, r)
				return w.Result()
			}
			if got := linksOf(t, ask("QUERY", "/rocks/range", `{"kind":"slate"}`, "*/*"))["alternate"]; got != c.want+"/rocks/range?kind=slate" {
				t.Errorf("the equal GET is %s", got)
			}
			if got := linksOf(t, ask("POST", "/rocks/range", `{"per_page":1}`, "*/*"))["first"]; got != c.want+"/rocks/range?per_page=1&page=1" {
				t.Errorf("the first page is %s", got)
			}
			if got := bodyOf(t, ask("GET", "/", "", "text/html")); !strings.Contains(got, `href="`+c.want+`/rocks"`) {
				t.Errorf("the list has no link to %s/rocks: %s", c.want, got[max(0, len(got)-1000):])
			}
			for path, want := range map[string]string{
				"/openapi.json": `"servers":[{"url":"` + c.want,
				"/datasets":     `"self":"` + c.want + `/datasets/rocks"`,
				"/docs":         `"swaggerJsonUrl":"` + c.want + `/openapi.json"`,
				"/rosks/range":  `"instance":"` + c.want + `/rosks/range"`,
			} {
				if got := bodyOf(t, ask("GET", path, "", "*/*")); !strings.Contains(got, want) {
					t.Errorf("%s has no %s: %s", path, want, got[:min(len(got), 300)])
				}
			}
			page := bodyOf(t, ask("GET", "/docs", "", "*/*"))
			_, file, _ := strings.Cut(page, `href="`+c.want+`/docs/`)
			file, _, _ = strings.Cut(file, `"`)
			if r := ask("GET", "/docs/"+file, "", "*/*"); file == "" || r.StatusCode != http.StatusOK {
				t.Errorf("the file %q: %d", file, r.StatusCode)
			}
		})
	}
}

func TestOfTwoPrefixesNoneIsBelieved(t *testing.T) {
	s := newServer(t, &fakeStore{}, Options{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}})
	if body := bodyOf(t, call(s, http.MethodGet, "/", "", "X-Forwarded-Prefix: /one")); !strings.Contains(body, `"/one/datasets"`) {
		t.Errorf("one prefix: %s", body)
	}
	if body := bodyOf(t, call(s, http.MethodGet, "/", "", "X-Forwarded-Prefix: /one", "X-Forwarded-Prefix: /two")); !strings.Contains(body, `"/datasets"`) {
		t.Errorf("two prefixes: %s", body)
	}
}

func TestThePrefixOfAUnixSocketIsBelievedWhereThatIsTrusted(t *testing.T) {
	for trust, want := range map[bool]string{true: `"/v1/datasets"`, false: `"/datasets"`} {
		s := newServer(t, &fakeStore{}, Options{TrustUnixSocket: trust})
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r = r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, &net.UnixAddr{Name: "/run/x", Net: "unix"}))
		r.RemoteAddr = "@"
		r.Header.Set("X-Forwarded-Prefix", "/v1")
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("trusted %t: %s", trust, w.Body)
		}
	}
}

func TestAnswersVaryByThePrefixThatIsBelieved(t *testing.T) {
	cors := CORS{Origins: []string{"https://a.example"}}
	s := newServer(t, &fakeStore{version: "v"}, Options{CORS: cors, TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}})
	for path, want := range map[string]string{
		"/rocks/range":  "Accept, Accept-Encoding, Prefer, Origin, X-Forwarded-Prefix",
		"/openapi.json": "Origin, X-Forwarded-Prefix, Accept-Encoding",
		"/docs":         "Origin, X-Forwarded-Prefix",
	} {
		if got := strings.Join(call(s, http.MethodGet, path, "").Header["Vary"], ", "); got != want {
			t.Errorf("%s: Vary: %s, want %s", path, got, want)
		}
	}
}

func TestDocumentsOfManyPrefixesAreNotKept(t *testing.T) {
	var d documents
	for i := range 10 * maxPrefixes {
		base := "/" + strconv.Itoa(i)
		if got, err := d.of(documentKey{base: base}, nil, func() ([]byte, error) { return []byte(base), nil }); err != nil || string(got.text) != base {
			t.Fatal(got, err)
		}
		if len(d.made) > maxPrefixes {
			t.Fatalf("%d documents are kept", len(d.made))
		}
	}
}
