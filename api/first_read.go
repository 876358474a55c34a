package api

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"syscall"
	"time"

	"herbarium/api/overload"
	"herbarium/engine/fault"
)

// firstReads are those reads of a connection with which requests begin. What they read waits
// for its turn, so that no request is parsed which others have to precede.
type firstReads struct {
	arrivals
	deadlines
	server *Server
	place  *overload.Reading
	many   atomic.Bool  // it is a connection of HTTP/2, with many requests at once
	next   atomic.Bool  // the next bytes begin a request
	waited atomic.Bool  // the request has waited, and its handler has not begun
	turn   atomic.Int32 // what was decided of the request, for its handler
}

// What is decided of a request before it is read.
const (
	undecided = iota
	letIn
	refused
)

func newFirstReads(s *Server, raw syscall.RawConn) firstReads {
	return firstReads{arrivals: arrivals{raw: raw}, server: s, place: s.reads.NewReading()}
}

func (f *firstReads) first() *firstReads { return f }

// follow follows the state of the connection.
func (f *firstReads) follow(state http.ConnState) {
	switch state {
	case http.StateNew, http.StateIdle:
		if state == http.StateIdle {
			f.answered()
		}
		f.place.Leave()
		f.begun()
		f.next.Store(!f.many.Load())
	case http.StateClosed, http.StateHijacked:
		f.place.Close()
		f.begun()
	}
}

// multiplex says that the connection is one of HTTP/2. What it reads does not wait: a request
// may begin with any of it, and others need what comes, as the client's taking their answers.
func (f *firstReads) multiplex() {
	f.many.Store(true)
	f.next.Store(false)
	f.turn.CompareAndSwap(letIn, undecided)
}

// begun notes that the request has a handler, or comes to nothing.
func (f *firstReads) begun() {
	f.next.Store(false) // another may come before it is answered
	if f.waited.CompareAndSwap(true, false) {
		f.server.unread.Add(-1)
	}
}

// probes reports whether a request that begins so asks how the server is. Under TLS nobody
// knows before it is read.
func (s *Server) probes(request []byte) bool {
	method, target, _ := bytes.Cut(request, []byte(" "))
	if string(method) != http.MethodGet && string(method) != http.MethodHead {
		return false
	}
	target = bytes.TrimPrefix(target, []byte(s.options.BasePath))
	end := bytes.IndexAny(target, " ?")
	return end > 0 && (string(target[:end]) == healthPath || string(target[:end]) == readyPath)
}

// prefaceBegin is how a connection of HTTP/2 begins (RFC 9113, 3.4).
var prefaceBegin = []byte("PRI * HTTP/2.0")

// minLong is how long a request waits before it matters whether its client left, and that
// this was not the client's time.
const minLong = 100 * time.Millisecond

// await waits after a read of c into b that returned n and err. If a request begins with what
// was read, it returns them when the request may be read further. It fails if the client leaves
// meanwhile. A probe waits for nobody.
func (f *firstReads) await(c net.Conn, b []byte, n int, err error) (int, error) {
	if n == 0 || !f.next.CompareAndSwap(true, false) {
		return n, err
	}
	if bytes.HasPrefix(b[:n], prefaceBegin) {
		f.multiplex()
		return n, err
	}
	if f.server.probes(b[:n]) {
		f.turn.Store(undecided)
		return n, err
	}
	var began time.Time
	verdict := f.place.Enter(context.Background(), f.age(), f.atOnce(), func() {
		began = time.Now()
		if f.waited.CompareAndSwap(false, true) {
			f.server.unread.Add(1)
		}
	})
	switch {
	case fault.CodeOf(verdict) == fault.Overloaded:
		f.turn.Store(refused)
	case verdict != nil:
		return 0, verdict
	default:
		f.turn.Store(letIn)
	}
	if waited := time.Since(began); !began.IsZero() && waited > minLong {
		if f.gone() {
			return 0, io.EOF
		}
		f.extend(c, waited)
	}
	return n, err
}
