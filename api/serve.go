package api

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// Serve answers requests from the listener until ctx is done. It then turns
// unready, goes on for DrainDelay, and drains: it takes no more connections, and
// closes those that wait for a request. A request that it has read is answered, as the
// last of its connection, within DrainTimeout. One that it has not is not refused, but
// ends with its connection: a proxy gives it to another server, and would pass a
// refusal on to its client.
// It returns nil after a clean drain, else an error that says how many requests
// were cut or why it could not serve. It closes the listener, and must be called
// only once.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	// Requests in flight outlive ctx, until the drain's time is over.
	base, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	server := s.httpServer(base)
	if err := s.reads.Open(); err != nil {
		_ = listener.Close() // nobody was accepted
		return fmt.Errorf("serve: %w", err)
	}
	defer s.reads.Close()
	ended := make(chan error, 1)
	go func() { ended <- s.accept(server, listener) }()
	select {
	case err := <-ended:
		_ = server.Close() // the error is Serve's
		return fmt.Errorf("serve: %w", err)
	case <-s.told(ctx, base):
	}
	s.gate.Drain()
	s.readAll()
	err := s.drain(base, server)
	cut()
	s.wait()
	if served := <-ended; err == nil && !errors.Is(served, http.ErrServerClosed) {
		err = fmt.Errorf("serve: %w", served)
	}
	return err
}

// httpServer returns a server of HTTP with the limits of the options. Its requests end with
// base.
func (s *Server) httpServer(base context.Context) *http.Server {
	server := &http.Server{
		Handler:           s.awaited(),
		ReadHeaderTimeout: s.options.HeaderTimeout,
		ReadTimeout:       s.options.ReadTimeout,
		IdleTimeout:       s.options.IdleTimeout,
		MaxHeaderBytes:    s.options.MaxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(connectionLog{s.options.Logger.Handler()}, slog.LevelWarn),
		BaseContext:       func(net.Listener) context.Context { return base },
		ConnContext:       withConn,
		ConnState:         s.follow,
		// OPTIONS * has the same header as other answers.
		DisableGeneralOptionsHandler: true,
	}
	if s.options.H2C {
		server.Protocols = new(http.Protocols)
		server.Protocols.SetHTTP1(true)
		server.Protocols.SetUnencryptedHTTP2(true)
	}
	return server
}

// accept serves the listener's connections, by TLS if there is a configuration of it.
func (s *Server) accept(server *http.Server, listener net.Listener) error {
	if s.options.TLS == nil {
		return server.Serve(s.newConnListener(listener))
	}
	server.TLSConfig = s.options.TLS
	return server.ServeTLS(s.newConnListener(listener), "", "")
}

// told returns a channel that is closed when it is time to drain: once ctx is
// done and, with the server unready, DrainDelay has passed. It waits no longer
// than base lasts.
func (s *Server) told(ctx, base context.Context) <-chan struct{} {
	over := make(chan struct{})
	go func() {
		defer close(over)
		select {
		case <-ctx.Done():
		case <-base.Done():
			return
		}
		s.leaving.Store(true)
		delay := s.options.DrainDelay
		if delay <= 0 {
			return
		}
		s.options.Logger.Info("unready; draining after the delay", "delay", delay.String())
		select {
		case <-time.After(delay):
		case <-base.Done():
		}
	}()
	return over
}

// connKey is the key of a request's connection in its context.
type connKey struct{}

func withConn(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, conn)
}

// reset makes closing the connection a TCP reset if the client uses HTTP/1.0,
// which has no other way to tell that an answer is incomplete. Under TLS it closes
// the connection itself, since closing TLS would tell the client that all is well.
func (x *exchange) reset() {
	if x.request.ProtoAtLeast(1, 1) {
		return
	}
	conn, _ := x.request.Context().Value(connKey{}).(net.Conn)
	secure, isTLS := conn.(*tls.Conn)
	if isTLS {
		conn = secure.NetConn()
	}
	if c, ok := conn.(*tcpConn); ok {
		_ = c.SetLinger(0) // at worst it is a plain close
	}
	if isTLS {
		_ = conn.Close() // the client gets no more
	}
}

// drain closes the server's connections, those in use once their requests are
// done.
func (s *Server) drain(ctx context.Context, server *http.Server) error {
	ctx, cancel := context.WithTimeout(ctx, s.options.DrainTimeout)
	defer cancel()
	err := server.Shutdown(ctx)
	if err == nil {
		return nil
	}
	// Connections without a request do not count.
	left := s.inFlight.Load()
	_ = server.Close() // the error is Shutdown's
	if left == 0 && errors.Is(err, context.DeadlineExceeded) {
		return nil
	}
	return fmt.Errorf("drain: %d requests were cut after %v: %w", left, s.options.DrainTimeout, err)
}

// readAll lets requests be read that wait for that, since a drain closes connections of
// which nothing was read.
func (s *Server) readAll() {
	s.reads.Close()
	for range 100 {
		if s.unread.Load() == 0 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// wait gives requests that were cut time to end.
func (s *Server) wait() {
	for range 100 {
		if s.inFlight.Load() == 0 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}
