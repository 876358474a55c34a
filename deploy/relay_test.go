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
// middle of an answer. While it is stopped, there are none, as with a server that is
// down.
type relay struct {
	listener net.Listener
	server   string
	cuts     atomic.Bool
	closed   context.Context // with the test
	work     sync.WaitGroup

	mu      sync.Mutex
	stopped bool
	clients map[net.Conn]bool
}

const cutAfter = 1 << 20

func startRelay(t *testing.T, server string) *relay {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{listener: listener, server: server, closed: t.Context(), clients: map[net.Conn]bool{}}
	r.work.Go(r.accept)
	t.Cleanup(func() {
		_ = listener.Close()
		r.work.Wait()
	})
	return r
}

func (r *relay) address() string { return r.listener.Addr().String() }

// stop ends all connections, and takes no others.
func (r *relay) stop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stopped = true
	for client := range r.clients {
		_ = client.Close()
	}
}

// resume takes connections again.
func (r *relay) resume() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stopped = false
}

// enter reports whether the connection may be passed on.
func (r *relay) enter(client net.Conn) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.stopped {
		r.clients[client] = true
	}
	return !r.stopped
}

func (r *relay) leave(client net.Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.clients, client)
}

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
	if !r.enter(client) {
		return
	}
	defer r.leave(client)
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
