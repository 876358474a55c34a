//go:build unix

package main

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestCtrlCLeavesNothingOfALoadIntoAFolder(t *testing.T) {
	dir := numbersFolder(t, 1)
	rows := filepath.Join(dir, "rows")
	code, words := interruptLoad(t, "--datasets", dir, "--store", "file:"+rows)
	if code != 1 || words != "the load of numbers was interrupted; nothing was published\n" {
		t.Errorf("exit code %d, and it says %q", code, words)
	}
	left, err := filepath.Glob(filepath.Join(rows, "numbers", "*"))
	if err != nil || len(left) != 1 || filepath.Base(left[0]) != "lock" {
		t.Errorf("left are %v, %v", left, err)
	}
	if code := quietProgram().run(t.Context(), []string{"load", "numbers", "--datasets", dir, "--store", "file:" + rows}); code != 0 {
		t.Errorf("the next load ends with %d", code)
	}
}

func TestASecondLoadIntoAFolderIsToldSoAndALockEndsWithItsProcess(t *testing.T) {
	dir := numbersFolder(t, 1)
	store := "file:" + filepath.Join(dir, "rows")
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	first := &exec.Cmd{Path: binary, Args: []string{"herbarium", "load", "numbers", "-", "--datasets", dir, "--store", store}}
	stdin, err := first.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = first.Process.Kill() }()
	// More than a pipe holds: once it is written, the load is reading.
	if _, err := io.WriteString(stdin, "x,text\n"+strings.Repeat("1,a\n", 1<<16)); err != nil {
		t.Fatal(err)
	}
	var words bytes.Buffer
	second := quietProgram()
	second.err = &words
	if code := second.run(t.Context(), []string{"load", "numbers", "--datasets", dir, "--store", store}); code != 1 || !strings.Contains(words.String(), "another load of dataset numbers is under way") {
		t.Errorf("exit code %d, and it says %q", code, words.String())
	}
	if err := first.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = first.Wait() // it was killed
	start := time.Now()
	if code := quietProgram().run(t.Context(), []string{"load", "numbers", "--datasets", dir, "--store", store}); code != 0 || time.Since(start) > 20*time.Second {
		t.Errorf("the load after a killed one ends with %d after %v", code, time.Since(start))
	}
}
