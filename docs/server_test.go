// Package docs_test holds the built binary against the programs of its
// users: their readers get the values that JSON has, and the pages in docs do
// as they say.
package docs_test

import (
	"bufio"
	"encoding/json"
	"io"
	"io/fs"
	"net/http"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

func TestBinary(t *testing.T) {
	binary := build(t, t.TempDir())
	for _, test := range []struct {
		name string
		do   func(*testing.T, string)
	}{
		{"made rows are served as written", serveAsWritten},
		{"pyarrow, polars and nanoarrow read what JSON says", readWhatJSONSays},
		{"pyarrow, polars and DuckDB read what a folder keeps", readWhatIsKept},
		{"pandas keeps every value as formats.md says", readWithPandas},
		{"other programs mean what statistics.md says", compareDefinitions},
		{"the notebook runs", runNotebook},
		{"what pages show as code runs", takeHome},
		{"Croissant and Data Package are valid", checkDescriptions},
		{"pages do as they say", doAsTheySay},
	} {
		t.Run(test.name, func(t *testing.T) { test.do(t, binary) })
	}
}

// build returns the path of a binary built from this tree.
func build(t *testing.T, dir string) string {
	t.Helper()
	// go test notices what a test looks at, not what go build reads: without
	// this look it would answer from its cache after a change elsewhere.
	if err := filepath.WalkDir("..", func(string, fs.DirEntry, error) error { return nil }); err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(dir, "herbarium")
	if out, err := exec.Command("go", "build", "-o", binary, "../cmd/herbarium").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return binary
}

// serve starts a server on a free port, waits until it is ready and returns its
// address. It ends with the test.
func serve(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	cmd.Env = append(cmd.Environ(), "HERBARIUM_ADDR=127.0.0.1:0")
	log, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("%v: %v", cmd.Args, err)
		}
	})
	lines := bufio.NewScanner(log)
	for lines.Scan() {
		var line struct{ Msg, URL string }
		if json.Unmarshal(lines.Bytes(), &line) != nil || line.Msg != "listening" {
			continue
		}
		go func() { _, _ = io.Copy(io.Discard, log) }() // ends with the process
		ready(t, line.URL)
		return line.URL[len("http://"):]
	}
	t.Fatalf("%v does not listen", cmd.Args)
	return ""
}

func ready(t *testing.T, url string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		response, err := http.Get(url + "/readyz")
		if err == nil {
			_ = response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s is not ready: %v", url, err)
		}
	}
}

// get returns the body of a GET that is answered with 200.
func get(t *testing.T, url string) []byte {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %v %s", url, response.Status, err, body)
	}
	return body
}
