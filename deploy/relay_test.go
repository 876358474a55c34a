//go:build e2e

package deploy_test

import (
	"context"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
)

// relay passes connections on to a server. While it cuts, it ends those of which
// more than cutAfter bytes came from the server, as a server that ends in the
// middle of an answer.
type relay struct {
	listener net.Listener
	server   string
	cuts     atomic.Bool
	closed   context.Context // with the test
	work     sync.WaitGroup
}

const cutAfter = 1 << 20

func startRelay(t *testing.T, server string) *relay {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{listener: listener, server: server, closed: t.Context()}
	r.work.Go(r.accept)
	t.Cleanup(func() {
		_ = listener.Close()
		r.work.Wait()
	})
	return r
}

func (r *relay) address() string { return r.listener.Addr().String() }

func (r *relay) accept() {
	for {
		client, err := r.listener.Accept()
		if err != nil {
			return // closed
		}
		r.work.Go(func() { r.pass(client) })
	}
}

func (r *relay) pass(client net.Conn) {
	defer func() { _ = client.Close() }()
	server, err := net.Dial("tcp", r.server)
	if err != nil {
		return
	}
	defer context.AfterFunc(r.closed, func() { _ = server.Close() })()
	r.work.Go(func() {
		_, _ = io.Copy(server, client)
		_ = server.Close() // ends the copy below
	})
	buffer := make([]byte, 32<<10)
	for sent := 0; ; {
		n, err := server.Read(buffer)
		if _, failed := client.Write(buffer[:n]); err != nil || failed != nil {
			break
		}
		if r.cuts.Load() {
			sent += n
		}
		if sent > cutAfter {
			break
		}
	}
	_ = server.Close()
}
