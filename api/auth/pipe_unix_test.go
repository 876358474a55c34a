//go:build unix

package auth

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func eventually(t *testing.T, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it never holds")
		}
	}
}

// Whoever opens a pipe as a file waits until somebody writes to it.
func TestAPipeInPlaceOfTheFileStopsNothing(t *testing.T) {
	snapshot := snapshotOf(t, walks, stones)
	g := guardOf(t, keys, snapshot, fixed(day))
	g.Follow()
	pipe := filepath.Join(filepath.Dir(g.path), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip("there are no named pipes here:", err)
	}
	if err := os.Rename(pipe, g.path); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() bool { return strings.Contains(g.log.String(), "the file is empty") })
	if _, _, p := g.admit(snapshot, "X-API-Key: "+keyA); p != nil {
		t.Error(p)
	}
	if _, err := ReadFile(g.path); err == nil {
		t.Error("an empty file is right")
	}
	if err := os.Remove(g.path); err != nil {
		t.Fatal(err)
	}
	write(t, g.path, "anonymous: [\"stones:range\"]\n")
	eventually(t, func() bool {
		_, _, p := g.admit(snapshot, "X-API-Key: "+keyA)
		return p != nil
	})
}
