//go:build unix

package filewatch

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

func pipe(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(name, 0o600); err != nil {
		t.Skip("there are no named pipes here:", err)
	}
	return name
}

// reading reads a file, which must end.
func reading(t *testing.T, name string, patience time.Duration) (string, error) {
	t.Helper()
	type result struct {
		text []byte
		err  error
	}
	done := make(chan result, 1)
	go func() {
		text, err := readFile(name, patience)
		done <- result{text, err}
	}()
	select {
	case r := <-done:
		return string(r.text), r.err
	case <-time.After(time.Minute):
		t.Fatal("reading does not end")
		return "", nil
	}
}

func TestAPipeThatNobodyWritesToIsEmpty(t *testing.T) {
	if text, err := reading(t, pipe(t), time.Hour); text != "" || err != nil {
		t.Errorf("%q, %v", text, err)
	}
}

func TestAPipeIsReadToItsEnd(t *testing.T) {
	name := pipe(t)
	w, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.WriteString("all of "); err != nil {
		t.Fatal(err)
	}
	go func() {
		time.Sleep(50 * time.Millisecond) // the reader waits
		_, _ = w.WriteString("it")
		_ = w.Close()
	}()
	if text, err := reading(t, name, time.Hour); text != "all of it" || err != nil {
		t.Errorf("%q, %v", text, err)
	}
}

func TestAPipeWhoseWriterIsSlowIsGivenUp(t *testing.T) {
	name := pipe(t)
	w, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = w.Close() }()
	if text, err := reading(t, name, 10*time.Millisecond); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%q, %v", text, err)
	}
}

func TestAFileWithoutAnEndIsRefused(t *testing.T) {
	if _, err := os.Stat("/dev/zero"); err != nil {
		t.Skip("there is no /dev/zero here")
	}
	if text, err := reading(t, "/dev/zero", time.Hour); err == nil {
		t.Errorf("%d bytes", len(text))
	}
}

func TestAFileIsRead(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	write(t, name, "text")
	if text, err := reading(t, name, time.Nanosecond); text != "text" || err != nil {
		t.Errorf("%q, %v", text, err)
	}
	if _, err := reading(t, filepath.Dir(name), time.Hour); !errors.Is(err, syscall.EISDIR) {
		t.Errorf("a folder: %v", err)
	}
	if _, err := reading(t, name+"s", time.Hour); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}
