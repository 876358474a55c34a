package api

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"herbarium/api/problem"
)

// answerTo sends bytes on a connection of its own and returns the last answer; skip is
// how many answers come before it.
func answerTo(t *testing.T, network, address, sent string, skip int) (*http.Response, string) {
	t.Helper()
	c, err := net.Dial(network, address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	if _, err := io.WriteString(c, sent); err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(c)
	for {
		response, err := http.ReadResponse(r, nil)
		if err != nil {
			t.Fatal(err)
		}
		body := bodyOf(t, response)
		if skip--; skip < 0 {
			return response, body
		}
	}
}

// unreadable are requests that net/http answers by itself.
var unreadable = []struct {
	name, sent string
	skip       int
	status     int
	code       string
	detail     string
}{
	{"an escape in the path", "GET /rocks/%zz HTTP/1.1\r\nHost: x\r\n\r\n", 0, 400, "malformed_request", "a percent sign is %25"},
	{"a path without a slash", "GET rocks HTTP/1.1\r\nHost: x\r\n\r\n", 0, 400, "malformed_request", "malformed"},
	{"no request", "hello\r\n\r\n", 0, 400, "malformed_request", "malformed"},
	{"no host", "GET / HTTP/1.1\r\n\r\n", 0, 400, "malformed_request", "missing required Host header"},
	{"a header's name", "GET / HTTP/1.1\r\nHost: x\r\nb ad: x\r\n\r\n", 0, 400, "malformed_request", "invalid header name"},
	{"the length of a body", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n", 0, 400, "malformed_request", "malformed"},
	{"a long header", "GET / HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("a", 80<<10) + "\r\n\r\n", 0, 431, "header_too_large", "body of a POST"},
	{"a long path", "GET /" + strings.Repeat("a", 80<<10) + " HTTP/1.1\r\nHost: x\r\n\r\n", 0, 431, "header_too_large", "body of a POST"},
	{"an expectation", "GET / HTTP/1.1\r\nHost: x\r\nExpect: x\r\n\r\n", 0, 417, "unknown_expectation", "100-continue"},
	{"a transfer coding", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: x\r\n\r\n", 0, 501, "unknown_transfer_coding", "chunked"},
	{"a version", "GET / HTTP/3.1\r\nHost: x\r\n\r\n", 0, 505, "unknown_http_version", "use HTTP/1.1"},
	{"HTTP/2 without TLS", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 0, 505, "unknown_http_version", "use HTTP/1.1, or start the server with --h2c"},
	{"a second request", "GET / HTTP/1.1\r\nHost: x\r\n\r\nGET /%z HTTP/1.1\r\nHost: x\r\n\r\n", 1, 400, "malformed_request", "malformed"},
}

func TestARequestThatCannotBeReadGetsAProblem(t *testing.T) {
	var log bytes.Buffer
	r := serve(t, newServer(t, &fakeStore{}, Options{Logger: slog.New(slog.NewTextHandler(&log, nil))}))
	for _, c := range unreadable {
		t.Run(c.name, func(t *testing.T) { getsProblem(t, "tcp", r.addr, c.sent, c.skip, c.status, c.code, c.detail) })
	}
	r.stop()
	if err := <-r.ended; err != nil {
		t.Error(err)
	}
	if got := strings.Count(log.String(), "code=malformed_request"); got != 7 {
		t.Errorf("%d lines of the log in %s", got, log.String())
	}
}

func getsProblem(t *testing.T, network, address, sent string, skip, status int, code, detail string) {
	t.Helper()
	response, body := answerTo(t, network, address, sent, skip)
	var got problem.Details
	err := json.Unmarshal([]byte(body), &got)
	if response.StatusCode != status || response.Header.Get("Content-Type") != "application/problem+json" || !response.Close || len(response.Header.Get("X-Request-Id")) != 16 {
		t.Errorf("%s %v", response.Status, response.Header)
	}
	if err != nil || got.Status != status || got.Code != code || got.Type != "urn:herbarium:problem:"+code || !strings.Contains(got.Detail, detail) {
		t.Errorf("%s (%v)", body, err)
	}
}

func TestARequestThatCannotBeReadGetsAProblemOnAUnixSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Skip(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- newServer(t, &fakeStore{}, Options{}).Serve(ctx, listener) }()
	getsProblem(t, "unix", path, "GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n", 0, 400, "malformed_request", "malformed")
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestAnAnswerThatLooksAsNetHTTPsIsLeft(t *testing.T) {
	client, server := net.Pipe()
	const sent = "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n400 Bad Request"
	go func() {
		u := unreadAnswers{server: newServer(t, &fakeStore{}, Options{})}
		_, _ = u.write(server, []byte(sent))
		_ = server.Close()
	}()
	if got, err := io.ReadAll(client); err != nil || string(got) != sent {
		t.Errorf("%s (%v)", got, err)
	}
}

func TestWhatTheWholeServerIsAskedIsAnswered(t *testing.T) {
	r := serve(t, newServer(t, &fakeStore{}, Options{}))
	options, body := answerTo(t, "tcp", r.addr, "OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 0)
	if options.StatusCode != 204 || body != "" || options.Header.Get("Allow") != "GET, HEAD, POST, QUERY, OPTIONS" || options.Header.Get("X-Request-Id") == "" {
		t.Errorf("OPTIONS *: %s %v %s", options.Status, options.Header, body)
	}
	for _, c := range []struct {
		line   string
		status int
		want   string
	}{
		{"GET *", 404, `"instance":"*"`},
		{"CONNECT x:80", 405, `"detail":"this server is no proxy","instance":""`},
		{"OPTIONS /rosks", 404, `"code":"unknown_dataset"`},
	} {
		answer, body := answerTo(t, "tcp", r.addr, fmt.Sprintf("%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", c.line), 0)
		if answer.StatusCode != c.status || answer.Header.Get("Content-Type") != "application/problem+json" || !strings.Contains(body, c.want) {
			t.Errorf("%s: %s %v %s", c.line, answer.Status, answer.Header, body)
		}
	}
}
