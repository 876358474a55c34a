package api

import (
	"bufio"
	"bytes"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/columnar"
	"herbarium/loaders"
)

// BenchmarkRequests asks for the README's example, whole and from memory. It
// compares this server with a bare net/http handler that writes the same bytes,
// header and body, over loopback with several connections. Both are asked in
// turn, round by round, so that what the machine does beside it hits both; the
// ratio is that of the medians of their requests per second.
func BenchmarkRequests(b *testing.B) {
	for _, mode := range []struct {
		name  string
		cache int64
	}{{"cached", 64 << 20}, {"uncached", 0}} {
		b.Run(mode.name, func(b *testing.B) {
			snapshot, err := datasets.Embedded()
			if err != nil {
				b.Fatal(err)
			}
			store := columnar.NewStore(columnar.Options{})
			iris, _ := snapshot.Dataset("iris")
			if _, err := loaders.Load(b.Context(), store, iris, nil, loaders.Options{}); err != nil {
				b.Fatal(err)
			}
			eng := engine.New(store, engine.Options{CacheBytes: mode.cache})
			ours := New(datasets.NewRegistry(snapshot), eng, Options{})
			compare(b, ours, `{"species":"setosa","lower":{"sepal_length":5.0,"sepal_width":3.0},"upper":{"sepal_length":5.1}}`)
		})
	}
}

// compare reports the ratio of ours to a bare handler.
func compare(b *testing.B, ours http.Handler, body string) {
	const rounds, during = 60, 25 * time.Millisecond
	recorded := post(ours, "/iris/range", body)
	want := bodyOf(b, recorded)
	if rows := strings.Count(want, "{"); rows != 16 {
		b.Fatalf("%d rows: %s", rows, want)
	}
	bare := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			b.Error(err)
		}
		maps.Copy(w.Header(), recorded.Header)
		_, _ = io.WriteString(w, want)
	})
	sides := [2]*callers{call8(b, bare, body, len(want)), call8(b, ours, body, len(want))}
	var rates [2][]float64
	for b.Loop() {
		for round := range rounds {
			for i := range sides {
				side := (i + round) % 2 // neither is always the first
				rates[side] = append(rates[side], sides[side].rate(during))
			}
		}
	}
	for i := range sides {
		slices.Sort(rates[i])
	}
	theirs, mine := rates[0][len(rates[0])/2], rates[1][len(rates[1])/2]
	b.ReportMetric(theirs, "bare-req/s")
	b.ReportMetric(mine, "req/s")
	b.ReportMetric(mine/theirs, "ratio")
}

// callers ask a server the same over and over. They write and read bytes
// themselves: a real client would be most of what is measured.
type callers struct {
	b       *testing.B
	conns   [8]net.Conn
	request string
	size    int
}

// call8 returns the callers of a server of its own.
func call8(b *testing.B, h http.Handler, body string, size int) *callers {
	server := httptest.NewServer(h)
	b.Cleanup(server.Close)
	c := &callers{b: b, size: size, request: "POST /iris/range HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: " +
		strconv.Itoa(len(body)) + "\r\n\r\n" + body}
	for i := range c.conns {
		conn, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = conn.Close() })
		c.conns[i] = conn
	}
	return c
}

// rate returns how many requests were answered in a second.
func (c *callers) rate(during time.Duration) float64 {
	var all sync.WaitGroup
	var total atomic.Int64
	begin := time.Now()
	for _, conn := range c.conns {
		all.Go(func() {
			r := bufio.NewReader(conn)
			n := int64(0)
			for ; time.Since(begin) < during; n++ {
				if err := exchangeOnce(conn, r, c.request, c.size); err != nil {
					c.b.Error(err)
					return
				}
			}
			total.Add(n)
		})
	}
	all.Wait()
	return float64(total.Load()) / time.Since(begin).Seconds()
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
