package api

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"herbarium/engine"
)

// running is a server under Serve.
type running struct {
	*Server
	addr  string
	stop  context.CancelFunc
	ended chan error
}

// serve runs s until the test ends or stop is called; ended gets what Serve
// returned. Nothing may be left running then.
func serve(t testing.TB, s *Server) *running {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	r := &running{s, listener.Addr().String(), stop, make(chan error, 1)}
	go func() {
		r.ended <- s.Serve(ctx, listener)
		close(r.ended)
	}()
	t.Cleanup(func() {
		stop()
		if err := <-r.ended; err != nil {
			t.Logf("Serve returned %v", err)
		}
		goleak.VerifyNone(t)
	})
	return r
}

// ask sends a query over a connection of its own and returns the answer once
// its header is there.
func (r *running) ask(t testing.TB, path string) (net.Conn, *http.Response) {
	t.Helper()
	conn, err := net.Dial("tcp", r.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if _, err := fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", path); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	return conn, response
}

// batches returns n large batches, and then last.
func batches(n int, last func(ctx context.Context) error) func(context.Context, int) (*engine.Batch, error) {
	return func(ctx context.Context, i int) (*engine.Batch, error) {
		if i < n {
			return manyRows(engine.BatchRows), nil
		}
		return nil, last(ctx)
	}
}

func end(context.Context) error { return io.EOF }

func TestTheFirstByteLeavesBeforeTheLastRowIsRead(t *testing.T) {
	read := make(chan struct{})
	store := &fakeStore{next: batches(1, func(context.Context) error {
		<-read
		return io.EOF
	})}
	r := serve(t, newServer(t, store, Options{}))
	_, response := r.ask(t, "/rocks/range")
	b := make([]byte, 10)
	if _, err := io.ReadFull(response.Body, b); err != nil || string(b) != `[{"kind":"` {
		t.Errorf("%q, %v", b, err)
	}
	close(read)
	rest, err := io.ReadAll(response.Body)
	if err != nil || !strings.HasSuffix(string(rest), `"pieces":4095}]`) {
		t.Errorf("%d bytes, %v", len(rest), err)
	}
	r.stop()
	if err := <-r.ended; err != nil {
		t.Error(err)
	}
}

func TestAnAnswerThatBreaksHalfWayIsCut(t *testing.T) {
	for name, breaks := range map[string]func(context.Context) error{
		"an error": func(context.Context) error { return errors.New("disk on fire") },
		"a panic":  func(context.Context) error { panic("disk on fire") },
	} {
		r := serve(t, newServer(t, &fakeStore{next: batches(3, breaks)}, Options{}))
		_, response := r.ask(t, "/rocks/range")
		if b, err := io.ReadAll(response.Body); !errors.Is(err, io.ErrUnexpectedEOF) || response.StatusCode != 200 {
			t.Errorf("%s: %d bytes, then %v", name, len(b), err)
		}
		r.stop()
		if err := <-r.ended; err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWithoutChunksACutIsAReset(t *testing.T) {
	// HTTP/1.0 ends an answer by closing; a plain close would pass for the end.
	breaks := func(context.Context) error { return errors.New("disk on fire") }
	r := serve(t, newServer(t, &fakeStore{next: batches(3, breaks)}, Options{}))
	conn, err := net.Dial("tcp", r.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, "POST /rocks/range HTTP/1.0\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(conn); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("%d bytes, then %v", len(b), err)
	}
}

func TestADeadReaderIsCut(t *testing.T) {
	store := &fakeStore{next: batches(1<<30, end), closed: make(chan struct{}, 1)}
	var log syncBuffer
	r := serve(t, newServer(t, store, Options{ChunkTimeout: 100 * time.Millisecond, Logger: slog.New(slog.NewTextHandler(&log, nil))}))
	r.ask(t, "/rocks/range") // reads the header and no more
	select {
	case <-store.closed:
	case <-time.After(time.Minute):
		t.Fatal("the reader holds the query for ever")
	}
	r.stop()
	if err := <-r.ended; err != nil {
		t.Error(err)
	}
	for _, part := range []string{"level=INFO", "status=200", "code=slow_reader", "cut=true", "did not take the next piece of the answer within 100ms"} {
		if !strings.Contains(log.String(), part) {
			t.Errorf("the log lacks %q: %s", part, log.String())
		}
	}
}

// syncBuffer is a buffer that a server writes while the test reads.
type syncBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

func TestHTTP2WithoutTLSIsAnsweredWhereItIsAskedFor(t *testing.T) {
	for _, h2c := range []bool{true, false} {
		t.Run(fmt.Sprint(h2c), func(t *testing.T) {
			r := serve(t, newServer(t, &fakeStore{}, Options{H2C: h2c}))
			transport := &http.Transport{Protocols: new(http.Protocols)}
			transport.Protocols.SetUnencryptedHTTP2(true)
			defer transport.CloseIdleConnections()
			response, err := (&http.Client{Transport: transport}).Post("http://"+r.addr+"/rocks/range", "application/json", strings.NewReader("{}"))
			if err == nil {
				defer func() { _ = response.Body.Close() }()
			}
			if h2c && (err != nil || response.ProtoMajor != 2 || response.StatusCode != 200 || !strings.HasPrefix(bodyOf(t, response), "[{")) {
				t.Errorf("%v, %v", response, err)
			}
			if !h2c && err == nil {
				t.Errorf("without the option it is answered: %v", response)
			}
			if _, plain := r.ask(t, "/rocks/range"); plain.StatusCode != 200 {
				t.Errorf("HTTP/1.1: %d", plain.StatusCode)
			}
		})
	}
}

func TestALongAnswerToALiveReaderIsNotCut(t *testing.T) {
	const chunk = 500 * time.Millisecond
	// Batches whose JSON is a chunk that is less, and one that is more, than
	// what is written at once.
	for _, rows := range []int{1000, 4 * engine.BatchRows} {
		synctest.Test(t, func(t *testing.T) {
			// All the time limits pass many times over while rows flow.
			store := &fakeStore{next: func(_ context.Context, n int) (*engine.Batch, error) {
				if n == 15 {
					return nil, io.EOF
				}
				time.Sleep(chunk - 1)
				return manyRows(rows), nil
			}}
			s := newServer(t, store, Options{ChunkTimeout: chunk, ReadTimeout: chunk, HeaderTimeout: chunk, IdleTimeout: chunk})
			server, p := s.httpServer(t.Context()), newPiped()
			go func() { _ = server.Serve(p) }()
			b, err := io.ReadAll(p.ask(t, http.MethodPost, "/rocks/range").Body)
			if err != nil || strings.Count(string(b), "kind") != 15*rows {
				t.Errorf("%d rows at once: %d bytes, %v", rows, len(b), err)
			}
			if err := server.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestAClientThatLeavesEndsItsQuery(t *testing.T) {
	store := &fakeStore{closed: make(chan struct{}, 1), next: batches(1, func(ctx context.Context) error {
		<-ctx.Done()
		return ctx.Err()
	})}
	var log syncBuffer
	r := serve(t, newServer(t, store, Options{Logger: slog.New(slog.NewTextHandler(&log, nil))}))
	conn, _ := r.ask(t, "/rocks/range")
	_ = conn.Close()
	select {
	case <-store.closed:
	case <-time.After(time.Minute):
		t.Fatal("the query goes on for nobody")
	}
	r.stop()
	if err := <-r.ended; err != nil {
		t.Error(err)
	}
	if !strings.Contains(log.String(), "status=499") || !strings.Contains(log.String(), "code=client_gone") {
		t.Errorf("the log has %s", log.String())
	}
}

func TestASlowBodyIsGivenUp(t *testing.T) {
	r := serve(t, newServer(t, &fakeStore{}, Options{ReadTimeout: 50 * time.Millisecond}))
	conn, err := net.Dial("tcp", r.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, "POST /rocks/range HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{"); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := bodyOf(t, response); response.StatusCode != 408 || !strings.Contains(got, `"code":"slow_body"`) {
		t.Errorf("%d %s", response.StatusCode, got)
	}
}

func TestALongBodyIsRefusedBeforeItIsSent(t *testing.T) {
	r := serve(t, newServer(t, &fakeStore{}, Options{}))
	for name, head := range map[string]string{
		"by its length":     "Content-Length: 1048577\r\n\r\n",
		"as it comes":       "Transfer-Encoding: chunked\r\n\r\n100001\r\n" + strings.Repeat(" ", 1<<20+1),
		"waiting for a nod": "Expect: 100-continue\r\nContent-Length: 99999999\r\n\r\n",
	} {
		conn, err := net.Dial("tcp", r.addr)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(conn, "POST /rocks/range HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"+head); err != nil {
			t.Fatal(err)
		}
		response, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(name, err)
		}
		if got := bodyOf(t, response); response.StatusCode != 413 || !response.Close || !strings.Contains(got, `"code":"too_large"`) {
			t.Errorf("%s: %d %s", name, response.StatusCode, got)
		}
		_ = conn.Close()
	}
}

func TestDrainAnswersWhatIsInFlightAndWhatWasRead(t *testing.T) {
	release := make(chan struct{})
	store := &fakeStore{next: batches(1, func(context.Context) error {
		<-release
		return io.EOF
	})}
	r := serve(t, newServer(t, store, Options{}))
	_, response := r.ask(t, "/rocks/range")
	r.stop()
	for {
		conn, err := net.Dial("tcp", r.addr)
		if err != nil {
			break
		}
		_ = conn.Close()
		time.Sleep(time.Millisecond)
	}
	// A request that was read is answered: a proxy would pass a refusal on.
	late := call(r.Server, http.MethodGet, "/datasets", "")
	if got := bodyOf(t, late); late.StatusCode != 200 || late.Header.Get("Connection") != "close" || !strings.Contains(got, "rocks") {
		t.Errorf("%d, %v, %s", late.StatusCode, late.Header, got)
	}
	if ready := call(r.Server, http.MethodGet, "/readyz", ""); ready.StatusCode != 503 {
		t.Errorf("/readyz: %d", ready.StatusCode)
	}
	select {
	case err := <-r.ended:
		t.Fatalf("Serve returned %v with a request in flight", err)
	default:
	}
	close(release)
	if b, err := io.ReadAll(response.Body); err != nil || !strings.HasSuffix(string(b), "}]") {
		t.Errorf("the one in flight: %d bytes, %v", len(b), err)
	}
	if err := <-r.ended; err != nil {
		t.Errorf("Serve returned %v", err)
	}
}

func TestDuringTheDrainDelayTheServerIsUnreadyAndStillAnswers(t *testing.T) {
	delay := 500 * time.Millisecond
	for !stillAnswers(t, delay) {
		delay *= 2
	}
}

// stillAnswers reports whether the machine was fast enough to ask during the delay.
func stillAnswers(t *testing.T, delay time.Duration) bool {
	r := serve(t, newServer(t, &fakeStore{}, Options{DrainDelay: delay}))
	if _, before := r.ask(t, "/rocks/range"); before.StatusCode != 200 || before.Close {
		t.Errorf("before: %d, close %v", before.StatusCode, before.Close)
	}
	told := time.Now()
	r.stop()
	eventually(t, "the server leaves", r.leaving.Load)
	// Each over a connection of its own.
	var faults []string
	for path, want := range map[string]struct {
		status int
		text   string
	}{"/rocks/range": {200, "kind"}, "/readyz": {503, "shutting down"}, "/healthz": {200, ""}} {
		during, err := http.Get("http://" + r.addr + path)
		if err != nil {
			faults = append(faults, err.Error())
			continue
		}
		if got := bodyOf(t, during); during.StatusCode != want.status || !during.Close || !strings.Contains(got, want.text) {
			faults = append(faults, fmt.Sprintf("%s: %d, close %v: %s", path, during.StatusCode, during.Close, got))
		}
	}
	fast := time.Since(told) < delay
	if fast && faults != nil {
		t.Errorf("during the delay: %q", faults)
	}
	if err := <-r.ended; err != nil || time.Since(told) < delay {
		t.Errorf("Serve returned %v after %v", err, time.Since(told))
	}
	if conn, err := net.Dial("tcp", r.addr); err == nil {
		_ = conn.Close()
		t.Error("somebody still listens")
	}
	return fast
}

func TestADrainHasABound(t *testing.T) {
	store := &fakeStore{next: batches(1, func(ctx context.Context) error {
		<-ctx.Done()
		return ctx.Err()
	})}
	r := serve(t, newServer(t, store, Options{DrainTimeout: 50 * time.Millisecond}))
	_, response := r.ask(t, "/rocks/range")
	r.stop()
	if err := <-r.ended; err == nil || !strings.Contains(err.Error(), "1 requests were cut after 50ms") {
		t.Errorf("Serve returned %v", err)
	}
	if _, err := io.ReadAll(response.Body); err == nil {
		t.Error("the answer that was cut looks whole")
	}
	eventually(t, "no request is running", func() bool { return r.inFlight.Load() == 0 })
}

func TestAListenerThatFailsIsAnError(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = listener.Close()
	if err := newServer(t, &fakeStore{}, Options{}).Serve(context.Background(), listener); !errors.Is(err, net.ErrClosed) {
		t.Errorf("got %v", err)
	}
}

func TestAMillionRowsStreamInLittleMemory(t *testing.T) {
	const rows, maxHeap = 1_000_000, 16 << 20 // 64 MB is the promise; the stream needs far less
	batch := manyRows(engine.BatchRows)
	var left atomic.Int64
	left.Store(rows)
	store := &fakeStore{next: func(context.Context, int) (*engine.Batch, error) {
		n := min(left.Load(), engine.BatchRows)
		if n == 0 {
			return nil, io.EOF
		}
		left.Add(-n)
		batch.Rows = int(n)
		return batch, nil
	}}
	r := serve(t, newServer(t, store, Options{}))
	idle, peak := heap(), uint64(0)
	_, response := r.ask(t, "/rocks/range")
	count, buf := 0, make([]byte, 256<<10)
	for reads := 0; ; reads++ {
		n, err := response.Body.Read(buf)
		for _, c := range buf[:n] {
			if c == '{' {
				count++
			}
		}
		if reads%1000 == 0 {
			peak = max(peak, heap())
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if count != rows {
		t.Errorf("%d rows", count)
	}
	if peak > idle+maxHeap {
		t.Errorf("%d MB above idle", (peak-idle)>>20)
	}
	t.Logf("peak %d KB above %d KB", (int64(peak)-int64(idle))>>10, idle>>10)
}

// heap is the memory of all that is alive.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
