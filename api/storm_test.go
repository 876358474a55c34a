package api

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"herbarium/api/auth"
	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/columnar"
	"herbarium/loaders"
)

// The storm sends requests that a generator makes up, from nearly valid ones to noise, to
// servers on the loopback interface, with and without an auth file. What they are answered
// does not matter, as long as no answer is a failure of the server, every connection ends,
// nothing panics, and no goroutine is left. Connections are plain sockets, since clients
// would refuse to send most of it; some requests go out over HTTP/2.
//
// HERBARIUM_STORM is the number of requests, HERBARIUM_STORM_SEED the seed.

const (
	stormRequests = 15_000
	stormSeed     = 17
	// stormPatience is how long a connection may take to end.
	stormPatience = time.Minute
)

func TestGeneratedRequestsNeverFailTheServer(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	total, seed := number(t, "HERBARIUM_STORM", stormRequests), number(t, "HERBARIUM_STORM_SEED", stormSeed)
	if testing.Short() {
		total = min(total, 3000)
	}
	t.Logf("%d requests; HERBARIUM_STORM_SEED=%d", total, seed)
	failures := &errorLog{}
	var targets []string
	for _, guarded := range []bool{false, true} {
		address, stop := stormServer(t, guarded, failures)
		defer stop()
		targets = append(targets, address)
	}
	var sent, answered atomic.Int64
	var running sync.WaitGroup
	for worker := range uint64(4) {
		running.Go(func() {
			g := newStorm(rand.New(rand.NewPCG(uint64(seed), worker)))
			client := h2Client()
			defer client.CloseIdleConnections()
			for n := 0; sent.Load() < int64(total) && !t.Failed(); n++ {
				address := targets[g.r.IntN(len(targets))]
				if n%8 == 7 {
					sent.Add(1)
					g.overHTTP2(t, client, address, &answered)
					continue
				}
				request, count := g.connection()
				sent.Add(int64(count))
				throw(t, int(worker), n, address, request, &answered)
			}
		})
	}
	running.Wait()
	if text := failures.String(); text != "" {
		t.Errorf("the server logged:\n%s", text)
	}
	if got := answered.Load(); got < int64(total)/4 {
		t.Errorf("%d of %d requests were answered; the generator makes too much noise", got, total)
	}
	t.Logf("%d requests, %d answers", sent.Load(), answered.Load())
}

func number(t *testing.T, variable string, otherwise int) int {
	text := os.Getenv(variable)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s: %v", variable, err)
	}
	return n
}

// errorLog keeps what is logged as an error, or tells of a panic.
type errorLog struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *errorLog) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if (bytes.Contains(line, []byte("level=ERROR")) || bytes.Contains(line, []byte("panic"))) && l.text.Len() < 1<<14 {
		l.text.Write(line)
	}
	return len(line), nil
}

func (l *errorLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// stormServer serves two datasets that ship, and one without rows.
func stormServer(t *testing.T, guarded bool, log io.Writer) (address string, stop func()) {
	t.Helper()
	shipped, err := datasets.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	store := columnar.NewStore(columnar.Options{})
	var served []*datasets.Dataset
	for _, name := range []string{"iris", "penguins", "diamonds"} {
		ds, _ := shipped.Dataset(name)
		served = append(served, ds)
		if name == "diamonds" {
			continue
		}
		if _, err := loaders.Load(t.Context(), store, ds, nil, loaders.Options{}); err != nil {
			t.Fatal(err)
		}
	}
	snapshot := datasets.NewSnapshot(served...)
	// Lines of requests are level INFO, and of failures ERROR.
	options := Options{H2C: true, Logger: slog.New(slog.NewTextHandler(log, nil)), CORS: CORS{Origins: []string{"https://example.org"}}, DrainTimeout: 5 * time.Second}
	if guarded {
		path := filepath.Join(t.TempDir(), "auth.yaml")
		if err := os.WriteFile(path, []byte(stormAccess), 0o600); err != nil {
			t.Fatal(err)
		}
		options.Auth = auth.Open(path, snapshot, options.Logger)
	}
	s := serverOf(t, store, options, snapshot, engine.Options{CacheBytes: 1 << 20})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, listener) }()
	return listener.Addr().String(), func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the server did not end in order: %v", err)
		}
		if options.Auth != nil {
			options.Auth.Close()
		}
	}
}

const stormAccess = `keys:
  - {name: team, sha256: "` + sumTeam + `", scopes: ["iris:*"]}
  - {name: all, sha256: "` + sumAll + `", scopes: ["*"]}
anonymous: ["iris:range", "penguins:*"]
policies:
  iris:
    - {for: anonymous, rows: {species: [setosa]}, hide: [petal_width]}
    - {for: "*"}
limits:
  - {for: "key:team", rate: 500/s, rows: 20, groups: 3, scanned: 100, time: 5s}
`

// statusLine finds the statuses of answers among all that came.
var statusLine = regexp.MustCompile(`(?:^|\n)HTTP/1\.[01] (\d{3})[ \r]`)

// throw sends bytes on a connection, and reads all that comes until it ends.
func throw(t *testing.T, worker, n int, address string, request []byte, answered *atomic.Int64) {
	dialer := net.Dialer{Timeout: stormPatience}
	if runtime.GOOS == "linux" { // or the ports of one address would be used up
		dialer.LocalAddr = &net.TCPAddr{IP: net.IPv4(127, 0, byte(1+worker), byte(1+n%250))}
	}
	c, err := dialer.Dial("tcp", address)
	if err != nil {
		t.Errorf("dial: %v", err)
		return
	}
	defer func() { _ = c.Close() }()
	_ = c.SetDeadline(time.Now().Add(stormPatience))
	go func() {
		_, _ = c.Write(request) // the server may have hung up before
		_ = c.(*net.TCPConn).CloseWrite()
	}()
	text, err := io.ReadAll(c)
	if timeout, ok := err.(net.Error); ok && timeout.Timeout() {
		t.Errorf("the connection did not end in %v; sent %q; got %q", stormPatience, clip(request), clip(text))
	}
	for _, m := range statusLine.FindAllSubmatch(text, -1) {
		answered.Add(1)
		if s := string(m[1]); s >= "500" && s != "503" && s != "501" && s != "505" {
			t.Errorf("%s for %q:\n%q", s, clip(request), clip(text))
		}
	}
}

func clip(b []byte) []byte { return b[:min(len(b), 4000)] }

// h2Client speaks HTTP/2 without TLS.
func h2Client() *http.Client {
	transport := &http.Transport{Protocols: new(http.Protocols), DisableCompression: true}
	transport.Protocols.SetUnencryptedHTTP2(true)
	return &http.Client{Transport: transport, Timeout: stormPatience, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// overHTTP2 sends a request that a client of HTTP/2 takes.
func (g *storm) overHTTP2(t *testing.T, client *http.Client, address string, answered *atomic.Int64) {
	method := strings.TrimSpace(g.method())
	r, err := http.NewRequest(method, "http://"+address+"/", bytes.NewReader(g.body()))
	if err != nil || method == http.MethodConnect {
		return
	}
	path, query, _ := strings.Cut(g.target(), "?")
	r.URL.Opaque = path
	r.URL.RawQuery = query
	if _, err := url.ParseRequestURI(path); err != nil || !strings.HasPrefix(path, "/") {
		return // the server resets the stream, and Go's client asks again until its time is over
	}
	for range g.r.IntN(6) {
		name, value, _ := strings.Cut(g.header(), ":")
		r.Header.Add(name, strings.TrimSpace(value))
	}
	response, err := client.Do(r)
	if err != nil {
		if timeout, ok := err.(net.Error); ok && timeout.Timeout() {
			t.Errorf("%s %s over HTTP/2: %v", method, r.URL, err)
		}
		return // the client refused it
	}
	defer func() { _ = response.Body.Close() }()
	text, _ := io.ReadAll(response.Body)
	answered.Add(1)
	if s := response.StatusCode; s >= 500 && s != http.StatusServiceUnavailable {
		t.Errorf("%d over HTTP/2 for %s %s: %s", s, method, r.URL, clip(text))
	}
}

// storm makes requests up.
type storm struct{ r *rand.Rand }

func newStorm(r *rand.Rand) *storm { return &storm{r} }

func pick[T any](g *storm, of ...T) T { return of[g.r.IntN(len(of))] }

// rarely is true one time in n.
func (g *storm) rarely(n int) bool { return g.r.IntN(n) == 0 }

// connection returns the bytes of some requests, and how many they are.
func (g *storm) connection() (text []byte, requests int) {
	var b bytes.Buffer
	if g.rarely(60) {
		return g.frames(), 1
	}
	requests = 1 + g.r.IntN(6)
	for range requests {
		g.request(&b)
	}
	if g.rarely(20) { // cut somewhere
		b.Truncate(g.r.IntN(b.Len() + 1))
	}
	if g.rarely(40) && b.Len() > 0 { // with another byte somewhere
		b.Bytes()[g.r.IntN(b.Len())] = byte(g.r.IntN(256))
	}
	return b.Bytes(), requests
}

// frames is HTTP/2 with frames of noise.
func (g *storm) frames() []byte {
	b := []byte("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00")
	for range g.r.IntN(8) {
		n := g.r.IntN(40)
		b = append(b, 0, 0, byte(n), byte(g.r.IntN(12)), byte(g.r.IntN(256)), 0, 0, 0, byte(g.r.IntN(6)))
		for range n {
			b = append(b, byte(g.r.IntN(256)))
		}
	}
	return b
}

func (g *storm) method() string {
	if g.rarely(15) {
		return pick(g, "get", "G@T", "", "TRACE", "CONNECT", "PATCH", "DELETE", "PUT", "PRI", "ПОСТ", strings.Repeat("M", 300), "GET\t", " GET")
	}
	return pick(g, "GET", "GET", "HEAD", "POST", "POST", "POST", "QUERY", "OPTIONS")
}

func (g *storm) request(b *bytes.Buffer) {
	version := "HTTP/1.1"
	if g.rarely(20) {
		version = pick(g, "HTTP/1.0", "HTTP/2.0", "HTTP/0.9", "HTTP/1.9", "HTTP/1", "http/1.1", "", "HTTP/1.1 x")
	}
	method := g.method()
	fmt.Fprintf(b, "%s %s %s\r\n", method, g.target(), version)
	if !g.rarely(40) {
		b.WriteString("Host: " + pick(g, "storm", "storm", "localhost:8000", "127.0.0.1", "[::1]:80", "a b", "evil.example", "%00") + "\r\n")
	}
	for range g.r.IntN(5) {
		b.WriteString(g.header() + "\r\n")
	}
	if g.rarely(60) {
		b.WriteString(pick(g, "No colon\r\n", ": no name\r\n", " folded\r\n", "X-Nul: \x00\r\n", "X-Long: "+strings.Repeat("y", 70_000)+"\r\n", "Bare: lf\n", "X Y: z\r\n"))
	}
	var body []byte
	if method == "POST" || method == "QUERY" || g.rarely(10) {
		body = g.body()
		b.WriteString("Content-Type: " + pick(g, "application/json", "application/json", "application/json", "application/json; charset=utf-8", "text/plain", "application/json; charset=latin1", ";;", "") + "\r\n")
	}
	g.frame(b, body)
}

// frame ends the header and writes the body, mostly as HTTP says.
func (g *storm) frame(b *bytes.Buffer, body []byte) {
	kind := g.r.IntN(18)
	if g.rarely(12) {
		kind = 18 + g.r.IntN(6)
	}
	switch {
	case kind < 12:
		if len(body) > 0 || kind < 2 {
			fmt.Fprintf(b, "Content-Length: %d\r\n", len(body))
		}
		b.WriteString("\r\n")
		b.Write(body)
	case kind < 18 && len(body) > 0:
		b.WriteString("Transfer-Encoding: chunked\r\n\r\n")
		for len(body) > 0 {
			n := 1 + g.r.IntN(len(body))
			fmt.Fprintf(b, "%x%s\r\n", n, pick(g, "", "", ";ext=1", " "))
			b.Write(body[:n])
			b.WriteString("\r\n")
			body = body[n:]
		}
		b.WriteString(pick(g, "0\r\n\r\n", "0\r\n\r\n", "0\r\nX-Trailer: 1\r\n\r\n", "00\r\n\r\n"))
	case kind == 18:
		fmt.Fprintf(b, "Content-Length: %d\r\nTransfer-Encoding: %s\r\n\r\n", len(body), pick(g, "chunked", "gzip, chunked", "identity", "chunked, chunked", "\x0bchunked"))
		fmt.Fprintf(b, "%x\r\n%s\r\n0\r\n\r\n", len(body), body)
	case kind == 19:
		fmt.Fprintf(b, "Content-Length: %s\r\n\r\n%s", pick(g, "-1", "1e3", "99999999999999999999", "0x10", "5, 5", "+3", "999", "2097152"), body)
	case kind == 20:
		fmt.Fprintf(b, "Transfer-Encoding: chunked\r\n\r\n%s", pick(g, "zz\r\n{}\r\n0\r\n\r\n", "ffffffffffffffff\r\n{}", "2\r\n{}0\r\n\r\n", "-1\r\n", "2\n{}\n0\n\n"))
	case kind == 21:
		fmt.Fprintf(b, "Expect: %s\r\nContent-Length: %d\r\n\r\n%s", pick(g, "100-continue", "200-maybe"), len(body), body)
	default:
		fmt.Fprintf(b, "Content-Length: %d\r\n\r\n%s", max(0, len(body)+g.r.IntN(5)-2), body)
	}
}
