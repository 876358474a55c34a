package api

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"herbarium/engine"
	"herbarium/engine/fault"
)

func TestTheRequestIDIsTakenWhereItIsSane(t *testing.T) {
	s := newServer(t, &fakeStore{}, Options{})
	made := regexp.MustCompile(`^[0-9a-f]{16}$`)
	for id, kept := range map[string]bool{
		"a": true, "A-z.0_9": true, strings.Repeat("x", 128): true,
		"": false, strings.Repeat("x", 129): false, "a b": false, "a\"b": false, "ä": false, "a\nb": false,
	} {
		got := call(s, http.MethodGet, "/healthz", "", "X-Request-Id: "+id).Header.Get("X-Request-Id")
		if kept && got != id || !kept && !made.MatchString(got) {
			t.Errorf("%q became %q", id, got)
		}
	}
	if a, b := call(s, http.MethodGet, "/nowhere", ""), call(s, http.MethodGet, "/nowhere", ""); a.Header.Get("X-Request-Id") == b.Header.Get("X-Request-Id") {
		t.Error("two requests got one id")
	}
}

func TestEverythingLivesBelowTheBasePath(t *testing.T) {
	s := newServer(t, &fakeStore{rows: 2}, Options{BasePath: "api/v1/"})
	for path, status := range map[string]int{
		"/api/v1": 200, "/api/v1/": 200, "/api/v1/healthz": 200, "/api/v1/datasets/rocks": 200,
		"/api/v1x/datasets": 404, "/api": 404,
		"/": 200, "/healthz": 200, "/datasets/rocks": 200, // a proxy took the base path off
	} {
		if r := call(s, http.MethodGet, path, ""); r.StatusCode != status {
			t.Errorf("%s: status %d, want %d", path, r.StatusCode, status)
		}
	}
	if got := bodyOf(t, post(s, "/api/v1/rocks/range/", "{}")); got != twoRowsJSON {
		t.Errorf("got %s", got)
	}
	want := `{"datasets":[{"name":"rocks","title":"Rocks we found","operations":["range","stats/mean"],"rows":2,"version":null,` +
		`"links":{"range":"/api/v1/rocks/range","schema":"/api/v1/datasets/rocks/schema","self":"/api/v1/datasets/rocks","stats/mean":"/api/v1/rocks/stats/mean","versions":"/api/v1/datasets/rocks/versions"}}]}`
	if diff := cmp.Diff(want, bodyOf(t, call(s, http.MethodGet, "/api/v1/datasets", ""))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestOptionsAnswersWithAllow(t *testing.T) {
	s := newServer(t, &fakeStore{}, Options{})
	for path, allow := range map[string]string{
		"/rocks/range": "GET, HEAD, POST, QUERY, OPTIONS", "/rocks/stats/mean/": "GET, HEAD, POST, QUERY, OPTIONS",
		"/datasets": "GET, HEAD, OPTIONS", "/": "GET, HEAD, OPTIONS", "/healthz": "GET, HEAD, OPTIONS",
	} {
		if r := call(s, http.MethodOptions, path, ""); r.StatusCode != 204 || r.Header.Get("Allow") != allow {
			t.Errorf("%s: %d, Allow %q, want %q", path, r.StatusCode, r.Header.Get("Allow"), allow)
		}
	}
}

func TestAPanicIsA500WithoutItsInsideAndIsLogged(t *testing.T) {
	var log bytes.Buffer
	store := &fakeStore{next: func(context.Context, int) (*engine.Batch, error) { panic("the inside") }}
	s := newServer(t, store, Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	for range 2 {
		log.Reset()
		r := post(s, "/rocks/range", `{}`)
		want := `{"type":"urn:herbarium:problem:internal","title":"The server failed","status":500,` +
			`"detail":"something went wrong inside; the server's log has it under the request id test","instance":"/rocks/range","code":"internal"}`
		if diff := cmp.Diff(want, bodyOf(t, r)); diff != "" || r.StatusCode != 500 {
			t.Errorf("status %d (-want +got):\n%s", r.StatusCode, diff)
		}
		for _, part := range []string{"level=ERROR", "id=test", "the inside", "server_test.go"} {
			if !strings.Contains(log.String(), part) {
				t.Errorf("the log lacks %q: %s", part, &log)
			}
		}
	}
	if n := s.inFlight.Load(); n != 0 {
		t.Errorf("%d requests still count as in flight", n)
	}
}

func TestTheLogHasALineForEachRequestAtTheLevelOfItsFault(t *testing.T) {
	fails := func(err error) func(context.Context, int) (*engine.Batch, error) {
		return func(context.Context, int) (*engine.Batch, error) { return nil, err }
	}
	cases := []struct {
		name  string
		store *fakeStore
		path  string
		want  string
	}{
		{"success", &fakeStore{}, "/rocks/range", "level=DEBUG msg=request method=POST path=/rocks/range status=200 bytes=97 "},
		{"the client's fault", &fakeStore{}, "/rocks/rang", "level=INFO msg=request method=POST path=/rocks/rang status=404 bytes="},
		{"for a while", &fakeStore{next: fails(&fault.Error{Code: fault.StoreUnavailable})}, "/rocks/range", "level=WARN msg=request method=POST path=/rocks/range status=503 "},
		{"ours", &fakeStore{next: fails(io.ErrNoProgress)}, "/rocks/range", "level=ERROR msg=request method=POST path=/rocks/range status=500 "},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var log bytes.Buffer
			s := newServer(t, c.store, Options{Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
			post(s, c.path, `{}`)
			if !strings.Contains(log.String(), c.want) || strings.Count(log.String(), "\n") != 1 {
				t.Errorf("got %s", &log)
			}
		})
	}
}

func TestBeyondTheCapRequestsAreRefusedAndHealthIsNot(t *testing.T) {
	inside, release := make(chan struct{}), make(chan struct{})
	store := &fakeStore{next: func(context.Context, int) (*engine.Batch, error) {
		inside <- struct{}{}
		<-release
		return nil, io.EOF
	}}
	s := newServer(t, store, Options{MaxInFlight: 1})
	done := make(chan int)
	go func() { done <- post(s, "/rocks/range", `{}`).StatusCode }()
	<-inside
	r := post(s, "/rocks/range", `{}`)
	if got := bodyOf(t, r); r.StatusCode != 503 || r.Header.Get("Retry-After") != "1" || !strings.Contains(got, `"code":"overloaded"`) {
		t.Errorf("%d %s", r.StatusCode, got)
	}
	if got := r.Header.Get("Accept-Query"); got != "application/json" {
		t.Errorf("Accept-Query %q, want that of every operation's answer", got)
	}
	for _, path := range []string{"/healthz", "/readyz"} {
		if r := call(s, http.MethodGet, path, ""); r.StatusCode != 200 {
			t.Errorf("%s: %d", path, r.StatusCode)
		}
	}
	close(release)
	if status := <-done; status != 200 {
		t.Errorf("the one in flight got %d", status)
	}
}
