package main

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"testing"
	"time"
)

func TestCtrlCEndsALoadThatWaitsForItsInput(t *testing.T) {
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var words bytes.Buffer
	load := &exec.Cmd{Path: binary, Args: []string{"herbarium", "load", "numbers", "-", "--dry-run", "--datasets", numbersFolder(t, 1)}, Stderr: &words}
	stdin, err := load.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := load.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = load.Process.Kill() }()
	// More than a pipe holds: when it is written, the command is reading.
	if _, err := io.WriteString(stdin, "x,text\n"+string(bytes.Repeat([]byte("1,a\n"), 1<<16))); err != nil {
		t.Fatal(err)
	}
	if err := load.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(10*time.Second, func() { _ = load.Process.Kill() })
	defer timer.Stop()
	_ = load.Wait() // the code says it
	if code := load.ProcessState.ExitCode(); code != 1 {
		t.Errorf("exit code %d", code)
	}
	if got := words.String(); got != "the load of numbers was interrupted; nothing was published\n" {
		t.Errorf("it says %q", got)
	}
}
