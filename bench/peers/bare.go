package peers

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
)

// BareCommand is the argument by which this program becomes a bare server: a
// server in the process of its clients would be woken more cheaply than others.
const BareCommand = "bare"

// Bare serves bytes with a net/http handler that only writes them.
func Bare(ctx context.Context, folder string, body []byte) (*Process, error) {
	path := filepath.Join(folder, "body")
	if err := os.WriteFile(path, body, 0o644); err != nil {
		return nil, err
	}
	port, err := freePort(ctx)
	if err != nil {
		return nil, err
	}
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return start(ctx, port, "/", exec.CommandContext(ctx, program, BareCommand, strconv.Itoa(port), path))
}

// ServeBare is the server's side of Bare: it answers every request with the
// file's bytes until ctx ends.
func ServeBare(ctx context.Context, port, path string) error {
	body, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	contentType, size := []string{"application/json"}, []string{strconv.Itoa(len(body))}
	server := &http.Server{Addr: "127.0.0.1:" + port, ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // a body that breaks off has no reader either
		h := w.Header()
		h["Content-Type"], h["Content-Length"] = contentType, size
		_, _ = w.Write(body)
	})}
	defer context.AfterFunc(ctx, func() { _ = server.Close() })()
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
