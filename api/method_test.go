package api

import (
	"context"
	"io"
	"strings"
	"testing"

	"herbarium/engine"
)

const sendsJSON = "Content-Type: application/json"

func TestEveryMethodGivesTheSameAnswer(t *testing.T) {
	s := newServer(t, &fakeStore{version: "v"}, Options{})
	want := bodyOf(t, post(s, "/rocks/range", `{"kind":"slate"}`))
	tags := map[string]bool{}
	for _, c := range []struct{ method, path, body string }{
		{"POST", "/rocks/range", `{"kind":"slate"}`},
		{"QUERY", "/rocks/range", `{"kind":"slate"}`},
		{"GET", "/rocks/range?kind=slate", ""},
		{"GET", "/rocks/range/?format=json&kind=slate", ""},
		{"GET", "/rocks/range?query=%7B%22kind%22%3A%22slate%22%7D", ""},
	} {
		r := call(s, c.method, c.path, c.body, sendsJSON)
		tags[r.Header.Get("ETag")] = true
		if got := bodyOf(t, r); r.StatusCode != 200 || got != want {
			t.Errorf("%s %s: %d %s", c.method, c.path, r.StatusCode, got)
		}
	}
	if len(tags) != 1 {
		t.Errorf("the tags differ: %v", tags)
	}
}

func TestEveryMethodFindsTheSameFaults(t *testing.T) {
	s := newServer(t, &fakeStore{version: "v"}, Options{})
	const errors = `"errors":[{"pointer":"/kind","code":"not_in_enum","detail":"\"rock\" is not one of basalt, slate"}]`
	const named = `"errors":[{"pointer":"/kind","code":"not_in_enum","detail":"kind: \"rock\" is not one of basalt, slate"}]`
	for _, c := range []struct{ method, path, body, want string }{
		{"POST", "/rocks/range", `{"kind":"rock"}`, errors},
		{"QUERY", "/rocks/range", `{"kind":"rock"}`, errors},
		{"GET", "/rocks/range?kind=rock", "", named},
	} {
		r := call(s, c.method, c.path, c.body, sendsJSON)
		want := `{"type":"urn:herbarium:problem:invalid_query","title":"The query is not valid","status":422,"detail":"the query has 1 fault","instance":"/rocks/range","code":"invalid_query",` + c.want + `}`
		if got := bodyOf(t, r); r.StatusCode != 422 || got != want {
			t.Errorf("%s: %d %s", c.method, r.StatusCode, got)
		}
	}
}

func TestHeadAnswersWithTheHeaderAlone(t *testing.T) {
	s := newServer(t, &fakeStore{version: "v"}, Options{})
	get, head := call(s, "GET", "/rocks/range?kind=slate", ""), call(s, "HEAD", "/rocks/range?kind=slate", "")
	if got := bodyOf(t, head); got != "" || head.StatusCode != 200 {
		t.Errorf("%d %q", head.StatusCode, got)
	}
	for _, name := range []string{"Content-Length", "Content-Type", "ETag", "Cache-Control", "Vary"} {
		if g, h := get.Header.Get(name), head.Header.Get(name); g == "" || g != h {
			t.Errorf("%s: GET %q, HEAD %q", name, g, h)
		}
	}
}

func TestWhatTheClientHasIsNotSentAgain(t *testing.T) {
	store := &fakeStore{version: "v"}
	s := newServer(t, store, Options{})
	tag := call(s, "GET", "/rocks/range", "").Header.Get("ETag")
	for _, c := range []struct {
		name, method, header string
		status               int
	}{
		{"the tag", "GET", tag, 304},
		{"by HEAD", "HEAD", tag, 304},
		{"by QUERY", "QUERY", tag, 304},
		{"by POST, which is no question for a cache", "POST", tag, 200},
		{"a weak tag", "GET", "W/" + tag, 304},
		{"among others", "GET", `"a", W/"b",` + tag, 304},
		{"as Apache's mod_deflate changes it", "GET", strings.TrimSuffix(tag, `"`) + `-gzip"`, 304},
		{"and its mod_brotli, weakly", "QUERY", "W/" + strings.TrimSuffix(tag, `"`) + `-br"`, 304},
		{"as older ones do", "GET", strings.TrimSuffix(tag, `"`) + `;gzip"`, 304},
		{"as Jetty does", "GET", strings.TrimSuffix(tag, `"`) + `--gzip"`, 304},
		{"with a suffix of nobody", "GET", strings.TrimSuffix(tag, `"`) + `-zip"`, 200},
		{"any", "GET", "*", 304},
		{"another", "GET", `"a"`, 200},
		{"no tag at all", "GET", "a" + tag, 200},
		{"cut short", "GET", `"a`, 200},
	} {
		t.Run(c.name, func(t *testing.T) {
			body := ""
			if c.method == "POST" || c.method == "QUERY" {
				body = "{}"
			}
			r := call(s, c.method, "/rocks/range", body, sendsJSON, "If-None-Match: "+c.header)
			if r.StatusCode != c.status || r.Header.Get("ETag") != tag || r.Header.Get("Cache-Control") != "no-cache" {
				t.Errorf("%d, header %v", r.StatusCode, r.Header)
			}
			if got := bodyOf(t, r); c.status == 304 && got != "" {
				t.Errorf("304 with the body %s", got)
			}
		})
	}
	// RFC 9110, 15.4.5: curl -L follows a Location of a 304, round and round.
	r := call(s, "QUERY", "/rocks/range", `{"per_page":1}`, sendsJSON, "If-None-Match: *")
	for _, name := range []string{"Location", "Content-Location", "Link", "Content-Type", "X-Next-After", "Accept-Ranges"} {
		if r.StatusCode != 304 || r.Header[name] != nil {
			t.Errorf("%d with %s %v", r.StatusCode, name, r.Header[name])
		}
	}
	store.version = "w"
	if r := call(s, "GET", "/rocks/range", "", "If-None-Match: "+tag); r.StatusCode != 200 {
		t.Errorf("another version: %d", r.StatusCode)
	}
}

// TestATagThatIsNotKnownMakesTheStoreLookAnew asks a server that is behind another.
func TestATagThatIsNotKnownMakesTheStoreLookAnew(t *testing.T) {
	ahead := call(newServer(t, &fakeStore{version: "w"}, Options{}), "GET", "/rocks/range", "").Header.Get("ETag")
	store := &fakeStore{version: "v", newer: "w"}
	s := newServer(t, store, Options{})
	behind := call(s, "GET", "/rocks/range", "").Header.Get("ETag")
	if r := call(s, "GET", "/rocks/range", "", "If-None-Match: "+behind); r.StatusCode != 304 || store.version != "v" {
		t.Errorf("a tag that is known: %d, and the version is %s", r.StatusCode, store.version)
	}
	if r := call(s, "GET", "/rocks/range", "", "If-None-Match: "+ahead); r.StatusCode != 304 || r.Header.Get("ETag") != ahead {
		t.Errorf("a tag of a newer version: %d %s", r.StatusCode, r.Header.Get("ETag"))
	}
	store.version, store.newer = "v", "x"
	if r := call(s, "GET", "/rocks/range", "", "If-None-Match: "+ahead); r.StatusCode != 200 || store.version != "x" {
		t.Errorf("a tag of no version that is kept: %d, and the version is %s", r.StatusCode, store.version)
	}
}

func TestOnlyTheAnswerThatIsExpectedIsSent(t *testing.T) {
	store := &fakeStore{version: "v"}
	s := newServer(t, store, Options{})
	tag := call(s, "GET", "/rocks/range", "").Header.Get("ETag")
	for _, c := range []struct {
		name, method, ifMatch, ifNoneMatch string
		status                             int
	}{
		{"the tag", "GET", tag, "", 200},
		{"among others, by QUERY", "QUERY", `"a", ` + tag, "", 200},
		{"any", "HEAD", "*", "", 200},
		{"another", "GET", `"a"`, "", 412},
		{"another, by HEAD", "HEAD", `"a"`, "", 412},
		{"another, by QUERY", "QUERY", `"a"`, "", 412},
		{"a weak tag, which is no promise", "GET", "W/" + tag, "", 412},
		{"by POST, which is no question for a cache", "POST", `"a"`, "", 200},
		{"the tag, which the client has", "GET", tag, tag, 304},
		{"another, though the client has it", "GET", `"a"`, tag, 412},
	} {
		t.Run(c.name, func(t *testing.T) {
			header := []string{sendsJSON, "If-Match: " + c.ifMatch}
			if c.ifNoneMatch != "" {
				header = append(header, "If-None-Match: "+c.ifNoneMatch)
			}
			body := ""
			if c.method == "POST" || c.method == "QUERY" {
				body = "{}"
			}
			if r := call(s, c.method, "/rocks/range", body, header...); r.StatusCode != c.status {
				t.Errorf("status %d, want %d: %s", r.StatusCode, c.status, bodyOf(t, r))
			}
		})
	}
	if r := call(s, "GET", "/rocks/range?page=0", "", `If-Match: "a"`); r.StatusCode != 422 {
		t.Errorf("a query that is none comes before its condition, not with %d", r.StatusCode)
	}
	store.version = ""
	if r := call(s, "GET", "/rocks/range", "", "If-Match: "+tag); r.StatusCode != 412 {
		t.Errorf("where answers have no tag: %d", r.StatusCode)
	}
}

func TestAnAnswerThatIsExpectedIsNotCoded(t *testing.T) {
	s := newServer(t, &fakeStore{version: "v", next: func(_ context.Context, n int) (*engine.Batch, error) {
		if n > 0 {
			return nil, io.EOF
		}
		return manyRows(100), nil
	}}, Options{})
	strong := call(s, "GET", "/rocks/range", "").Header.Get("ETag")
	r := call(s, "GET", "/rocks/range", "", "Accept-Encoding: gzip")
	weak := r.Header.Get("ETag")
	if r.Header.Get("Content-Encoding") != "gzip" || !strings.HasPrefix(weak, `W/"`) {
		t.Fatalf("header %v", r.Header)
	}
	for _, c := range []struct {
		name, ifMatch, acceptEncoding string
		status                        int
		coding, tag                   string
	}{
		{"the tag", strong, "gzip", 200, "", strong},
		{"among others", weak + ", " + strong, "gzip", 200, "", strong},
		{"the tag of the coded answer, which is weak", weak, "gzip", 412, "", ""},
		{"without its mark", strings.TrimPrefix(weak, "W/"), "gzip", 412, "", ""},
		{"the tag, where only coded answers are taken", strong, "gzip, identity;q=0", 412, "", ""},
		{"any", "*", "gzip", 200, "gzip", weak},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := call(s, "GET", "/rocks/range", "", "If-Match: "+c.ifMatch, "Accept-Encoding: "+c.acceptEncoding)
			if r.StatusCode != c.status || r.Header.Get("Content-Encoding") != c.coding || r.Header.Get("ETag") != c.tag {
				t.Errorf("%d, header %v", r.StatusCode, r.Header)
			}
			if body := bodyOf(t, r); strings.Contains(body, "a weak one (W/) never matches") != (c.ifMatch == weak) {
				t.Errorf("%s", body)
			}
		})
	}
}

func TestWhatTheClientHasCodedIsNotSentAgain(t *testing.T) {
	s := newServer(t, &fakeStore{version: "v"}, Options{})
	// An answer this small is coded only where nothing else is taken.
	coded := []string{"Accept-Encoding: gzip, identity;q=0"}
	r := call(s, "GET", "/rocks/range", "", coded...)
	tag := r.Header.Get("ETag")
	if r.Header.Get("Content-Encoding") != "gzip" || tag == "" {
		t.Fatalf("header %v", r.Header)
	}
	again := call(s, "GET", "/rocks/range", "", append(coded, "If-None-Match: "+tag)...)
	if again.StatusCode != 304 || again.Header.Get("ETag") != tag {
		t.Errorf("%d, ETag %s, want 304 and %s", again.StatusCode, again.Header.Get("ETag"), tag)
	}
	if plain := call(s, "GET", "/rocks/range", "", "If-None-Match: "+tag); plain.StatusCode != 200 {
		t.Errorf("to who takes no coding: %d", plain.StatusCode)
	}
	head := call(s, "HEAD", "/rocks/range", "", coded...)
	for _, name := range []string{"Content-Encoding", "Content-Length", "ETag"} {
		if head.Header.Get(name) != r.Header.Get(name) {
			t.Errorf("%s: HEAD %q, GET %q", name, head.Header.Get(name), r.Header.Get(name))
		}
	}
}

func TestQueryNamesTheEqualGet(t *testing.T) {
	s := newServer(t, &fakeStore{version: "v"}, Options{BasePath: "/api"})
	for body, want := range map[string]string{
		`{}`:                                  "/api/rocks/range",
		`{"kind":"slate"}`:                    "/api/rocks/range?kind=slate",
		`{"kind":[null],"page":2}`:            "/api/rocks/range?kind=null&page=2",
		`{"lower":{"mass":1.50},"kind":null}`: "/api/rocks/range?lower%5Bmass%5D=1.50",
	} {
		r := call(s, "QUERY", "/api/rocks/range", body, sendsJSON)
		if got := linksOf(t, r)["alternate"]; got != want {
			t.Errorf("%s: the equal GET is %s, want %s", body, got, want)
		}
		again := call(s, "GET", want, "")
		if a, b := bodyOf(t, r), bodyOf(t, again); a != b || again.Header.Get("ETag") != r.Header.Get("ETag") {
			t.Errorf("%s: GET answers %s, QUERY %s", body, b, a)
		}
	}
	if got := call(s, "POST", "/api/rocks/range", "{}").Header.Get("Link"); got != "" {
		t.Errorf("POST has Link %s", got)
	}
}

func TestQueryWithoutAMediaTypeIsRefused(t *testing.T) {
	s := newServer(t, &fakeStore{version: "v"}, Options{})
	r := call(s, "QUERY", "/rocks/range", "{}", "Content-Type: ")
	if r.StatusCode != 415 || r.Header.Get("Accept-Query") != "application/json" {
		t.Errorf("%d, %v", r.StatusCode, r.Header)
	}
}

// Bodies are where clients send them without knowing, and are missing where
// redirects drop them.
func TestABodyIsWhereItCounts(t *testing.T) {
	s := newServer(t, &fakeStore{version: "v"}, Options{})
	for _, test := range []struct {
		name, method, body, contentType string
		status                          int
		says                            string
	}{
		{"a POST without a body, as axios sends it", "POST", "", "application/x-www-form-urlencoded", 200, ""},
		{"a POST without a body and type", "POST", "", "", 200, ""},
		{"a POST of a form", "POST", "kind=slate", "application/x-www-form-urlencoded", 415, "curl -d"},
		{"a POST in utf8", "POST", "{}", "application/json; charset=utf8", 200, ""},
		{"a POST in US-ASCII", "POST", "{}", "application/json; charset=US-ASCII", 200, ""},
		{"a POST in Latin-1", "POST", "{}", "application/json; charset=iso-8859-1", 415, "JSON is UTF-8"},
		{"a QUERY that lost its body", "QUERY", "", "application/json", 400, `"code":"empty_body"`},
		{"a GET with a body", "GET", `{"kind":"slate"}`, "application/json", 400, `"code":"body_on_get"`},
		{"a HEAD with a body", "HEAD", `{"kind":"slate"}`, "application/json", 400, ""},
		{"a method in other letters", "query", `{"kind":"slate"}`, "application/json", 405, "methods are case-sensitive: QUERY"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := call(s, test.method, "/rocks/range", test.body, "Content-Type: "+test.contentType)
			body, err := io.ReadAll(r.Body)
			if text := string(body); err != nil || r.StatusCode != test.status || !strings.Contains(text, test.says) {
				t.Errorf("%d, %s", r.StatusCode, text)
			}
		})
	}
}

func TestATagThatAProxyChangedIsKnown(t *testing.T) {
	s := newServer(t, &fakeStore{version: "v"}, Options{})
	tag := strings.Trim(call(s, "GET", "/rocks/range", "").Header.Get("Etag"), `"`)
	for _, known := range []string{`"` + tag + `"`, `W/"` + tag + `"`, `"` + tag + `-gzip"`, `W/"` + tag + `;gzip"`, `"x", "` + tag + `-br"`, `*`} {
		r := call(s, "GET", "/rocks/range", "", "If-None-Match: "+known)
		if r.StatusCode != 304 || r.Header.Get("Location") != "" {
			t.Errorf("%s: %d", known, r.StatusCode)
		}
		r = call(s, "QUERY", "/rocks/range", "{}", "Content-Type: application/json", "If-None-Match: "+known)
		if r.StatusCode != 304 || r.Header.Get("Location") != "" {
			t.Errorf("QUERY, %s: %d, Location %q", known, r.StatusCode, r.Header.Get("Location"))
		}
	}
	if r := call(s, "GET", "/rocks/range", "", `If-None-Match: "`+tag[1:]+`-gzip"`); r.StatusCode != 200 {
		t.Errorf("another tag: %d", r.StatusCode)
	}
}

func TestFormatsHaveTheTypesThatClientsKnow(t *testing.T) {
	s := newServer(t, &fakeStore{version: "v"}, Options{})
	for accept, want := range map[string]string{
		"application/x-parquet": "application/vnd.apache.parquet", "application/jsonl": "application/x-ndjson",
		"application/ndjson, */*;q=0.1": "application/x-ndjson", "text/csv;q=0.5, application/parquet": "application/vnd.apache.parquet",
		"*/*": "application/json", "application/*": "application/json",
	} {
		if r := call(s, "GET", "/rocks/range", "", "Accept: "+accept); r.Header.Get("Content-Type") != want {
			t.Errorf("%s: %s", accept, r.Header.Get("Content-Type"))
		}
	}
}
