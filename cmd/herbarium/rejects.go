package main

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/gofrs/flock"
)

// rejectsFile is where a load writes the rows that it leaves out: a temporary
// file in the folder of the final one, which it replaces once it is complete. A
// load that fails leaves an earlier file as it was.
type rejectsFile struct {
	*os.File
	final string // path; "" if the file is not a regular one, such as a terminal
	// lock is held during the load, so that other loads do not remove the file as
	// one that a killed load left.
	lock *flock.Flock
}

// rejectsPrefix is what each line of rejected rows begins with.
const rejectsPrefix = `{"file":`

// createRejects opens the file for a load. An existing file is refused unless it
// holds rejected rows of an earlier load: it may be the data itself.
func createRejects(path string) (*rejectsFile, error) {
	final, err := filepath.EvalSymlinks(path)
	if errors.Is(err, fs.ErrNotExist) {
		final, err = path, nil
	}
	if err != nil {
		return nil, usage("--rejects: %w", err)
	}
	info, err := os.Stat(final)
	if err == nil && !info.Mode().IsRegular() {
		file, err := os.OpenFile(final, os.O_WRONLY, 0)
		if err != nil {
			return nil, usage("--rejects: %w", err)
		}
		return &rejectsFile{File: file}, nil
	}
	if err == nil && info.Size() > 0 && !holdsRejects(final) {
		return nil, usage("--rejects: %s exists and holds something other than rejected rows; name another file", path)
	}
	removeStale(final)
	file, err := createTemp(final)
	if err != nil {
		return nil, usage("--rejects: %w", err)
	}
	return file, nil
}

// tempPrefix is the prefix of the names of temporary files.
func tempPrefix(final string) string { return "." + filepath.Base(final) + "." }

// createTemp creates and locks the temporary file.
func createTemp(final string) (*rejectsFile, error) {
	for {
		file, err := os.CreateTemp(filepath.Dir(final), tempPrefix(final)+"*")
		if err != nil {
			return nil, err
		}
		r := &rejectsFile{file, final, lockOf(file.Name())}
		if !locks {
			return r, nil
		}
		// Another load may have removed it before it was locked.
		locked, err := r.lock.TryLock()
		if locked && r.exists() || err != nil && !errors.Is(err, fs.ErrNotExist) {
			return r, nil // or the file system has no locks, and nobody removes it
		}
		if err := errors.Join(r.lock.Close(), r.Close()); err != nil {
			return nil, err
		}
	}
}

// locks reports whether a locked file can be written to and renamed. If not,
// temporary files are not locked, and those of killed loads stay.
const locks = runtime.GOOS != "windows"

// lockOf returns the lock of an existing file.
func lockOf(name string) *flock.Flock { return flock.New(name, flock.SetFlag(os.O_RDWR)) }

// exists reports whether the file is still there under its name.
func (r *rejectsFile) exists() bool {
	there, err := os.Stat(r.Name())
	if err != nil {
		return false
	}
	own, err := r.Stat()
	return err == nil && os.SameFile(there, own)
}

// removeStale removes the temporary files that killed loads left. They do no
// harm but take space, so errors are ignored.
func removeStale(final string) {
	if !locks {
		return
	}
	entries, _ := os.ReadDir(filepath.Dir(final))
	for _, e := range entries {
		number, ours := strings.CutPrefix(e.Name(), tempPrefix(final))
		if !ours || number == "" || strings.Trim(number, "0123456789") != "" || !e.Type().IsRegular() {
			continue
		}
		name := filepath.Join(filepath.Dir(final), e.Name())
		lock := lockOf(name)
		if stale, err := lock.TryLock(); err == nil && stale {
			_ = os.Remove(name)
		}
		_ = lock.Close()
	}
}

// holdsRejects reports whether the file begins like one of rejected rows.
func holdsRejects(path string) bool {
	file, err := os.Open(path)
	if err != nil {
		return false
	}
	defer func() { _ = file.Close() }()
	begin := make([]byte, len(rejectsPrefix))
	_, err = io.ReadFull(file, begin)
	return err == nil && bytes.Equal(begin, []byte(rejectsPrefix))
}

// end renames the file to its final name, or removes it if the load failed.
func (r *rejectsFile) end(failed error) error {
	err := r.Close()
	if r.final == "" {
		return err
	}
	defer func() { _ = r.lock.Close() }()
	if failed != nil || err != nil {
		return errors.Join(err, os.Remove(r.Name()))
	}
	if err := os.Chmod(r.Name(), 0o644); err != nil {
		return err
	}
	return os.Rename(r.Name(), r.final)
}
