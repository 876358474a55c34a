package api

import (
	"context"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"

	"herbarium/datasets"
	"herbarium/engine"
)

// rangeServer answers with 1000 rows of about 40 KB, and keeps what the limits say.
func rangeServer(t *testing.T, store *fakeStore, limits engine.Options) *Server {
	t.Helper()
	store.version = "v"
	if store.next == nil {
		store.next = manyBatches(1)
	}
	return serverOf(t, store, Options{}, datasets.NewSnapshot(rocks(t, "rocks")), limits)
}

func TestARangeOfAnAnswerIsSent(t *testing.T) {
	for name, limits := range map[string]engine.Options{
		"from memory": {CacheBytes: 64 << 20}, "from a file": {CacheBytes: 1 << 10, DiskBytes: 1 << 20}, "without a cache": {DiskBytes: 1 << 20},
	} {
		for _, format := range []string{"json", "ndjson", "csv", "arrow", "parquet"} {
			t.Run(name+", "+format, func(t *testing.T) {
				s := rangeServer(t, &fakeStore{}, limits)
				target := "/rocks/range?format=" + format
				whole := call(s, "GET", target, "")
				want, tag := bodyOf(t, whole), whole.Header.Get("ETag")
				size := len(want)
				for _, c := range []struct {
					asked, ifRange string
					status         int
					from, to       int
				}{
					{"bytes=0-3", "", 206, 0, 4},
					{"bytes=100-", "", 206, 100, size},
					{"bytes=-8", "", 206, size - 8, size},
					{"BYTES=0-0", "", 206, 0, 1},
					{"bytes=0-99999999", "", 206, 0, size},
					{"bytes=0-3", tag, 206, 0, 4},
					{"bytes=0-3", `"another"`, 200, 0, size},
					{"bytes=0-3", "W/" + tag, 200, 0, size},
					{"bytes=0-3", "Sat, 28 Nov 2026 20:00:00 GMT", 200, 0, size},
					{"bytes=0-3,8-9", "", 200, 0, size},
					{"bytes=3-1", "", 200, 0, size},
					{"rows=0-3", "", 200, 0, size},
				} {
					header := []string{"Range: " + c.asked, "Accept-Encoding: gzip"}
					if c.status == 200 {
						header = header[:1]
					}
					if c.ifRange != "" {
						header = append(header, "If-Range: "+c.ifRange)
					}
					r := call(s, "GET", target, "", header...)
					if got := bodyOf(t, r); r.StatusCode != c.status || got != want[c.from:c.to] || r.Header.Get("ETag") != tag {
						t.Errorf("%s, If-Range %s: status %d, %d bytes, ETag %s", c.asked, c.ifRange, r.StatusCode, len(got), r.Header.Get("ETag"))
					}
					place := ""
					if c.status == 206 {
						place = "bytes " + strconv.Itoa(c.from) + "-" + strconv.Itoa(c.to-1) + "/" + strconv.Itoa(size)
					}
					if r.Header.Get("Content-Range") != place || r.Header.Get("Accept-Ranges") != "bytes" {
						t.Errorf("%s: header %v", c.asked, r.Header)
					}
				}
			})
		}
	}
}

func TestARangePastTheEndIsRefused(t *testing.T) {
	s := rangeServer(t, &fakeStore{next: func(_ context.Context, n int) (*engine.Batch, error) {
		if n > 0 {
			return nil, io.EOF
		}
		return twoRows(), nil
	}}, engine.Options{CacheBytes: 1 << 20})
	for _, asked := range []string{"97-", "-0", "-00"} {
		r := call(s, "GET", "/rocks/range", "", "Range: bytes="+asked, "X-Request-Id: test")
		want := `{"type":"urn:herbarium:problem:range_not_satisfiable","title":"The answer ends before the range","status":416,` +
			`"detail":"the answer has 97 bytes; ask for a range within them","instance":"/rocks/range","code":"range_not_satisfiable"}`
		if got := bodyOf(t, r); r.StatusCode != 416 || got != want || r.Header.Get("Content-Range") != "bytes */97" {
			t.Errorf("%s: status %d, header %v: %s", asked, r.StatusCode, r.Header, got)
		}
		for _, name := range []string{"Content-Disposition", "Etag", "X-Total-Count"} {
			if r.Header.Get(name) != "" {
				t.Errorf("the problem has the answer's %s: %q", name, r.Header.Get(name))
			}
		}
	}
	if r := call(s, "GET", "/rocks/range", "", "Range: bytes=-0", `If-Range: "another"`); r.StatusCode != 200 || len(bodyOf(t, r)) != 97 {
		t.Errorf("of another answer: status %d", r.StatusCode)
	}
}

func TestRangesOfOtherMethods(t *testing.T) {
	s := rangeServer(t, &fakeStore{}, engine.Options{CacheBytes: 64 << 20})
	for method, want := range map[string]int{"QUERY": 206, "POST": 200, "HEAD": 200} {
		body := "{}"
		if method == "HEAD" {
			body = ""
		}
		r := call(s, method, "/rocks/range", body, sendsJSON, "Range: bytes=0-3")
		if r.StatusCode != want {
			t.Errorf("%s: status %d, want %d", method, r.StatusCode, want)
		}
		if taken := r.Header.Get("Accept-Ranges"); (taken == "bytes") != (method != "POST") {
			t.Errorf("%s: Accept-Ranges %q", method, taken)
		}
	}
}

func TestHeadNamesTheSizeAndRunsTheQueryForTheRangesThatFollow(t *testing.T) {
	closed := make(chan struct{}, 100)
	s := rangeServer(t, &fakeStore{next: manyBatches(40), closed: closed}, engine.Options{CacheBytes: 1 << 20, DiskBytes: 64 << 20})
	head := call(s, "HEAD", "/rocks/range", "")
	size, err := strconv.Atoi(head.Header.Get("Content-Length"))
	if err != nil || head.Header.Get("Accept-Ranges") != "bytes" {
		t.Fatalf("header %v", head.Header)
	}
	var all strings.Builder
	for at := 0; at < size; at += 100_000 {
		r := call(s, "GET", "/rocks/range", "", "Range: bytes="+strconv.Itoa(at)+"-"+strconv.Itoa(at+99_999), "If-Range: "+head.Header.Get("ETag"))
		all.WriteString(bodyOf(t, r))
	}
	whole := call(s, "GET", "/rocks/range", "")
	if got := bodyOf(t, whole); got != all.String() || whole.Header.Get("Content-Length") != strconv.Itoa(size) {
		t.Errorf("the ranges have %d bytes, the answer %d", all.Len(), len(got))
	}
	if len(closed) != 1 {
		t.Errorf("the query ran %d times", len(closed))
	}
}

func TestAnAnswerThatIsTooLargeToKeepHasNoRanges(t *testing.T) {
	for _, rows := range []int64{40_000, -1} { // it is certain from the start, or is found out
		s := rangeServer(t, &fakeStore{next: manyBatches(40), rows: rows}, engine.Options{CacheBytes: 64 << 10, DiskBytes: 256 << 10})
		head := call(s, "HEAD", "/rocks/range", "")
		if head.StatusCode != 200 || head.Header.Get("Accept-Ranges") != "none" || head.Header.Get("Content-Length") != "" {
			t.Errorf("HEAD: %v", head.Header)
		}
		r := call(s, "GET", "/rocks/range", "", "Range: bytes=0-3")
		if got := bodyOf(t, r); r.StatusCode != 200 || len(got) < 1_000_000 || r.Header.Get("Accept-Ranges") != "none" {
			t.Errorf("status %d, %d bytes, %v", r.StatusCode, len(got), r.Header)
		}
	}
}

func TestAnAnswerWithoutATagHasNoRanges(t *testing.T) {
	s := newServer(t, &fakeStore{}, Options{})
	r := call(s, "GET", "/rocks/range", "", "Range: bytes=0-3")
	if got := bodyOf(t, r); r.StatusCode != 200 || got != twoRowsJSON || r.Header.Get("Accept-Ranges") != "none" {
		t.Errorf("status %d, %v", r.StatusCode, r.Header)
	}
}

func TestAnAnswerInAFileIsCodedAsItComes(t *testing.T) {
	s := rangeServer(t, &fakeStore{next: manyBatches(4)}, engine.Options{CacheBytes: 1 << 10, DiskBytes: 64 << 20})
	_ = call(s, "HEAD", "/rocks/range", "")
	want := bodyOf(t, call(s, "GET", "/rocks/range", ""))
	r := call(s, "GET", "/rocks/range", "", "Accept-Encoding: gzip")
	if r.Header.Get("Content-Encoding") != "gzip" || r.Header.Get("Content-Length") != "" || decoded(t, r) != want {
		t.Errorf("header %v", r.Header)
	}
}

func TestTempFilesAreGoneWithTheServer(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	store := &fakeStore{version: "v", next: manyBatches(4)}
	eng := engine.New(store, engine.Options{DiskBytes: 64 << 20})
	s := New(datasets.NewRegistry(datasets.NewSnapshot(rocks(t, "rocks"))), eng, Options{})
	if r := call(s, http.MethodHead, "/rocks/range", ""); r.Header.Get("Content-Length") == "" {
		t.Fatalf("header %v", r.Header)
	}
	eng.Close()
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}
