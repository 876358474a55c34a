package filewatch

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// reader counts readings, each of which says what the file contained.
type reader struct {
	name string
	read chan string
}

func (r *reader) files(poll time.Duration) *Files {
	return &Files{Names: func() []string { return []string{"", r.name} }, Settle: time.Millisecond, Poll: poll, Read: func() {
		text, _ := os.ReadFile(r.name)
		r.read <- string(text)
	}}
}

// await waits until a reading finds the text.
func (r *reader) await(t *testing.T, text string) {
	t.Helper()
	deadline := time.After(time.Minute)
	for {
		select {
		case got := <-r.read:
			if got == text {
				return
			}
		case <-deadline:
			t.Fatalf("%q is not read", text)
		}
	}
}

func follow(t *testing.T, f *Files) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		f.Follow(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
	})
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestAFileIsReadWhenItChanges(t *testing.T) {
	dir := t.TempDir()
	r := &reader{name: filepath.Join(dir, "file"), read: make(chan string, 100)}
	write(t, r.name, "one")
	follow(t, r.files(time.Hour))
	r.await(t, "one")
	write(t, r.name, "two")
	r.await(t, "two")
	// Replaced by a rename.
	write(t, filepath.Join(dir, "new"), "three")
	if err := os.Rename(filepath.Join(dir, "new"), r.name); err != nil {
		t.Fatal(err)
	}
	r.await(t, "three")
}

func TestAFileBehindALinkIsReadWhenItsTargetChanges(t *testing.T) {
	dir, behind := t.TempDir(), t.TempDir()
	r := &reader{name: filepath.Join(dir, "file"), read: make(chan string, 100)}
	write(t, filepath.Join(behind, "target"), "one")
	if err := os.Symlink(filepath.Join(behind, "target"), r.name); err != nil {
		t.Fatal(err)
	}
	follow(t, r.files(time.Hour))
	r.await(t, "one")
	write(t, filepath.Join(behind, "target"), "two")
	r.await(t, "two")
}

// No event tells of a folder that is made later.
func TestAFileThatNothingTellsOfIsPolled(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "later")
	r := &reader{name: filepath.Join(dir, "file"), read: make(chan string, 10_000)}
	follow(t, r.files(5*time.Millisecond))
	r.await(t, "")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, r.name, "one")
	r.await(t, "one")
}
