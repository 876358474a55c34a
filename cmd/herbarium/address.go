package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/coreos/go-systemd/v22/activation"
)

// unixPrefix begins an --addr that is a Unix socket.
const unixPrefix = "unix:"

// unixPath returns the path of a Unix socket's address.
func unixPath(addr string) (path string, ok bool) { return strings.CutPrefix(addr, unixPrefix) }

// checkAddr returns what is wrong with an --addr.
func checkAddr(addr string) error {
	if path, ok := unixPath(addr); ok {
		if path == "" {
			return usage("--addr unix: takes the path of a socket, as in unix:/run/herbarium/http.sock")
		}
		return nil
	}
	_, _, err := splitAddr(addr)
	return err
}

// listenOn returns the listener that systemd passed, or else one on addr.
func listenOn(ctx context.Context, addr string) (net.Listener, error) {
	passed, err := activation.Listeners()
	if err != nil {
		return nil, fmt.Errorf("cannot listen on the socket that systemd passed: %w", err)
	}
	switch len(passed) {
	case 0:
	case 1:
		if passed[0] == nil {
			return nil, errors.New("cannot listen on the socket that systemd passed: it is not a stream socket")
		}
		return passed[0], nil
	default:
		return nil, usage("systemd passed %d sockets; a server listens on one", len(passed))
	}
	return listenAt(ctx, addr)
}

// listenAt returns a listener on addr.
func listenAt(ctx context.Context, addr string) (net.Listener, error) {
	path, ok := unixPath(addr)
	if !ok {
		listener, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
		if err != nil {
			return nil, fmt.Errorf("cannot listen on %s: %w", addr, reason(err))
		}
		return listener, nil
	}
	if err := removeStaleSocket(ctx, path); err != nil {
		return nil, fmt.Errorf("cannot listen on %s: %w", addr, err)
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "unix", path)
	switch {
	case errors.Is(err, syscall.EINVAL) && len(path) > 100: // Linux takes 107 bytes, macOS 103
		return nil, fmt.Errorf("cannot listen on %s: a path of %d bytes is too long for a Unix socket; choose one of 100 or less", addr, len(path))
	case err != nil:
		return nil, fmt.Errorf("cannot listen on %s: %w", addr, reason(err))
	}
	return listener, nil
}

// removeStaleSocket removes the socket of a server that was killed. One on which a
// server listens is an error, and so is any other file.
func removeStaleSocket(ctx context.Context, path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.Mode().Type() != fs.ModeSocket {
		return errors.New("there is a file of this name that is not a socket")
	}
	dialer := net.Dialer{Timeout: time.Second}
	conn, err := dialer.DialContext(ctx, "unix", path)
	if err == nil {
		_ = conn.Close() // it was only to see who is there
		return syscall.EADDRINUSE
	}
	if !errors.Is(err, syscall.ECONNREFUSED) {
		return reason(err) // it may be in use
	}
	return os.Remove(path)
}

// urlOf returns where a listener is asked: a URL of the scheme, or the address of a
// Unix socket.
func urlOf(scheme string, listener net.Listener, basePath string) string {
	if addr, ok := listener.Addr().(*net.UnixAddr); ok {
		return unixPrefix + addr.Name
	}
	return scheme + "://" + listener.Addr().String() + basePath
}

// splitAddr returns the host and the port of --addr.
func splitAddr(addr string) (host, port string, err error) {
	if host, port, err = net.SplitHostPort(addr); err != nil {
		return "", "", usage("--addr takes HOST:PORT, such as 127.0.0.1:8000 or :8000, or unix:PATH, not %q", addr)
	}
	return host, port, nil
}

// reason returns the cause of a network error, without the operation.
func reason(err error) error {
	var op *net.OpError
	if errors.As(err, &op) && op.Err != nil {
		return op.Err
	}
	return err
}
