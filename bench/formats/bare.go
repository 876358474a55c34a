package formats

import (
	"context"
	"net"
	"net/http"
	"strconv"
)

// bare is a handler that only copies bytes to the connection.
type bare struct{ bytes []byte }

// ServeHTTP writes the bytes.
func (b *bare) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Length", strconv.Itoa(len(b.bytes)))
	_, _ = w.Write(b.bytes) // who left needs no more
}

// serve listens on a free port, which is in the server's Addr.
func (b *bare) serve(ctx context.Context) (*http.Server, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	server := &http.Server{Handler: b, Addr: l.Addr().String()}
	go func() { _ = server.Serve(l) }() // ends when it is closed
	return server, nil
}
