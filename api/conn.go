package api

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"herbarium/api/problem"
	"herbarium/schemas"
)

// net/http answers by itself where it cannot read a request: with plain text, or
// with nothing but a status. A conn replaces these answers by problems. It knows
// them by their form, and only looks while its connection waits for a request, since
// rows could have that form too. Under TLS it sees records, and so only replaces the
// answer to a client that does not speak TLS.

// conn is a connection that replaces what net/http answers by itself.
type conn interface {
	// wait says whether the connection waits for a request.
	wait(waits bool)
	first() *firstReads
}

// tcpConn is a conn over TCP.
type tcpConn struct {
	*net.TCPConn
	unreadAnswers
	firstReads
}

func (c *tcpConn) Read(b []byte) (int, error) {
	n, err := c.TCPConn.Read(b)
	return c.await(c.TCPConn, b, n, err)
}

func (c *tcpConn) SetReadDeadline(t time.Time) error { return c.setRead(c.TCPConn, t) }

func (c *tcpConn) SetWriteDeadline(t time.Time) error { return c.setWrite(c.TCPConn, t) }

func (c *tcpConn) Close() error {
	c.place.Close()
	return c.TCPConn.Close()
}

func (c *tcpConn) Write(b []byte) (int, error) { return c.write(c.TCPConn, b) }

// unixConn is a conn over a Unix socket.
type unixConn struct {
	*net.UnixConn
	unreadAnswers
	firstReads
}

func (c *unixConn) Read(b []byte) (int, error) {
	n, err := c.UnixConn.Read(b)
	return c.await(c.UnixConn, b, n, err)
}

func (c *unixConn) SetReadDeadline(t time.Time) error { return c.setRead(c.UnixConn, t) }

func (c *unixConn) SetWriteDeadline(t time.Time) error { return c.setWrite(c.UnixConn, t) }

func (c *unixConn) Close() error {
	c.place.Close()
	return c.UnixConn.Close()
}

func (c *unixConn) Write(b []byte) (int, error) { return c.write(c.UnixConn, b) }

// connListener is a listener whose connections are conns, as far as they are of a
// kind that has one, and of which there are no more than the server may have.
type connListener struct {
	net.Listener
	server *Server
	closed chan struct{}
	close  func() error
}

func (s *Server) newConnListener(listener net.Listener) *connListener {
	l := &connListener{Listener: listener, server: s, closed: make(chan struct{})}
	l.close = sync.OnceValue(func() error {
		close(l.closed)
		return listener.Close()
	})
	return l
}

func (l *connListener) Close() error { return l.close() }

func (l *connListener) Accept() (net.Conn, error) {
	accepted, err := l.Listener.Accept()
	if err == nil && !l.server.connections.room(l.closed) {
		_ = accepted.Close() // nobody has read from it
		return nil, net.ErrClosed
	}
	switch c := accepted.(type) {
	case *net.TCPConn:
		return &tcpConn{c, unreadAnswers{server: l.server}, newFirstReads(l.server, rawConn(c))}, err
	case *net.UnixConn:
		return &unixConn{c, unreadAnswers{server: l.server}, newFirstReads(l.server, nil)}, err
	default:
		return accepted, err
	}
}

// follow follows the state of a connection, which waits for a request when it is
// new and after each answer.
func (s *Server) follow(c net.Conn, state http.ConnState) {
	s.connections.follow(plain(c), state)
	secure, _ := c.(*tls.Conn)
	if c, ok := plain(c).(conn); ok {
		if secure != nil && state == http.StateActive && c.first().idle.Load() == 0 && secure.ConnectionState().NegotiatedProtocol == "h2" {
			c.first().multiplex()
		}
		c.first().follow(state)
		if state == http.StateNew || state == http.StateIdle {
			c.wait(true)
		}
	}
}

// awaited passes requests on that were read, so that their connections do not wait.
func (s *Server) awaited() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c := connOf(r); c != nil {
			c.wait(false)
			c.first().begun()
			if r.ProtoMajor == 2 {
				c.first().multiplex()
			}
		}
		if r.ProtoMajor == 2 {
			s.serveStream(w, r)
			return
		}
		s.ServeHTTP(w, r)
	})
}

// unreadAnswers replaces the answers to requests that could not be read.
type unreadAnswers struct {
	server *Server
	waits  atomic.Bool
}

func (u *unreadAnswers) wait(waits bool) { u.waits.Store(waits) }

func (u *unreadAnswers) write(to net.Conn, b []byte) (int, error) {
	p := u.problem(b)
	if p == nil {
		return to.Write(b)
	}
	status, id := problem.KindOf(p.Code).Status, newID()
	u.server.options.Logger.Info("request", "status", status, "remote", to.RemoteAddr().String(), "id", id, "code", p.Code, "error", p.Error())
	if _, err := to.Write(unreadAnswer(p, id)); err != nil {
		return 0, err
	}
	return len(b), nil
}

// problem returns the problem that replaces what is being written, or nil.
func (u *unreadAnswers) problem(b []byte) *problem.Error {
	if u.server.options.TLS != nil {
		// No record of TLS looks like this.
		if !bytes.HasPrefix(b, []byte("HTTP/1.0 400 ")) {
			return nil
		}
		return &problem.Error{Code: problem.MalformedRequest, Detail: "this server speaks TLS; use https:// in place of http://"}
	}
	if !u.waits.Load() {
		return nil
	}
	if status, text, ok := unreadStatus(b); ok {
		return unreadProblem(status, text)
	}
	return nil
}

// unreadStatus reports whether net/http wrote the answer by itself, with its status and
// what its status line says more.
func unreadStatus(answer []byte) (status int, text string, ok bool) {
	line, header, found := bytes.Cut(answer, []byte("\r\n"))
	code, reason, isStatus := bytes.Cut(bytes.TrimPrefix(line, []byte("HTTP/1.1 ")), []byte(" "))
	if !found || !isStatus {
		return 0, "", false
	}
	status, err := strconv.Atoi(string(code))
	if err != nil || status < http.StatusBadRequest {
		return 0, "", false
	}
	plain := bytes.HasPrefix(header, []byte("Content-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n"))
	if !plain && status != http.StatusExpectationFailed { // which has no body
		return 0, "", false
	}
	_, text, _ = strings.Cut(string(reason), ": ")
	return status, text, true
}

// unreadProblem is the problem in place of an answer of net/http.
func unreadProblem(status int, text string) *problem.Error {
	switch status {
	case http.StatusRequestHeaderFieldsTooLarge:
		return &problem.Error{Code: problem.HeaderTooLarge, Detail: "the request line and the header are too long together; send a long query as the body of a POST"}
	case http.StatusExpectationFailed:
		return &problem.Error{Code: problem.UnknownExpectation, Detail: "the only expectation that is met is Expect: 100-continue"}
	case http.StatusNotImplemented:
		return &problem.Error{Code: problem.UnknownTransferCoding, Detail: "the only transfer coding of a body is chunked"}
	case http.StatusHTTPVersionNotSupported:
		return &problem.Error{Code: problem.UnknownVersion, Detail: "use HTTP/1.1"}
	}
	if text == "" {
		text = "the request line or the header is malformed; in a path, every % begins an escape of two hexadecimal digits, so a percent sign is %25"
	}
	return &problem.Error{Code: problem.MalformedRequest, Detail: text}
}

// unreadAnswer is an answer of HTTP/1.1 with the problem, after which the connection
// is closed.
func unreadAnswer(p *problem.Error, id string) []byte {
	kind := problem.KindOf(p.Code)
	body, err := schemas.AppendJSON(nil, problem.Details{
		Type: problem.URN + p.Code, Title: kind.Title, Status: kind.Status, Detail: p.Detail, Code: p.Code})
	if err != nil {
		body = nil // there is nothing in it that fails
	}
	return fmt.Appendf(nil, "HTTP/1.1 %d %s\r\nCache-Control: no-store\r\nConnection: close\r\nContent-Length: %d\r\nContent-Type: %s\r\nDate: %s\r\nX-Content-Type-Options: nosniff\r\nX-Request-Id: %s\r\n\r\n%s",
		kind.Status, http.StatusText(kind.Status), len(body), problem.MediaType, time.Now().UTC().Format(http.TimeFormat), id, body)
}
