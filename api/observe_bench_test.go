package api

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strconv"
	"testing"

	"herbarium/api/metrics"
	"herbarium/api/status"
	"herbarium/datasets"
	"herbarium/engine"
)

// BenchmarkObserved is a query that is answered from the cache, over a connection, with
// and without what sees it.
func BenchmarkObserved(b *testing.B) {
	for _, mode := range []string{"without", "with"} {
		b.Run(mode, func(b *testing.B) {
			options, limits := Options{}, engine.Options{CacheBytes: 64 << 20}
			if mode == "with" {
				options.Metrics, options.Slowest = metrics.New(metrics.Build{}), &status.Slowest{}
				limits.Observe = func(r engine.Run) {
					options.Metrics.Ran(r)
					options.Slowest.Ran(r)
				}
			}
			s := serverOf(b, &fakeStore{version: "v"}, options, datasets.NewSnapshot(rocks(b, "rocks")), limits)
			listener, err := new(net.ListenConfig).Listen(b.Context(), "tcp", "127.0.0.1:0")
			if err != nil {
				b.Fatal(err)
			}
			server := &http.Server{Handler: s} //nolint:gosec // of a test
			go func() { _ = server.Serve(listener) }()
			defer func() { _ = server.Close() }()
			conn, err := new(net.Dialer).DialContext(b.Context(), "tcp", listener.Addr().String())
			if err != nil {
				b.Fatal(err)
			}
			defer func() { _ = conn.Close() }()
			answers := bufio.NewReader(conn)
			const query = `{"kind":"slate","lower":{"mass":5.0,"pieces":3},"upper":{"mass":5.1}}`
			request := "POST /rocks/range HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: " + strconv.Itoa(len(query)) + "\r\n\r\n" + query
			b.ReportAllocs()
			for b.Loop() {
				if _, err := io.WriteString(conn, request); err != nil {
					b.Fatal(err)
				}
				r, err := http.ReadResponse(answers, nil)
				if err != nil || r.StatusCode != 200 {
					b.Fatal(err, r)
				}
				_, _ = io.Copy(io.Discard, r.Body)
				_ = r.Body.Close()
			}
		})
	}
}

// BenchmarkObservedHandler is the same without a connection.
func BenchmarkObservedHandler(b *testing.B) {
	for _, mode := range []string{"without", "with"} {
		b.Run(mode, func(b *testing.B) {
			options := Options{}
			if mode == "with" {
				options.Metrics = metrics.New(metrics.Build{})
			}
			s := serverOf(b, &fakeStore{version: "v"}, options, datasets.NewSnapshot(rocks(b, "rocks")), engine.Options{CacheBytes: 64 << 20})
			r, err := http.NewRequestWithContext(b.Context(), http.MethodGet, "/rocks/range?kind=slate", nil)
			if err != nil {
				b.Fatal(err)
			}
			w := nowhere{http.Header{}}
			b.ReportAllocs()
			for b.Loop() {
				s.ServeHTTP(w, r)
			}
		})
	}
}
