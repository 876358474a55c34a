package api

import (
	"crypto/tls"
	"net"
	"sync/atomic"
	"syscall"
	"time"
)

// A request may have waited for long before it is read: in the buffer of its socket, and
// until its goroutine got a processor. The kernel knows when its last bytes arrived.

// arrivals says when the requests of a connection arrived.
type arrivals struct {
	raw syscall.RawConn // nil where the kernel does not tell
	// idle is since when the connection waits for a request, in nanoseconds since 1970; 0
	// for its first one.
	idle atomic.Int64
}

// rawConn returns a connection as the kernel knows it; nil if it is closed.
func rawConn(c syscall.Conn) syscall.RawConn {
	raw, err := c.SyscallConn()
	if err != nil {
		return nil
	}
	return raw
}

// answered notes that the next request is the client's turn.
func (a *arrivals) answered() { a.idle.Store(time.Now().UnixNano()) }

const (
	// soon is an age at which it does not matter how old exactly a request is.
	soon = 8 * time.Millisecond
	// immediately is how soon a request is read after the answer before it, if it was there.
	immediately = 20 * time.Microsecond
)

// atOnce reports whether the request was there when the one before it was answered.
func (a *arrivals) atOnce() bool {
	idle := a.idle.Load()
	return idle > 0 && time.Now().UnixNano()-idle < int64(immediately)
}

// age returns how long ago the last bytes of the request arrived.
func (a *arrivals) age() time.Duration {
	if idle := a.idle.Load(); idle > 0 && time.Now().UnixNano()-idle < int64(soon) {
		return 0 // it is no older than the answer before it
	}
	if a.raw == nil {
		return 0
	}
	return sinceReceived(a.raw)
}

// gone reports whether the client has closed the connection, as far as that is known.
func (a *arrivals) gone() bool { return a.raw != nil && closedByPeer(a.raw) }

// plain returns the connection below TLS.
func plain(c net.Conn) net.Conn {
	if secure, ok := c.(*tls.Conn); ok {
		return secure.NetConn()
	}
	return c
}
