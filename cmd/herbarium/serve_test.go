//go:build unix

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/columnar"
	"herbarium/internal/porttest"
)

// await asks until the answer has the status.
func await(t *testing.T, method, url, body string, status int) string {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if got, text, err := send(method, url, body); err == nil && got == status {
			return text
		}
	}
	t.Fatalf("%s %s never answered %d", method, url, status)
	return ""
}

func TestSIGTERMLetsRequestsInFlightFinish(t *testing.T) {
	const rows = 200_000
	addr := porttest.Address(t)
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	server := &exec.Cmd{Path: binary, Args: []string{"herbarium", "serve", "--addr", addr, "--datasets", numbersFolder(t, rows), "--cache", "0"}, Stderr: &log}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = server.Process.Kill() }()
	await(t, http.MethodGet, "http://"+addr+"/readyz", "", 200)

	response, err := http.Post("http://"+addr+"/numbers/range", "application/json", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if err := server.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	refused(t, addr)
	var got []struct{ X int }
	if err := json.NewDecoder(response.Body).Decode(&got); err != nil || len(got) != rows {
		t.Errorf("%d rows came, %v", len(got), err)
	}
	if err := server.Wait(); err != nil {
		t.Errorf("the server ended with %v:\n%s", err, log.String())
	}
	if !strings.Contains(log.String(), `"msg":"stopped"`) {
		t.Errorf("the log is\n%s", log.String())
	}
}

// refused waits until nobody listens any more.
func refused(t *testing.T, addr string) {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		conn, err := net.DialTimeout("tcp", addr, time.Second)
		if err != nil {
			return
		}
		_ = conn.Close()
	}
	t.Fatal("new connections are still taken")
}

// lines is a writer that several goroutines may use.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// heldStore begins no load before it is released.
type heldStore struct {
	*columnar.Store
	released chan struct{}
}

func (s heldStore) Begin(ctx context.Context, ds *datasets.Dataset, options engine.LoadOptions) (engine.Load, error) {
	select {
	case <-s.released:
		return s.Store.Begin(ctx, ds, options)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func TestADatasetAnswers503UntilItsDataIsThere(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	dir := t.TempDir()
	for name, text := range map[string]string{
		"slow.yaml": "dataset: slow\ndata: slow.csv\nfields: {x: {type: integer}}\n",
		"slow.csv":  "x\n1\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f := serveFlags{folder: folderFlag{dir: dir}}
	snapshot, watcher, err := f.folder.watch()
	if err != nil {
		t.Fatal(err)
	}
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := listener.Addr().String()
	logger := slog.New(slog.DiscardHandler)
	store := heldStore{columnar.NewStore(columnar.Options{}), make(chan struct{})}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- f.listen(ctx, listener, &reloader{watcher: watcher, known: snapshot, logger: logger}, &mirrored{Store: store}, f.observe.observer())
	}()

	await(t, http.MethodGet, "http://"+addr+"/healthz", "", 200)
	response, err := http.Post("http://"+addr+"/slow/range", "application/json", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != 503 || response.Header.Get("Retry-After") != "1" {
		t.Errorf("status %d, Retry-After %q", response.StatusCode, response.Header.Get("Retry-After"))
	}
	if text := await(t, http.MethodGet, "http://"+addr+"/readyz", "", 503); !strings.Contains(text, "still loading slow") {
		t.Errorf("/readyz says %s", text)
	}
	close(store.released)
	if text := await(t, http.MethodPost, "http://"+addr+"/slow/range", "{}", 200); text != `[{"x":1}]` {
		t.Errorf("the rows are %s", text)
	}
	await(t, http.MethodGet, "http://"+addr+"/readyz", "", 200)
	http.DefaultClient.CloseIdleConnections()
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
