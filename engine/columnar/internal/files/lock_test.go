package files

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/gofrs/flock"
)

func TestALockThatWasMovedAwayIsNone(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no folder with an open file is renamed here")
	}
	dir := t.TempDir()
	folder := filepath.Join(dir, "folder")
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(folder, LockName)
	lock := flock.New(name)
	defer func() { _ = lock.Close() }()
	if locked, err := lock.TryLock(); !locked {
		t.Fatal(err)
	}
	if !isAt(lock, name) {
		t.Error("a lock is not where it is")
	}
	if err := os.Rename(folder, folder+".removed"); err != nil {
		t.Fatal(err)
	}
	if isAt(lock, name) {
		t.Error("a lock is at a file that is not there")
	}
	// Another makes the copy anew.
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	release, held, err := Disk{}.Lock(name)
	if held || err != nil {
		t.Fatal(held, err)
	}
	defer func() { _ = release() }()
	if isAt(lock, name) {
		t.Error("a lock is at the file of another")
	}
}
