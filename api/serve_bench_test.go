package api

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"herbarium/datasets"
	"herbarium/engine"
)

// BenchmarkServeHTTP is the handler alone, without a connection, with one
// dataset and among a thousand.
func BenchmarkServeHTTP(b *testing.B) {
	for _, mode := range []struct {
		name  string
		cache int64
		more  int
	}{{"cached", 64 << 20, 0}, {"uncached", 0, 0}, {"cached_among_1000", 64 << 20, 999}, {"uncached_among_1000", 0, 999}} {
		b.Run(mode.name, func(b *testing.B) {
			all := []*datasets.Dataset{rocks(b, "rocks")}
			for i := range mode.more {
				all = append(all, rocks(b, "rocks"+strconv.Itoa(i)))
			}
			s := serverOf(b, &fakeStore{version: "v"}, Options{}, datasets.NewSnapshot(all...), engine.Options{CacheBytes: mode.cache})
			const query = `{"kind":"slate","lower":{"mass":5.0,"pieces":3},"upper":{"mass":5.1}}`
			body := strings.NewReader("")
			r := httptest.NewRequest(http.MethodPost, "/rocks/range", io.NopCloser(body))
			r.ContentLength = int64(len(query))
			r.Header.Set("Content-Type", "application/json")
			w := nowhere{http.Header{}}
			b.ReportAllocs()
			for b.Loop() {
				body.Reset(query)
				s.ServeHTTP(w, r)
			}
		})
	}
}

// nowhere is where answers go that nobody reads.
type nowhere struct{ header http.Header }

func (n nowhere) Header() http.Header       { return n.header }
func (nowhere) WriteHeader(int)             {}
func (nowhere) Write(b []byte) (int, error) { return len(b), nil }
