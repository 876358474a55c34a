package api

import (
	"herbarium/datasets"
	"herbarium/engine"
	"io"
	"strconv"
	"testing"
)

func TestRangesOfAWholeAnswer(t *testing.T) {
	s := serverOf(t, &fakeStore{version: "v"}, Options{}, datasets.NewSnapshot(rocks(t, "rocks")), engine.Options{CacheBytes: 1 << 20})
	whole := call(s, "GET", "/rocks/range?format=csv", "")
	text, err := io.ReadAll(whole.Body)
	if err != nil || whole.StatusCode != 200 {
		t.Fatal(whole.StatusCode, err)
	}
	size, tag := len(text), whole.Header.Get("Etag")
	total := strconv.Itoa(size)
	for _, test := range []struct {
		name, header, condition string
		status                  int
		first, end              int
		contentRange            string
	}{
		{"the first bytes", "bytes=0-3", "", 206, 0, 4, "bytes 0-3/" + total},
		{"to the end", "bytes=5-", "", 206, 5, size, "bytes 5-" + strconv.Itoa(size-1) + "/" + total},
		{"the last bytes", "bytes=-4", "", 206, size - 4, size, "bytes " + strconv.Itoa(size-4) + "-" + strconv.Itoa(size-1) + "/" + total},
		{"more than there are, from the end", "bytes=-99999", "", 206, 0, size, "bytes 0-" + strconv.Itoa(size-1) + "/" + total},
		{"beyond the end", "bytes=3-99999", "", 206, 3, size, "bytes 3-" + strconv.Itoa(size-1) + "/" + total},
		{"more than an int64", "bytes=3-99999999999999999999999", "", 206, 3, size, "bytes 3-" + strconv.Itoa(size-1) + "/" + total},
		{"other letters", "Bytes = 1-1", "", 206, 1, 2, "bytes 1-1/" + total},
		{"after the end", "bytes=99999-", "", 416, 0, 0, "bytes */" + total},
		{"the last none", "bytes=-0", "", 416, 0, 0, "bytes */" + total},
		{"the same answer", "bytes=0-3", tag, 206, 0, 4, "bytes 0-3/" + total},
		{"another answer", "bytes=0-3", `"other"`, 200, 0, size, ""},
		{"the same answer, weakly", "bytes=0-3", "W/" + tag, 200, 0, size, ""},
		{"a date", "bytes=0-3", "Sat, 28 Nov 2026 20:00:00 GMT", 200, 0, size, ""},
		{"turned round", "bytes=3-1", "", 200, 0, size, ""},
		{"several", "bytes=0-1,3-4", "", 200, 0, size, ""},
		{"another unit", "rows=0-1", "", 200, 0, size, ""},
		{"no number", "bytes=a-b", "", 200, 0, size, ""},
		{"nothing", "bytes=-", "", 200, 0, size, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			header := []string{"Range: " + test.header, "Accept-Encoding: gzip"}
			if test.condition != "" {
				header = append(header, "If-Range: "+test.condition)
			}
			r := call(s, "GET", "/rocks/range?format=csv", "", header...)
			body, err := io.ReadAll(r.Body)
			if err != nil || r.StatusCode != test.status || r.Header.Get("Content-Range") != test.contentRange {
				t.Fatalf("%d, %q, %v", r.StatusCode, r.Header.Get("Content-Range"), err)
			}
			if test.status != 416 && string(body) != string(text[test.first:test.end]) {
				t.Errorf("%q", body)
			}
			if test.status == 206 && (r.Header.Get("Content-Length") != strconv.Itoa(test.end-test.first) || r.Header.Get("Etag") != tag) {
				t.Errorf("%v", r.Header)
			}
		})
	}
	head := call(s, "HEAD", "/rocks/range?format=csv", "")
	if head.Header.Get("Accept-Ranges") != "bytes" || head.Header.Get("Content-Length") != total {
		t.Errorf("HEAD: %v", head.Header)
	}
	if post := call(s, "POST", "/rocks/range?format=csv", "", "Range: bytes=0-3"); post.StatusCode != 200 {
		t.Errorf("POST: %d", post.StatusCode)
	}
}

func TestAnAnswerThatIsNotKeptHasNoRanges(t *testing.T) {
	s := newServer(t, &fakeStore{}, Options{}) // rows without a version are not cached
	r := call(s, "GET", "/rocks/range?format=csv", "", "Range: bytes=0-3")
	if r.StatusCode != 200 || r.Header.Get("Accept-Ranges") != "none" {
		t.Errorf("%d, %v", r.StatusCode, r.Header)
	}
}
