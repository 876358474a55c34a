package api

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"herbarium/api/certificate/certificatetest"
	"herbarium/api/overload"
)

// closedDoor is a server that lets nothing be read before its queue is closed.
func closedDoor(t *testing.T, store *fakeStore, options Options) *running {
	t.Helper()
	s := newServer(t, store, options)
	s.reads = overload.NewReadQueue(0)
	return serve(t, s)
}

// waitsUnread waits until so many requests wait to be read.
func (r *running) waitsUnread(t *testing.T, n int64) {
	t.Helper()
	eventually(t, fmt.Sprintf("%d requests wait to be read", n), func() bool {
		waiting, _ := r.reads.Counts()
		return waiting == n
	})
}

func TestARequestAwaitsThatItIsRead(t *testing.T) {
	r := closedDoor(t, &fakeStore{}, Options{})
	conn, answered := r.connect(t), make(chan error, 1)
	go func() { answered <- asks(conn) }()
	r.waitsUnread(t, 1)
	if waiting, refused := r.waiting(); waiting != 1 || refused != 0 {
		t.Errorf("%d wait, %d were refused", waiting, refused)
	}
	r.reads.Close()
	if err := <-answered; err != nil {
		t.Error(err)
	}
}

func TestAProbeIsReadAtOnce(t *testing.T) {
	r := closedDoor(t, &fakeStore{}, Options{BasePath: "/data"})
	conn := r.connect(t)
	answers := bufio.NewReader(conn)
	for _, line := range []string{"GET /data/healthz", "GET /healthz?verbose", "HEAD /data/readyz"} {
		if _, err := io.WriteString(conn, line+" HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		answer, err := http.ReadResponse(answers, &http.Request{Method: strings.Fields(line)[0]})
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, answer.Body)
	}
	for i, line := range []string{"GET /data/healthzz", "GET /data/rocks/range?x=/healthz", "POST /data/healthz"} {
		if _, err := io.WriteString(r.connect(t), line+" HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		r.waitsUnread(t, int64(i)+1)
	}
	r.reads.Close()
}

func TestAServerThatStopsAnswersWhatWasNotReadYet(t *testing.T) {
	r := closedDoor(t, &fakeStore{}, Options{})
	const requests = 20
	answered := make(chan error, requests)
	for range requests {
		conn := r.connect(t)
		go func() { answered <- asks(conn) }()
	}
	r.waitsUnread(t, requests)
	r.stop()
	for range requests {
		if err := <-answered; err != nil {
			t.Error(err)
		}
	}
	if n := r.Server.unread.Load(); n != 0 {
		t.Errorf("%d requests have no handler yet", n)
	}
}

func TestAClientThatLeftIsNotAnswered(t *testing.T) {
	var asked atomic.Int64
	store := &fakeStore{next: batches(1, func(context.Context) error {
		asked.Add(1)
		return io.EOF
	})}
	r := closedDoor(t, store, Options{})
	conn := r.connect(t)
	if _, err := io.WriteString(conn, "GET /rocks/range HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	r.waitsUnread(t, 1)
	_ = conn.Close()
	time.Sleep(2 * minLong)
	r.reads.Close()
	eventually(t, "no connection is left", func() bool { return r.connections.number() == 0 })
	if n := asked.Load(); n != 0 {
		t.Errorf("the store was asked %d times", n)
	}
}

func TestAConnectionWhoseRequestWaitsIsNotReplaced(t *testing.T) {
	r := closedDoor(t, &fakeStore{}, Options{MaxConnections: 1})
	first := r.connect(t)
	answered := make(chan error, 2)
	go func() { answered <- asks(first) }()
	r.waitsUnread(t, 1)
	second := r.connect(t)
	go func() { answered <- asks(second) }()
	time.Sleep(50 * time.Millisecond) // it may be accepted
	if n := r.connections.number(); n != 1 {
		t.Errorf("%d connections", n)
	}
	r.reads.Close()
	for range 2 {
		if err := <-answered; err != nil {
			t.Error(err)
		}
	}
}

func TestARequestThatWaitsToBeReadForLongIsRefused(t *testing.T) {
	r := closedDoor(t, &fakeStore{}, Options{})
	var conns []net.Conn
	for range 200 { // of which more than 10 a second are refused
		conn := r.connect(t)
		if _, err := io.WriteString(conn, "GET /datasets HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		conns = append(conns, conn)
	}
	response, err := http.ReadResponse(bufio.NewReader(conns[0]), nil)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusServiceUnavailable || response.Header.Get("Retry-After") != "1" {
		t.Errorf("%d, %v: %s, %v", response.StatusCode, response.Header, body, err)
	}
	if _, refused := r.waiting(); refused == 0 {
		t.Error("none was refused")
	}
}

func TestSlowBodiesAndPipelinesAreReadInTurn(t *testing.T) {
	r := serve(t, newServer(t, &fakeStore{}, Options{}))
	conn := r.connect(t)
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	reader := bufio.NewReader(conn)
	get, post := "GET /datasets HTTP/1.1\r\nHost: x\r\n\r\n", "POST /rocks/range HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{"
	for _, parts := range [][]string{{get + get, ""}, {post, "}"}, {get[:10], get[10:] + get}} {
		for _, part := range parts {
			if _, err := io.WriteString(conn, part); err != nil {
				t.Fatal(err)
			}
			time.Sleep(20 * time.Millisecond)
		}
		answers := 2
		if parts[0] == post {
			answers = 1
		}
		for i := range answers {
			response, err := http.ReadResponse(reader, nil)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(response.Body)
			if err != nil || response.StatusCode != http.StatusOK {
				t.Errorf("answer %d of %q: %d, %v: %s", i, parts, response.StatusCode, err, body)
			}
		}
	}
	if n := fmt.Sprint(r.Server.unread.Load(), r.connections.number()); n != "0 1" {
		t.Errorf("unread requests and connections: %s", n)
	}
}

func TestAWaitIsNotTheTimeOfTheClient(t *testing.T) {
	const limit, wait = 200 * time.Millisecond, 500 * time.Millisecond
	t.Run("a long header", func(t *testing.T) {
		r := closedDoor(t, &fakeStore{}, Options{HeaderTimeout: limit})
		conn, answered := r.connect(t), make(chan error, 1)
		if _, err := fmt.Fprintf(conn, "GET /datasets HTTP/1.1\r\nHost: x\r\nX-Long: %s\r\n\r\n", strings.Repeat("x", 8<<10)); err != nil {
			t.Fatal(err)
		}
		go func() {
			_, err := http.ReadResponse(bufio.NewReader(conn), nil)
			answered <- err
		}()
		r.waitsUnread(t, 1)
		time.Sleep(wait)
		r.reads.Close()
		if err := <-answered; err != nil {
			t.Error(err)
		}
	})
	t.Run("TLS", func(t *testing.T) {
		authority := certificatetest.NewAuthority(t, "authority")
		s := newServer(t, &fakeStore{rows: 2}, Options{TLS: serverTLS(t, authority), HeaderTimeout: limit})
		s.reads = overload.NewReadQueue(0)
		addr, config := serveTLS(t, s, authority)
		answered := make(chan error, 1)
		go func() {
			conn, err := tls.Dial("tcp", addr, config)
			if err == nil {
				err = asks(conn)
			}
			answered <- err
		}()
		(&running{Server: s}).waitsUnread(t, 1)
		time.Sleep(wait)
		s.reads.Close()
		if err := <-answered; err != nil {
			t.Error(err)
		}
	})
}

// overHTTP2 returns a client that sends all of its requests over one connection.
func overHTTP2(t *testing.T) *http.Client {
	t.Helper()
	transport := &http.Transport{Protocols: new(http.Protocols)}
	transport.Protocols.SetUnencryptedHTTP2(true)
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func TestRequestsOfOneConnectionWaitOneByOne(t *testing.T) {
	r := closedDoor(t, &fakeStore{}, Options{H2C: true})
	client, answered := overHTTP2(t), make(chan int, 10)
	get := func(ctx context.Context) {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+r.addr+"/datasets", nil)
		if err != nil {
			t.Error(err)
			return
		}
		response, err := client.Do(request)
		if err != nil {
			answered <- 0
			return
		}
		answered <- response.StatusCode
		_ = response.Body.Close()
	}
	probe := func() {
		response, err := client.Get("http://" + r.addr + "/healthz")
		if err != nil || response.StatusCode != http.StatusOK {
			t.Fatalf("%v, %v", response, err)
		}
		_ = response.Body.Close()
	}
	probe()
	gone, leave := context.WithCancel(t.Context())
	for i, ctx := range []context.Context{t.Context(), gone, t.Context()} {
		go get(ctx)
		r.waitsUnread(t, int64(i)+1)
	}
	probe() // waits for none of them
	leave()
	if status := <-answered; status != 0 {
		t.Errorf("an answer to a client that left: %d", status)
	}
	r.waitsUnread(t, 2)
	if n := r.connections.number(); n != 1 {
		t.Errorf("%d connections", n)
	}
	r.reads.Close()
	for range 2 {
		if status := <-answered; status != http.StatusOK {
			t.Errorf("status %d", status)
		}
	}
}

func TestRequestsOfOneConnectionAreRefusedOneByOne(t *testing.T) {
	r := closedDoor(t, &fakeStore{}, Options{H2C: true})
	client := overHTTP2(t)
	const requests = 200 // of which more than 10 a second are refused
	statuses := make(chan int, requests)
	for range requests {
		go func() {
			response, err := client.Get("http://" + r.addr + "/datasets")
			if err != nil {
				t.Error(err)
				statuses <- 0
				return
			}
			_ = response.Body.Close()
			statuses <- response.StatusCode
		}()
	}
	if status := <-statuses; status != http.StatusServiceUnavailable {
		t.Errorf("status %d", status)
	}
	r.reads.Close()
	for range requests - 1 {
		if status := <-statuses; status != http.StatusServiceUnavailable && status != http.StatusOK {
			t.Errorf("status %d", status)
		}
	}
}

func TestWhatAConnectionOfHTTP2ReadsDoesNotWait(t *testing.T) {
	authority := certificatetest.NewAuthority(t, "authority")
	s := newServer(t, &fakeStore{rows: 2}, Options{TLS: serverTLS(t, authority)})
	addr, config := serveTLS(t, s, authority)
	for _, version2 := range []bool{true, false} {
		transport := &http.Transport{TLSClientConfig: config.Clone(), ForceAttemptHTTP2: version2}
		response, err := (&http.Client{Transport: transport}).Get("https://" + addr + "/datasets")
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, response.Body)
		_ = response.Body.Close()
		waits := []bool{}
		for range 100 { // until the connection waits for its next request
			s.connections.mu.Lock()
			for c := range s.connections.places {
				waits = append(waits, c.(conn).first().next.Load())
			}
			s.connections.mu.Unlock()
			if len(waits) > 0 {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		if len(waits) != 1 || waits[0] == version2 {
			t.Errorf("HTTP/%d: what is read next waits: %v", response.ProtoMajor, waits)
		}
		transport.CloseIdleConnections()
		for s.connections.number() > 0 {
			time.Sleep(time.Millisecond)
		}
	}
}
