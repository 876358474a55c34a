package api

import (
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"herbarium/api/auth"
	"herbarium/datasets"
	"herbarium/engine"
)

// refreshedRocks is the dataset rocks, whose collection is read every minute.
func refreshedRocks(t *testing.T) *datasets.Dataset {
	t.Helper()
	ds := *rocks(t, "rocks")
	ds.Refresh = time.Minute
	return &ds
}

func TestAnswersFromACopyOfACollectionCarryTheirAge(t *testing.T) {
	read := time.Now().Add(-42*time.Second - 500*time.Millisecond)
	since := time.Date(2026, 11, 29, 8, 30, 15, 1, time.UTC)
	store := &fakeStore{version: "v1", rows: 2, read: read, since: since}
	s := serverOf(t, store, Options{}, datasets.NewSnapshot(refreshedRocks(t)), engine.Options{CacheBytes: 1 << 20})
	aged := func(r *http.Response) {
		t.Helper()
		age, err := strconv.Atoi(r.Header.Get("Age"))
		if err != nil || age < 42 || age > 60 {
			t.Errorf("Age is %q", r.Header.Get("Age"))
		}
		if want := "Sun, 29 Nov 2026 08:30:16 GMT"; r.Header.Get("Last-Modified") != want {
			t.Errorf("Last-Modified is %q, want %q", r.Header.Get("Last-Modified"), want)
		}
		if !strings.Contains(r.Header.Get("Cache-Control"), "no-cache") || r.Header.Get("Etag") == "" {
			t.Errorf("the headers are %v", r.Header)
		}
	}
	first := call(s, http.MethodGet, "/rocks/range", "")
	aged(first)
	aged(call(s, http.MethodHead, "/rocks/range", ""))
	aged(post(s, "/rocks/range", "{}"))
	unchanged := call(s, http.MethodGet, "/rocks/range", "", "If-None-Match: "+first.Header.Get("Etag"))
	if unchanged.StatusCode != http.StatusNotModified {
		t.Errorf("the status is %d", unchanged.StatusCode)
	}
	aged(unchanged)
	if part := call(s, http.MethodGet, "/rocks/range", "", "Range: bytes=0-3"); part.StatusCode != http.StatusPartialContent {
		t.Errorf("a range is answered %d", part.StatusCode)
	} else {
		aged(part)
	}

	at := read.UTC().Format(time.RFC3339Nano)
	for _, path := range []string{"/datasets/rocks", "/status"} {
		if body := bodyOf(t, call(s, http.MethodGet, path, "")); !strings.Contains(body, `"read":"`+at+`","age_seconds":4`) {
			t.Errorf("%s is %s, without %s", path, body, at)
		}
	}
}

func TestAnswersOfVersionsCarryNoAge(t *testing.T) {
	s := newServer(t, &fakeStore{version: "v1", rows: 2}, Options{})
	h := call(s, http.MethodGet, "/rocks/range", "").Header
	if h["Age"] != nil || h["Last-Modified"] != nil {
		t.Errorf("the headers are %v", h)
	}
}

// TestDatesInConditions asks for a content that came into use within the second of 08:30:15, so
// that a date of that second may be of what was answered before.
func TestDatesInConditions(t *testing.T) {
	since := time.Date(2020, 11, 29, 8, 30, 15, 400_000_000, time.UTC)
	const before, at, later = "Sun, 29 Nov 2020 08:30:15 GMT", "Sun, 29 Nov 2020 08:30:16 GMT", "Sun, 29 Nov 2020 08:31:00 GMT"
	copied := func() *fakeStore { return &fakeStore{version: "v1", rows: 2, read: time.Now(), since: since} }
	get := func(store *fakeStore, ds *datasets.Dataset, method string, headers ...string) *http.Response {
		s := serverOf(t, store, Options{}, datasets.NewSnapshot(ds), engine.Options{CacheBytes: 1 << 20})
		body := ""
		if method == methodQuery {
			body, headers = "{}", append(headers, "Content-Type: application/json")
		}
		return call(s, method, "/rocks/range", body, headers...)
	}
	ds := refreshedRocks(t)
	tag := get(copied(), ds, http.MethodGet).Header.Get("Etag")
	for _, test := range []struct {
		name, method string
		headers      []string
		want         int
	}{
		{"the date of the answer", http.MethodGet, []string{"If-Modified-Since: " + at}, 304},
		{"a later date", http.MethodGet, []string{"If-Modified-Since: " + later}, 304},
		{"HEAD", http.MethodHead, []string{"If-Modified-Since: " + at}, 304},
		{"the second in which it changed", http.MethodGet, []string{"If-Modified-Since: " + before}, 200},
		{"the form of RFC 850", http.MethodGet, []string{"If-Modified-Since: Sunday, 29-Nov-20 08:30:16 GMT"}, 304},
		{"a method that no date counts for", methodQuery, []string{"If-Modified-Since: " + later}, 200},
		{"no date", http.MethodGet, []string{"If-Modified-Since: yesterday"}, 200},
		{"two dates", http.MethodGet, []string{"If-Modified-Since: " + later, "If-Modified-Since: " + later}, 200},
		{"with a compressed answer", http.MethodGet, []string{"If-Modified-Since: " + at, "Accept-Encoding: gzip"}, 304},
		{"a tag that differs", http.MethodGet, []string{"If-Modified-Since: " + later, `If-None-Match: "other"`}, 200},
		{"a tag that is right", http.MethodGet, []string{"If-Modified-Since: " + before, "If-None-Match: " + tag}, 304},
		{"unmodified", http.MethodGet, []string{"If-Unmodified-Since: " + at}, 200},
		{"modified", http.MethodGet, []string{"If-Unmodified-Since: " + before}, 412},
		{"modified, for QUERY", methodQuery, []string{"If-Unmodified-Since: " + before}, 412},
		{"modified, but If-Match is there", http.MethodGet, []string{"If-Unmodified-Since: " + before, "If-Match: " + tag}, 200},
		{"neither", http.MethodGet, []string{"If-Unmodified-Since: " + at, "If-Modified-Since: " + at}, 304},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := get(copied(), ds, test.method, test.headers...)
			if r.StatusCode != test.want {
				t.Errorf("the status is %d, want %d", r.StatusCode, test.want)
			}
			if h := r.Header; test.want < 400 && (h.Get("Last-Modified") != at || h.Get("Age") != "0" || h.Get("Etag") == "") {
				t.Errorf("the headers are %v", h)
			}
		})
	}
	if r := get(&fakeStore{version: "v1", rows: 2}, ds, http.MethodGet, "If-Modified-Since: "+later); r.StatusCode != 200 || r.Header["Last-Modified"] != nil {
		t.Errorf("a version that was published is answered %d with %v", r.StatusCode, r.Header)
	}
}

func TestLastModifiedIsNeverLaterThanDate(t *testing.T) {
	now := time.Now()
	store := &fakeStore{version: "v1", rows: 2, read: now, since: now}
	s := serverOf(t, store, Options{}, datasets.NewSnapshot(refreshedRocks(t)), engine.Options{})
	r := call(s, http.MethodGet, "/rocks/range", "")
	at, err := http.ParseTime(r.Header.Get("Last-Modified"))
	if err != nil || at.After(time.Now()) || at.Before(now.Truncate(time.Second)) {
		t.Errorf("Last-Modified is %q at %v, %v", r.Header.Get("Last-Modified"), now, err)
	}
}

// TestDatesCountForNobodyWhereAnswersDependOnWhoAsks has an auth file, whose change could change
// an answer.
func TestDatesCountForNobodyWhereAnswersDependOnWhoAsks(t *testing.T) {
	ds := refreshedRocks(t)
	snapshot := datasets.NewSnapshot(ds)
	path := filepath.Join(t.TempDir(), "auth.yaml")
	if err := os.WriteFile(path, []byte("anonymous: [\"rocks:*\"]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	guard := auth.Open(path, snapshot, slog.New(slog.DiscardHandler))
	t.Cleanup(guard.Close)
	store := &fakeStore{version: "v1", rows: 2, read: time.Now(), since: time.Now().Add(-time.Hour)}
	s := serverOf(t, store, Options{Auth: guard}, snapshot, engine.Options{})
	r := call(s, http.MethodGet, "/rocks/range", "", "If-Modified-Since: "+time.Now().UTC().Format(http.TimeFormat))
	if r.StatusCode != http.StatusOK || r.Header["Last-Modified"] != nil || r.Header.Get("Age") != "0" {
		t.Errorf("status %d, %v", r.StatusCode, r.Header)
	}
}
