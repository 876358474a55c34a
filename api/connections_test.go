package api

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"sync"
	"testing"
	"time"

	"herbarium/engine"
)

// connect opens a connection, which is closed with the test.
func (r *running) connect(t *testing.T) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", r.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// asks reports whether a request on the connection is answered, within a minute.
func asks(conn net.Conn) error {
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	if _, err := io.WriteString(conn, "GET /datasets HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		return err
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", response.StatusCode)
	}
	return nil
}

// eventually waits until the condition holds, which has to be within a minute.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

// waiting returns how many connections wait for a request.
func (c *connections) waiting() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.idle.Len()
}

func TestANewConnectionReplacesTheOneThatIsIdleLongest(t *testing.T) {
	r := serve(t, newServer(t, &fakeStore{}, Options{MaxConnections: 2}))
	first, second, idle := r.connect(t), r.connect(t), 0
	for _, conn := range []net.Conn{second, first} {
		if err := asks(conn); err != nil {
			t.Fatal(err)
		}
		idle++
		eventually(t, "its answer is out before it is idle", func() bool { return r.connections.waiting() == idle })
	}
	if err := asks(r.connect(t)); err != nil {
		t.Errorf("the third: %v", err)
	}
	if err := asks(second); err == nil {
		t.Error("the one that was idle longest is there yet")
	}
	if err := asks(first); err != nil {
		t.Errorf("the other: %v", err)
	}
	if n := r.connections.number(); n != 2 {
		t.Errorf("%d connections", n)
	}
}

func TestAConnectionWaitsWhileNoneIsIdle(t *testing.T) {
	release := make(chan struct{})
	store := &fakeStore{next: batches(1, func(context.Context) error {
		<-release
		return io.EOF
	})}
	r := serve(t, newServer(t, store, Options{MaxConnections: 1}))
	_, response := r.ask(t, "/rocks/range")
	waiting := make(chan error, 1)
	conn := r.connect(t)
	go func() { waiting <- asks(conn) }()
	select {
	case err := <-waiting:
		t.Fatalf("it did not wait (%v)", err)
	case <-time.After(100 * time.Millisecond):
	}
	close(release)
	if _, err := io.ReadAll(response.Body); err != nil {
		t.Errorf("the first: %v", err)
	}
	if err := <-waiting; err != nil {
		t.Errorf("the one that waited: %v", err)
	}
}

func TestAServerEndsWhileAConnectionWaits(t *testing.T) {
	r := serve(t, newServer(t, &fakeStore{}, Options{MaxConnections: 1, DrainTimeout: 100 * time.Millisecond}))
	for range 2 {
		r.connect(t) // neither asks
	}
	time.Sleep(20 * time.Millisecond)
	r.stop()
	if err := <-r.ended; err != nil {
		t.Errorf("Serve returned %v", err)
	}
}

// askedInTime opens a connection, of which a request has to be answered. Whoever takes the
// server's limit to send it may lose the connection, which is the machine's fault: it is
// opened anew.
func (r *running) askedInTime(t *testing.T, limit time.Duration) (net.Conn, error) {
	t.Helper()
	for end := time.Now().Add(time.Minute); ; {
		began := time.Now()
		conn, err := net.Dial("tcp", r.addr)
		if err != nil {
			return nil, err
		}
		t.Cleanup(func() { _ = conn.Close() })
		if err = asks(conn); err == nil {
			return conn, nil
		}
		if took := time.Since(began); took < limit || time.Now().After(end) {
			t.Fatalf("after %v: %v", took, err)
		}
	}
}

// TestIdleAndSlowConnections has more of them than the server takes, and looks that
// others are answered, and that nothing is left of them.
func TestIdleAndSlowConnections(t *testing.T) {
	const idle, slow, beside, most, limit = 2000, 200, 50, 1500, 500 * time.Millisecond
	store := &fakeStore{next: func(context.Context, int) (*engine.Batch, error) { return manyRows(engine.BatchRows), nil }} // without end
	r := serve(t, newServer(t, store, Options{MaxConnections: most, HeaderTimeout: limit, ReadTimeout: limit, ChunkTimeout: limit}))
	if _, err := r.askedInTime(t, limit); err != nil {
		t.Fatal(err)
	}
	goroutines, memory := runtime.NumGoroutine(), heap()
	var all []net.Conn
	for i := range idle {
		conn, err := r.askedInTime(t, limit)
		if err != nil {
			t.Skipf("%d connections are as many as this machine allows: %v", i, err)
		}
		all = append(all, conn)
	}
	var work sync.WaitGroup
	for i := range slow {
		conn := r.connect(t)
		work.Go(func() {
			begin := []string{slowHeader, slowBody, slowReader}[i%3]
			if !isEnded(conn, begin) {
				t.Errorf("a slow client keeps its connection: %q", begin)
			}
		})
	}
	for range beside {
		if _, err := r.askedInTime(t, limit); err != nil {
			t.Fatal(err)
		}
		if n := r.connections.number(); n > most {
			t.Errorf("%d connections", n)
		}
		time.Sleep(limit / 25)
	}
	work.Wait()
	for _, conn := range all {
		_ = conn.Close()
	}
	// Those of the requests are idle. The slow readers are still there, and have been
	// given up.
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		if n := runtime.NumGoroutine(); n <= goroutines+beside+5 {
			break
		} else if time.Now().After(deadline) {
			t.Fatalf("%d goroutines are left, of %d before", n, goroutines)
		}
	}
	if after := heap(); after > memory+16<<20 {
		t.Errorf("%d KiB of memory, %d KiB before", after>>10, memory>>10)
	}
}

// What slow clients send: the begin of a header, and of a body, byte by byte, or a
// request whose answer they do not read.
const (
	slowHeader = "GET /datasets HTTP/1.1\r\nHost: x\r\nX-Slow: "
	slowBody   = "POST /rocks/range HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10000\r\n\r\n{"
	slowReader = "POST /rocks/range HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
)

// isEnded sends the beginning of a request, and then a byte at a time. It reports whether
// the server ends the connection, within a minute. One who only reads would have to read to
// see that.
func isEnded(conn net.Conn, begin string) bool {
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	_, err := io.WriteString(conn, begin)
	for err == nil && begin != slowReader {
		time.Sleep(20 * time.Millisecond)
		_, err = io.WriteString(conn, "1")
	}
	return !errors.Is(err, os.ErrDeadlineExceeded)
}
