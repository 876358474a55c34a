//go:build unix

package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

func TestCtrlCEndsALoadThatWaitsForItsInput(t *testing.T) {
	dir := numbersFolder(t, 1)
	code, words := interruptLoad(t, "--datasets", dir, "--dry-run")
	if code != 1 || words != "the load of numbers was interrupted; nothing was published\n" {
		t.Errorf("exit code %d, and it says %q", code, words)
	}
}

func TestCtrlCLeavesNothingOfALoadBehind(t *testing.T) {
	uri := os.Getenv("HERBARIUM_TEST_MONGODB")
	if uri == "" {
		t.Skip("HERBARIUM_TEST_MONGODB names no server")
	}
	dir := numbersFolder(t, 1)
	name := fmt.Sprintf("herbarium_interrupt_%d_%d", os.Getpid(), time.Now().UnixNano())
	t.Cleanup(func() { dropDatabase(uri, name) })
	args := []string{"--datasets", dir, "--store", strings.TrimRight(uri, "/") + "/" + name}
	code, words := interruptLoad(t, args...)
	if code != 1 || words != "the load of numbers was interrupted; nothing was published\n" {
		t.Errorf("exit code %d, and it says %q", code, words)
	}
	// The lease is let go of, and there is no row.
	if code := quietProgram().run(t.Context(), append([]string{"query", "numbers"}, args...)); code != 1 {
		t.Errorf("a query after it ends with %d", code)
	}
	if code := quietProgram().run(t.Context(), append([]string{"load", "numbers"}, args...)); code != 0 {
		t.Errorf("the next load ends with %d", code)
	}
}

// interruptLoad loads the dataset "numbers" from standard input, which never
// ends, and interrupts it.
func interruptLoad(t *testing.T, args ...string) (code int, words string) {
	t.Helper()
	load, _ := waitingLoad(t, args...)
	if err := load.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(15*time.Second, func() { _ = load.Process.Kill() })
	defer timer.Stop()
	_ = load.Wait() // the code says it
	return load.ProcessState.ExitCode(), load.Stderr.(*bytes.Buffer).String()
}

// waitingLoad starts a load of the dataset "numbers" from standard input, and
// returns once it waits for more of it. It ends with the test.
func waitingLoad(t *testing.T, args ...string) (*exec.Cmd, io.WriteCloser) {
	t.Helper()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	load := &exec.Cmd{Path: binary, Args: append([]string{"herbarium", "load", "numbers", "-"}, args...), Stderr: &bytes.Buffer{}}
	stdin, err := load.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := load.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = load.Process.Kill() })
	// More than a pipe holds: once it is written, the command is reading.
	if _, err := io.WriteString(stdin, "x,text\n"+strings.Repeat("1,a\n", 1<<16)); err != nil {
		t.Fatal(err)
	}
	return load, stdin
}
