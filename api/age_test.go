package api

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

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
	store := &fakeStore{version: "v1", rows: 2, read: read}
	s := serverOf(t, store, Options{}, datasets.NewSnapshot(refreshedRocks(t)), engine.Options{CacheBytes: 1 << 20})
	aged := func(r *http.Response) {
		t.Helper()
		age, err := strconv.Atoi(r.Header.Get("Age"))
		if err != nil || age < 42 || age > 60 {
			t.Errorf("Age is %q", r.Header.Get("Age"))
		}
		if want := read.UTC().Format(http.TimeFormat); r.Header.Get("Last-Modified") != want {
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
