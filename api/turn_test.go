package api

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"herbarium/engine"
)

// stuck is a server of one request at a time, and a function that makes one which takes
// until the second function is called.
func stuck(t *testing.T) (r *running, begin, end func()) {
	t.Helper()
	read, began := make(chan struct{}), make(chan struct{}, 100)
	store := &fakeStore{next: func(ctx context.Context, i int) (*engine.Batch, error) {
		if i > 0 {
			return nil, io.EOF
		}
		began <- struct{}{}
		select {
		case <-read:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		return twoRows(), nil
	}}
	r = serve(t, newServer(t, store, Options{MaxRunning: 1}))
	begin = func() {
		conn := r.connect(t)
		_, _ = io.WriteString(conn, "GET /rocks/range HTTP/1.1\r\nHost: x\r\n\r\n")
		<-began
	}
	return r, begin, func() { close(read) }
}

// waits waits until so many requests wait for their turn.
func (r *running) waits(t *testing.T, n int64) {
	t.Helper()
	eventually(t, fmt.Sprintf("%d requests wait", n), func() bool {
		waiting, _ := r.gate.Counts()
		return waiting == n
	})
}

func TestARequestAwaitsItsTurn(t *testing.T) {
	r, begin, end := stuck(t)
	begin()
	for _, request := range []string{
		"GET /datasets HTTP/1.1\r\nHost: x\r\n\r\n",
		"POST /rocks/range HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
		"POST /mcp HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAccept: application/json, text/event-stream\r\nContent-Length: 40\r\n\r\n" +
			`{"jsonrpc":"2.0","id":1,"method":"ping"}`,
	} {
		waiting := r.connect(t)
		if _, err := io.WriteString(waiting, request); err != nil {
			t.Fatal(err)
		}
		r.waits(t, 1)
		_ = waiting.Close() // whoever leaves waits no more
		r.waits(t, 0)
	}
	for _, path := range []string{"/healthz", "/readyz", "/status"} { // at once
		response, err := http.Get("http://" + r.addr + path)
		if err != nil || response.StatusCode != http.StatusOK {
			t.Fatalf("%s: %v, %v", path, response, err)
		}
		_ = response.Body.Close()
	}
	waiting := r.connect(t)
	answered := make(chan error)
	go func() { answered <- asks(waiting) }()
	r.waits(t, 1)
	end()
	if err := <-answered; err != nil {
		t.Error(err)
	}
	http.DefaultClient.CloseIdleConnections()
}

func TestARequestOfWhichTheBodyIsMissingHasNoTurnYet(t *testing.T) {
	r, _, end := stuck(t)
	end()
	for _, path := range []string{"/rocks/range", "/mcp"} {
		slow := r.connect(t)
		if _, err := fmt.Fprintf(slow, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{", path); err != nil {
			t.Fatal(err)
		}
	}
	time.Sleep(50 * time.Millisecond) // they are read
	if err := asks(r.connect(t)); err != nil {
		t.Error(err)
	}
}

func TestAClientThatReadsSlowlyHasHadItsTurn(t *testing.T) {
	r := serve(t, newServer(t, &fakeStore{next: batches(1000, end)}, Options{MaxRunning: 1, ChunkTimeout: 5 * time.Second}))
	slow := r.connect(t)
	if _, err := io.WriteString(slow, "GET /rocks/range HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if _, err := slow.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	if err := asks(r.connect(t)); err != nil {
		t.Error(err)
	}
}

func TestARequestThatIsRefusedIsToldWhenToTryAgain(t *testing.T) {
	r, begin, end := stuck(t)
	begin()
	conn := r.connect(t)
	if _, err := io.WriteString(conn, "GET /rocks/range HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	r.waits(t, 1)
	r.stop() // which refuses within a second
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusServiceUnavailable || response.Header.Get("Retry-After") != "1" || !strings.Contains(string(body), `"overloaded"`) {
		t.Errorf("%d, %v: %s, %v", response.StatusCode, response.Header, body, err)
	}
	end()
}

func TestTheKernelTellsHowOldARequestIs(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	client, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Close() }()
	sent := time.Now()
	if _, err := client.Write([]byte("GET")); err != nil {
		t.Fatal(err)
	}
	time.Sleep(50 * time.Millisecond)
	accepted, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = accepted.Close() }()
	c := accepted.(*net.TCPConn)
	a := arrivals{raw: rawConn(c)}
	const ticks = 15 * time.Millisecond
	if age := a.age(); age < 50*time.Millisecond-ticks || age > time.Since(sent)+ticks {
		t.Errorf("the first request is %v old, after %v", age, time.Since(sent))
	}
	if a.gone() {
		t.Error("the client is gone that waits for an answer")
	}
	eventually(t, "the age is asked right after the answer", func() bool {
		answered := time.Now()
		a.answered()
		age := a.age()
		atOnce := time.Since(answered) < soon
		if atOnce && age > 0 {
			t.Errorf("a request is %v old right after the answer before it", age)
		}
		return atOnce
	})
	_ = client.Close()
	eventually(t, "the client that closed its connection is gone", a.gone)
}
