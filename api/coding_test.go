package api

import (
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"herbarium/datasets"
	"herbarium/engine"
)

// decoded returns the answer's body without its coding.
func decoded(t *testing.T, r *http.Response) string {
	t.Helper()
	defer func() { _ = r.Body.Close() }()
	var body io.Reader = r.Body
	var err error
	switch r.Header.Get("Content-Encoding") {
	case "gzip":
		body, err = gzip.NewReader(r.Body)
	case "zstd":
		body, err = zstd.NewReader(r.Body, zstd.WithDecoderConcurrency(1))
	}
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// manyBatches answers with n batches of 1000 rows.
func manyBatches(n int) func(context.Context, int) (*engine.Batch, error) {
	return func(_ context.Context, i int) (*engine.Batch, error) {
		if i == n {
			return nil, io.EOF
		}
		return manyRows(1000), nil
	}
}

func TestTheCodingIsWhatTheClientLikesBest(t *testing.T) {
	s := newServer(t, &fakeStore{version: "v", next: manyBatches(1)}, Options{})
	cases := []struct{ name, accept, want string }{
		{"gzip", "gzip", "gzip"},
		{"gzip's older name", "X-Gzip", "gzip"},
		{"in capitals", "GZIP;Q=1", "gzip"},
		{"zstd", "zstd", "zstd"},
		{"a browser", "gzip, deflate, br, zstd", "zstd"},
		{"the heavier", "gzip;q=1.0, zstd;q=0.5", "gzip"},
		{"none at all", "", ""},
		{"identity", "identity", ""},
		{"identity liked better", "gzip;q=0.5, identity", ""},
		{"identity liked as well", "gzip, identity", "gzip"},
		{"identity refused", "gzip;q=0.1, identity;q=0", "gzip"},
		{"any", "*", "zstd"},
		{"any but one", "zstd;q=0, *;q=0.3", "gzip"},
		{"refused", "gzip;q=0", ""},
		{"unknown", "br", ""},
	}
	want := bodyOf(t, post(s, "/rocks/range", `{}`))
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := call(s, http.MethodPost, "/rocks/range", "", "Accept-Encoding: "+c.accept)
			if got := r.Header.Get("Content-Encoding"); got != c.want {
				t.Errorf("got %q", got)
			}
			if decoded(t, r) != want {
				t.Error("the body is another one")
			}
		})
	}
}

func TestASmallAnswerIsCodedOnlyWhereItMustBe(t *testing.T) {
	s := newServer(t, &fakeStore{version: "v"}, Options{})
	for accept, want := range map[string]string{"gzip": "", "gzip, identity;q=0": "gzip", "zstd, *;q=0": "zstd"} {
		r := call(s, http.MethodPost, "/rocks/range", "", "Accept-Encoding: "+accept)
		if got := r.Header.Get("Content-Encoding"); got != want {
			t.Errorf("%s: %q", accept, got)
		}
		if got := decoded(t, r); got != twoRowsJSON {
			t.Errorf("%s: %s", accept, got)
		}
	}
}

func TestEachCodingHasAnETagOfItsOwn(t *testing.T) {
	for _, cache := range []int64{0, 1 << 20} {
		s := serverOf(t, &fakeStore{version: "v", next: manyBatches(1)}, Options{}, datasets.NewSnapshot(rocks(t, "rocks")), engine.Options{CacheBytes: cache})
		seen := map[string]string{}
		for _, accept := range []string{"identity", "gzip", "zstd", "identity", "gzip", "zstd"} {
			r := call(s, http.MethodPost, "/rocks/range", "", "Accept-Encoding: "+accept)
			tag := r.Header.Get("ETag")
			if weak := strings.HasPrefix(tag, "W/"); weak != (accept != "identity") {
				t.Errorf("%s: ETag %s", accept, tag)
			}
			if before, ok := seen[tag]; ok && before != accept {
				t.Errorf("%s and %s have the ETag %s", before, accept, tag)
			}
			seen[tag] = accept
			body := bodyOf(t, r)
			if size := r.Header.Get("Content-Length"); size != "" && size != strconv.Itoa(len(body)) {
				t.Errorf("%s: Content-Length %s of %d bytes", accept, size, len(body))
			}
		}
		if len(seen) != 3 {
			t.Errorf("ETags %v", seen)
		}
	}
}

func TestALongAnswerIsCodedWhole(t *testing.T) {
	s := newServer(t, &fakeStore{version: "v", next: manyBatches(40)}, Options{})
	want := bodyOf(t, post(s, "/rocks/range", `{}`))
	for _, accept := range []string{"gzip", "zstd"} {
		r := call(s, http.MethodPost, "/rocks/range", "", "Accept-Encoding: "+accept)
		if r.Header.Get("Content-Encoding") != accept || decoded(t, r) != want {
			t.Errorf("%s: the body is another one", accept)
		}
	}
}

// TestAZstdAnswerIsOneFrame holds for clients that decode the first frame alone, as
// Node 22 and 24 do.
func TestAZstdAnswerIsOneFrame(t *testing.T) {
	for _, cache := range []int64{0, 1 << 10, 64 << 20} {
		s := serverOf(t, &fakeStore{version: "v", next: manyBatches(40)}, Options{}, datasets.NewSnapshot(rocks(t, "rocks")),
			engine.Options{CacheBytes: cache, DiskBytes: 64 << 20})
		want := bodyOf(t, post(s, "/rocks/range", `{}`))
		for _, before := range []string{"POST", "HEAD", "GET"} { // it comes as it is made, from a file, from the cache
			_ = call(s, before, "/rocks/range", "")
			r := call(s, "GET", "/rocks/range", "", "Accept-Encoding: zstd")
			frames := strings.Count(bodyOf(t, r), "\x28\xb5\x2f\xfd")
			if r.Header.Get("Content-Encoding") != "zstd" || frames != 1 {
				t.Errorf("cache of %d bytes, after %s: %d frames of %d bytes", cache, before, frames, len(want))
			}
		}
	}
}
