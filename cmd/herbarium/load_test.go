//go:build unix

package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
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

func TestCtrlCEndsWhatWaitsForANamedPipe(t *testing.T) {
	dir := numbersFolder(t, 1)
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, begun := range []bool{false, true} {
		for words, args := range map[string][]string{
			"the load of numbers was interrupted; nothing was published\n": {"load", "numbers", pipe, "--datasets", dir, "--dry-run"},
			"herbarium infer: interrupted\n":                               {"infer", pipe},
		} {
			var said string
			code := -1
			// Until it looks for signals, one ends it at once.
			for wait := 250 * time.Millisecond; code == -1 && said == "" && wait < time.Minute; wait *= 2 {
				waits := command(t, args...)
				start(t, waits)
				if begun {
					// It opens once both ends are opened.
					writer, err := os.OpenFile(pipe, os.O_WRONLY, 0)
					if err != nil {
						t.Fatal(err)
					}
					defer func() { _ = writer.Close() }()
					if _, err := writer.WriteString("x,text\n1,a\n"); err != nil {
						t.Fatal(err)
					}
				}
				time.Sleep(wait)
				if code, said = interrupted(t, waits); waits.ProcessState.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL {
					t.Fatalf("%s, begun %v: it does not end", args[0], begun)
				}
			}
			if code != 1 || said != words {
				t.Errorf("%s, begun %v: exit code %d, and it says %q", args[0], begun, code, said)
			}
		}
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
	return interrupted(t, load)
}

// interrupted interrupts a command, and returns how it ended.
func interrupted(t *testing.T, cmd *exec.Cmd) (code int, words string) {
	t.Helper()
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	_ = cmd.Wait() // the code says it
	return cmd.ProcessState.ExitCode(), cmd.Stderr.(*bytes.Buffer).String()
}

// waitingLoad starts a load of the dataset "numbers" from standard input, and
// returns once it waits for more of it.
func waitingLoad(t *testing.T, args ...string) (*exec.Cmd, io.WriteCloser) {
	t.Helper()
	load := command(t, append([]string{"load", "numbers", "-"}, args...)...)
	stdin, err := load.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	start(t, load)
	// More than a pipe holds: once it is written, the command is reading.
	if _, err := io.WriteString(stdin, "x,text\n"+strings.Repeat("1,a\n", 1<<16)); err != nil {
		t.Fatal(err)
	}
	return load, stdin
}

func command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return &exec.Cmd{Path: binary, Args: append([]string{"herbarium"}, args...), Stderr: &bytes.Buffer{}}
}

// start starts a command, which ends with the test.
func start(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
}
