package api

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestBrowsersGetTheListOfDatasetsAtTheRootAndProgramsDoNot(t *testing.T) {
	const firefox = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
	for base, s := range map[string]http.Handler{
		"": newServer(t, &fakeStore{}, Options{}), "/api/v1": newServer(t, &fakeStore{}, Options{BasePath: "/api/v1"}),
	} {
		for accept, kind := range map[string]string{
			firefox: "text/html; charset=utf-8", "text/html": "text/html; charset=utf-8", "text/*": "text/html; charset=utf-8",
			"": "application/json", "*/*": "application/json", "application/json": "application/json",
			"application/json, text/html": "application/json", "text/html;q=0.5, */*": "application/json",
		} {
			r := call(s, http.MethodGet, base+"/", "", "Accept: "+accept)
			vary := "Accept"
			if strings.HasPrefix(kind, "text/html") {
				vary = "Accept, Accept-Encoding"
			}
			if r.StatusCode != 200 || r.Header.Get("Content-Type") != kind || r.Header.Get("Vary") != vary {
				t.Errorf("Accept: %s: %d, %v", accept, r.StatusCode, r.Header)
			}
			if body := bodyOf(t, r); strings.HasPrefix(kind, "text/html") && !strings.Contains(body, `<a href="`+base+`/docs">`) {
				t.Errorf("Accept: %s: no link to the docs: %s", accept, body)
			}
		}
		want := "<" + base + `/openapi.json>; rel="service-desc", <` + base + `/docs>; rel="service-doc"`
		if got := call(s, http.MethodGet, base+"/", "").Header.Get("Link"); got != want {
			t.Errorf("Link: %s", got)
		}
	}
}

func TestTheDocsPageNeedsNoOtherHost(t *testing.T) {
	for _, base := range []string{"", "/api/v1"} {
		s := newServer(t, &fakeStore{}, Options{BasePath: base})
		for _, path := range []string{"/docs", "/docs/"} {
			r := call(s, http.MethodGet, base+path, "")
			page := bodyOf(t, r)
			if r.StatusCode != 200 || !strings.HasPrefix(r.Header.Get("Content-Type"), "text/html") ||
				!strings.Contains(page, `"swaggerJsonUrl":"`+base+`/openapi.json"`) {
				t.Errorf("%s: %d %v", base+path, r.StatusCode, r.Header)
			}
			policy := strings.Split(r.Header.Get("Content-Security-Policy"), "; ")
			if !slices.Contains(policy, "default-src 'none'") || !slices.Contains(policy, "connect-src 'self'") {
				t.Errorf("policy %q", policy)
			}
			links := regexp.MustCompile(`(?:src|href)="([^"]*)"`).FindAllStringSubmatch(page, -1)
			if len(links) != 5 {
				t.Errorf("%d files: %v", len(links), links)
			}
			for _, link := range links {
				if r := call(s, http.MethodGet, link[1], ""); r.StatusCode != 200 || !strings.HasPrefix(link[1], base+"/docs/") {
					t.Errorf("%s: %d", link[1], r.StatusCode)
				}
			}
		}
	}
}

func TestTheTagsOfDocsFilesAreQuotedAndHonoured(t *testing.T) {
	s := newServer(t, &fakeStore{}, Options{})
	for _, coding := range []string{"gzip", "identity"} {
		const file = "/docs/swagger-ui.css"
		r := call(s, http.MethodGet, file, "", "Accept-Encoding: "+coding)
		tag := r.Header.Get("ETag")
		if !regexp.MustCompile(`^"[0-9A-Za-z]+"$`).MatchString(tag) || r.StatusCode != 200 {
			t.Errorf("%s: %d, ETag %s", coding, r.StatusCode, tag)
		}
		if head := call(s, http.MethodHead, file, "", "Accept-Encoding: "+coding); head.Header.Get("ETag") != tag {
			t.Errorf("%s: ETag of HEAD %s, want %s", coding, head.Header.Get("ETag"), tag)
		}
		for _, line := range []string{tag, "W/" + tag, `"x", ` + tag} {
			again := call(s, http.MethodGet, file, "", "Accept-Encoding: "+coding, "If-None-Match: "+line)
			if body := bodyOf(t, again); again.StatusCode != 304 || body != "" || again.Header.Get("ETag") != tag {
				t.Errorf("%s, If-None-Match %s: %d, %d bytes", coding, line, again.StatusCode, len(body))
			}
		}
		if other := call(s, http.MethodGet, file, "", "Accept-Encoding: "+coding, `If-None-Match: "other"`); other.StatusCode != 200 {
			t.Errorf("another tag: %d", other.StatusCode)
		}
	}
}

func TestBrowsersAreToldThatThereIsNoIcon(t *testing.T) {
	r := call(newServer(t, &fakeStore{}, Options{}), http.MethodGet, "/favicon.ico", "")
	if r.StatusCode != 204 || r.Header.Get("Cache-Control") != "public, max-age=2592000" {
		t.Errorf("%d %v", r.StatusCode, r.Header)
	}
}

func TestWhatIsNoFileOfTheDocsIsNotFound(t *testing.T) {
	s := newServer(t, &fakeStore{}, Options{})
	for _, path := range []string{"/docs/nothing.js", "/docs/..", "/docs/..%2fdocs.go", "/docs/a/b"} {
		r := call(s, http.MethodGet, path, "")
		if body := bodyOf(t, r); r.StatusCode != 404 || !strings.Contains(body, `"code":"unknown_dataset"`) {
			t.Errorf("%s: %d %s", path, r.StatusCode, body)
		}
	}
	if r := post(s, "/docs", "{}"); r.StatusCode != 405 || r.Header.Get("Allow") != "GET, HEAD, OPTIONS" {
		t.Errorf("POST: %d %v", r.StatusCode, r.Header)
	}
}

// net/http refuses to write a body to HEAD over HTTP/2, which the page's handler would take
// for a failure of its own.
func TestHeadOfTheDocsPageSucceedsOverHTTP2(t *testing.T) {
	log := &bytes.Buffer{}
	s := newServer(t, &fakeStore{}, Options{H2C: true, Logger: slog.New(slog.NewTextHandler(log, nil))})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, listener) }()
	client := h2Client()
	r, err := client.Head("http://" + listener.Addr().String() + "/docs")
	if err != nil {
		t.Fatal(err)
	}
	_ = r.Body.Close()
	client.CloseIdleConnections()
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if r.ProtoMajor != 2 || r.StatusCode != http.StatusOK || strings.Contains(log.String(), "level=ERROR") {
		t.Errorf("HTTP/%d, %s; the log has %s", r.ProtoMajor, r.Status, log)
	}
}
