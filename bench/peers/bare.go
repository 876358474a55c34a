package peers

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"time"
)

// BareCommand is the argument by which this program becomes a bare server: a
// server in the process of its clients would be woken more cheaply than others.
const BareCommand = "bare"

// Answer is what a bare server answers, whatever it is asked.
type Answer struct {
	Header http.Header // all lines but Date, which net/http writes
	Body   []byte
}

// Bare serves an answer with a net/http handler that only writes it.
func Bare(ctx context.Context, folder string, answer *Answer) (*Process, error) {
	path, err := answer.keep(folder)
	if err != nil {
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

// keep writes the answer to a file of the folder, as it goes over HTTP, and
// returns the file's path.
func (a *Answer) keep(folder string) (path string, err error) {
	f, err := os.CreateTemp(folder, "answer-")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	response := http.Response{StatusCode: http.StatusOK, ProtoMajor: 1, ProtoMinor: 1, Header: a.Header,
		ContentLength: int64(len(a.Body)), Body: io.NopCloser(bytes.NewReader(a.Body))}
	return f.Name(), response.Write(f)
}

// readAnswer reads what keep wrote.
func readAnswer(path string) (*Answer, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	response, err := http.ReadResponse(bufio.NewReader(f), nil)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	response.Header.Del("Date")
	return &Answer{response.Header, body}, err
}

// ServeHTTP reads the request and writes the answer.
func (a *Answer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body) // a body that breaks off has no reader either
	maps.Copy(w.Header(), a.Header)
	_, _ = w.Write(a.Body)
}

// ServeBare is the server's side of Bare: it answers every request with the
// file's answer until ctx ends.
func ServeBare(ctx context.Context, port, path string) error {
	answer, err := readAnswer(path)
	if err != nil {
		return err
	}
	server := &http.Server{Addr: "127.0.0.1:" + port, ReadHeaderTimeout: time.Minute, Handler: answer}
	defer context.AfterFunc(ctx, func() { _ = server.Close() })()
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
