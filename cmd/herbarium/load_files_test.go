//go:build unix

package main

import (
	"bytes"
	"io"
	"os"
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
	first, _ := waitingLoad(t, "--datasets", dir, "--store", store)
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
	if code := quietProgram().run(t.Context(), []string{"load", "numbers", "--datasets", dir, "--store", store}); code != 0 || time.Since(start) > time.Minute {
		t.Errorf("the load after a killed one ends with %d after %v", code, time.Since(start))
	}
}

func TestRejectedRowsOfAKilledLoadAreRemovedByTheNextAndNoOthers(t *testing.T) {
	dir := numbersFolder(t, 1)
	rejects := filepath.Join(dir, "out.ndjson")
	args := []string{"--datasets", dir, "--dry-run", "--on-error", "skip", "--rejects", rejects}
	beside := func() []string {
		files, err := filepath.Glob(filepath.Join(dir, ".out.ndjson.*"))
		if err != nil {
			t.Fatal(err)
		}
		return files
	}
	dead, _ := waitingLoad(t, args...)
	if err := dead.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = dead.Wait() // it was killed
	left := beside()
	alive, stdin := waitingLoad(t, args...)
	if now := beside(); len(left) != 1 || len(now) != 1 || now[0] == left[0] {
		t.Fatalf("a killed load left %v, and with the next there are %v", left, now)
	}
	// One that begins and ends while another is alive.
	if code := quietProgram().run(t.Context(), append([]string{"load", "numbers"}, args...)); code != 0 {
		t.Errorf("the load ends with %d", code)
	}
	if now := beside(); len(now) != 1 {
		t.Errorf("of a load that is alive there are %v", now)
	}
	if _, err := io.WriteString(stdin, "no,a\n"); err != nil {
		t.Fatal(err)
	}
	if err := stdin.Close(); err != nil {
		t.Fatal(err)
	}
	if err := alive.Wait(); err != nil {
		t.Error(err)
	}
	if content, err := os.ReadFile(rejects); err != nil || !strings.Contains(string(content), `"values":{"x":"no","text":"a"}`) || len(beside()) > 0 {
		t.Errorf("it rejected %s, %v, and left %v", content, err, beside())
	}
}
