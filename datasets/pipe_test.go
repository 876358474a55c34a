//go:build unix

package datasets

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOpenDoesNotWaitForAPipe(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(dir, "a.yaml"), 0o600); err != nil {
		t.Skip("no pipes here:", err)
	}
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"broken a in a.yaml: a.yaml:1:1: the file cannot be read: not a regular file"}
	if diff := cmp.Diff(want, outcome(s)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestOpenDataDoesNotWaitForAPipe(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.yaml"), []byte("dataset: a\ndata: a.csv\nfields: {n: {type: number}}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "a.csv"), 0o600); err != nil {
		t.Skip("no pipes here:", err)
	}
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	ds, ok := s.Dataset("a")
	if !ok {
		t.Fatal(s.Broken())
	}
	if _, err := ds.OpenData(); !errors.Is(err, errIrregular) {
		t.Errorf("got %v", err)
	}
}
