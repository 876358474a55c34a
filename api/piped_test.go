package api

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
	"testing"
)

// piped is a listener of connections in memory, which may be in synthetic time.
type piped struct {
	dialed chan net.Conn
	closed chan struct{}
	close  func()
}

func newPiped() *piped {
	p := &piped{dialed: make(chan net.Conn), closed: make(chan struct{})}
	p.close = sync.OnceFunc(func() { close(p.closed) })
	return p
}

func (p *piped) Accept() (net.Conn, error) {
	select {
	case conn := <-p.dialed:
		return conn, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *piped) Close() error {
	p.close()
	return nil
}

func (p *piped) Addr() net.Addr { return pipedAddr{} }

type pipedAddr struct{}

func (pipedAddr) Network() string { return "pipe" }
func (pipedAddr) String() string  { return "pipe" }

// dial returns the client's side of a connection; an error if nobody listens.
func (p *piped) dial() (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case p.dialed <- server:
		return client, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

// ask sends a request without a body over a connection of its own, which ends with the
// test, and returns the answer once its header is there.
func (p *piped) ask(t *testing.T, method, path string) *http.Response {
	t.Helper()
	conn, err := p.dial()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if _, err := fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", method, path); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	return response
}

// serveIn serves by the function until stop is called or the test ends; ended gets what it
// returned.
func (p *piped) serveIn(t *testing.T, serve func(context.Context, net.Listener) error) (stop context.CancelFunc, ended <-chan error) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	returned := make(chan error, 1)
	go func() { returned <- serve(ctx, p) }()
	t.Cleanup(stop)
	return stop, returned
}
