package api

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"herbarium/api/certificate/certificatetest"
	"herbarium/engine"
)

// serveTLS serves until the test ends, and returns the address and a configuration of
// clients, which show a certificate where the server demands one.
func serveTLS(t *testing.T, s *Server, authority *certificatetest.Authority) (addr string, client *tls.Config) {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, listener) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return listener.Addr().String(), &tls.Config{RootCAs: authority.Pool(), Certificates: []tls.Certificate{authority.Issue(t, "alice", time.Now().Add(time.Hour)).TLS(t)}}
}

func serverTLS(t *testing.T, authority *certificatetest.Authority) *tls.Config {
	return &tls.Config{NextProtos: []string{"h2", "http/1.1"}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: authority.Pool(),
		Certificates: []tls.Certificate{authority.Issue(t, "server", time.Now().Add(time.Hour)).TLS(t)}}
}

// logText is a log that is read while it is written.
type logText struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func TestClientsChooseHTTP2ByALPN(t *testing.T) {
	authority, log := certificatetest.NewAuthority(t, "authority"), &logText{}
	s := newServer(t, &fakeStore{rows: 2}, Options{TLS: serverTLS(t, authority), HSTS: time.Hour, Logger: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	addr, config := serveTLS(t, s, authority)
	for _, protocol := range []string{"HTTP/1.1", "HTTP/2.0"} {
		transport := &http.Transport{TLSClientConfig: config.Clone(), ForceAttemptHTTP2: protocol == "HTTP/2.0"}
		if protocol == "HTTP/1.1" {
			transport.Protocols = new(http.Protocols)
			transport.Protocols.SetHTTP1(true)
		}
		r, err := (&http.Client{Transport: transport}).Post("https://"+addr+"/rocks/range", "application/json", strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		if got := bodyOf(t, r); r.Proto != protocol || got != twoRowsJSON || r.Header.Get("Strict-Transport-Security") != "max-age=3600" {
			t.Errorf("%s %s %v", r.Proto, got, r.Header)
		}
		transport.CloseIdleConnections()
	}
	// A line is written once its answer was sent.
	eventually(t, "a line of each request", func() bool { return strings.Count(log.String(), "path=/rocks/range") >= 2 })
	if n := strings.Count(log.String(), `certificate="CN=alice"`); n != 2 {
		t.Errorf("the client's name is in %d lines:\n%s", n, log)
	}
	if h := call(s, http.MethodGet, "/healthz", "").Header; h.Get("Strict-Transport-Security") != "" {
		t.Error("an answer without TLS has Strict-Transport-Security")
	}
}

func TestAClientThatSpeaksNoTLSIsToldSo(t *testing.T) {
	authority := certificatetest.NewAuthority(t, "authority")
	addr, _ := serveTLS(t, newServer(t, &fakeStore{}, Options{TLS: serverTLS(t, authority)}), authority)
	r, err := http.Get("http://" + addr + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	if got := bodyOf(t, r); r.StatusCode != 400 || r.Header.Get("Content-Type") != "application/problem+json" || !strings.Contains(got, "use https://") {
		t.Errorf("%d %v %s", r.StatusCode, r.Header, got)
	}
}

// TestAnAnswerThatBreaksOffDoesNotEndTLSInOrder asks with HTTP/1.0, which knows the end
// of an answer only by that of the connection.
func TestAnAnswerThatBreaksOffDoesNotEndTLSInOrder(t *testing.T) {
	authority := certificatetest.NewAuthority(t, "authority")
	store := &fakeStore{next: func(_ context.Context, n int) (*engine.Batch, error) {
		if n < 20 {
			return manyRows(1000), nil
		}
		return nil, errors.New("the disk is gone")
	}}
	addr, config := serveTLS(t, newServer(t, store, Options{TLS: serverTLS(t, authority)}), authority)
	conn, err := tls.Dial("tcp", addr, config)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, "GET /rocks/range?format=csv HTTP/1.0\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	r, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(r.Body)
	if err == nil || errors.Is(err, io.EOF) || len(body) == 0 {
		t.Errorf("%d bytes came, and then %v", len(body), err)
	}
}
