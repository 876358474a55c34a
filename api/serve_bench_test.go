package api

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"herbarium/datasets"
	"herbarium/engine"
)

// BenchmarkRequests compares this server with a bare net/http handler that
// writes the same bytes, over loopback with several connections. Both are
// asked in turn, round by round, so that what the machine does beside it hits
// both; the ratio is that of the medians of their requests per second.
func BenchmarkRequests(b *testing.B) {
	for _, mode := range []struct {
		name  string
		cache int64
	}{{"cached", 64 << 20}, {"uncached", 0}} {
		b.Run(mode.name, func(b *testing.B) {
			store := &fakeStore{version: "v", next: func(_ context.Context, n int) (*engine.Batch, error) {
				if n > 0 {
					return nil, io.EOF
				}
				return manyRows(40), nil // as many bytes as the README's example
			}}
			ours := serverOf(b, store, Options{}, datasets.NewSnapshot(rocks(b, "rocks")), engine.Options{CacheBytes: mode.cache})
			compare(b, ours, `{"kind":"slate","lower":{"mass":5.0,"pieces":3},"upper":{"mass":5.1}}`)
		})
	}
}

// compare reports the ratio of ours to a bare handler.
func compare(b *testing.B, ours http.Handler, body string) {
	const rounds, clients = 21, 8
	want := bodyOf(b, post(ours, "/rocks/range", body))
	bare := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			b.Error(err)
		}
		w.Header()["Content-Type"] = jsonType
		w.Header()["Content-Length"] = []string{strconv.Itoa(len(want))}
		_, _ = io.WriteString(w, want)
	})
	servers := [2]*httptest.Server{httptest.NewServer(bare), httptest.NewServer(ours)}
	var rates [2][]float64
	for b.Loop() {
		for range rounds {
			for i, s := range servers {
				rates[i] = append(rates[i], rate(b, s.Listener.Addr().String(), body, len(want), clients, 50*time.Millisecond))
			}
		}
	}
	for i, s := range servers {
		s.Close()
		slices.Sort(rates[i])
	}
	theirs, mine := rates[0][len(rates[0])/2], rates[1][len(rates[1])/2]
	b.ReportMetric(theirs, "bare-req/s")
	b.ReportMetric(mine, "req/s")
	b.ReportMetric(mine/theirs, "ratio")
}

// rate asks for a while over several connections and returns how many
// requests were answered in a second. The client is bare too: it must not be
// what is measured.
func rate(b *testing.B, addr, body string, size, clients int, during time.Duration) float64 {
	request := "POST /rocks/range HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: " +
		strconv.Itoa(len(body)) + "\r\n\r\n" + body
	var all sync.WaitGroup
	counts := make([]int, clients)
	begin := time.Now()
	for i := range clients {
		all.Go(func() {
			conn, err := net.Dial("tcp", addr)
			if err != nil {
				b.Error(err)
				return
			}
			defer func() { _ = conn.Close() }()
			r := bufio.NewReader(conn)
			for time.Since(begin) < during {
				if err := exchangeOnce(conn, r, request, size); err != nil {
					b.Error(err)
					return
				}
				counts[i]++
			}
		})
	}
	all.Wait()
	total := 0
	for _, n := range counts {
		total += n
	}
	return float64(total) / time.Since(begin).Seconds()
}

func exchangeOnce(w io.Writer, r *bufio.Reader, request string, size int) error {
	if _, err := io.WriteString(w, request); err != nil {
		return err
	}
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return err
		}
		if bytes.Equal(line, []byte("\r\n")) {
			break
		}
	}
	_, err := r.Discard(size)
	return err
}

// BenchmarkServeHTTP is the handler alone, without a connection.
func BenchmarkServeHTTP(b *testing.B) {
	for _, mode := range []struct {
		name  string
		cache int64
	}{{"cached", 64 << 20}, {"uncached", 0}} {
		b.Run(mode.name, func(b *testing.B) {
			s := serverOf(b, &fakeStore{version: "v"}, Options{}, datasets.NewSnapshot(rocks(b, "rocks")), engine.Options{CacheBytes: mode.cache})
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
