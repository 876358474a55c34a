package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// connectionKind returns requests over connections of this machine that stay open, for a
// handler that does nothing: what a request costs before and after it is handled, with the
// client's part, which is the larger one.
func connectionKind(ctx context.Context, cores int) (benchKind, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return benchKind{}, fmt.Errorf("measure connections: %w", err)
	}
	const headerTime = 10 * time.Second
	server := &http.Server{ReadHeaderTimeout: headerTime, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "{}") // its error is the client's, too
	})}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = server.Serve(listener) // ends with Close
	}()
	transport := &http.Transport{MaxIdleConnsPerHost: cores}
	client := &http.Client{Transport: transport}
	address := "http://" + listener.Addr().String()
	return benchKind{
		operation: "-", words: "nothing, over a connection, with the client",
		ask: func(ctx context.Context, _ int) (int64, error) {
			r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
			if err != nil {
				return 0, err
			}
			response, err := client.Do(r)
			if err != nil {
				return 0, err
			}
			n, err := io.Copy(io.Discard, response.Body)
			if closeErr := response.Body.Close(); err == nil {
				err = closeErr
			}
			return n, err
		},
		close: func() {
			transport.CloseIdleConnections()
			_ = server.Close()
			<-ended
		},
	}, nil
}
