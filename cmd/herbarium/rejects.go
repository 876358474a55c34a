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

// rejectsFile takes the rows that a load leaves out. They are written beside
// the file's place and put there once all of them are written, so that
// a load that ends early leaves what was there.
type rejectsFile struct {
	*os.File
	place string // "" where the file is no regular one, such as a terminal
	// alive is locked as long as the load is, so that others do not take the file
	// for what a killed one left.
	alive *flock.Flock
}

// rejectsBegin is how a line of rejected rows begins.
const rejectsBegin = `{"file":`

// createRejects opens the file for a load. One that holds anything else than
// rows of an earlier load is refused: it may be the very data.
func createRejects(path string) (*rejectsFile, error) {
	place, err := filepath.EvalSymlinks(path)
	if errors.Is(err, fs.ErrNotExist) {
		place, err = path, nil
	}
	if err != nil {
		return nil, usage("--rejects: %w", err)
	}
	info, err := os.Stat(place)
	if err == nil && !info.Mode().IsRegular() {
		file, err := os.OpenFile(place, os.O_WRONLY, 0)
		if err != nil {
			return nil, usage("--rejects: %w", err)
		}
		return &rejectsFile{File: file}, nil
	}
	if err == nil && info.Size() > 0 && !holdsRejects(place) {
		return nil, usage("--rejects: %s is there and holds something else than rejected rows; name another file", path)
	}
	removeDead(place)
	file, err := createBeside(place)
	if err != nil {
		return nil, usage("--rejects: %w", err)
	}
	return file, nil
}

// besideName is how the names begin, but for the folder, of the files that
// become the one at place.
func besideName(place string) string { return "." + filepath.Base(place) + "." }

// createBeside creates the file that is to become the one at place, and locks it.
func createBeside(place string) (*rejectsFile, error) {
	for {
		file, err := os.CreateTemp(filepath.Dir(place), besideName(place)+"*")
		if err != nil {
			return nil, err
		}
		r := &rejectsFile{file, place, lockOf(file.Name())}
		if !locks {
			return r, nil
		}
		// Another load may have come in between, and taken it for left behind.
		locked, err := r.alive.TryLock()
		if locked && r.stands() || err != nil && !errors.Is(err, fs.ErrNotExist) {
			return r, nil // or there are no locks here, and nobody removes it
		}
		if err := errors.Join(r.alive.Close(), r.Close()); err != nil {
			return nil, err
		}
	}
}

// locks says whether a file that is locked can be written to and renamed. Where
// it cannot, what a killed load left stays.
const locks = runtime.GOOS != "windows"

// lockOf returns the lock of a file, which it does not create.
func lockOf(name string) *flock.Flock { return flock.New(name, flock.SetFlag(os.O_RDWR)) }

// stands reports whether the file is still there under its name.
func (r *rejectsFile) stands() bool {
	there, err := os.Stat(r.Name())
	if err != nil {
		return false
	}
	own, err := r.Stat()
	return err == nil && os.SameFile(there, own)
}

// removeDead removes the files beside place that loads left which were killed.
// Those cost room and nothing else, so that it does not matter where it fails.
func removeDead(place string) {
	if !locks {
		return
	}
	entries, _ := os.ReadDir(filepath.Dir(place))
	for _, e := range entries {
		number, beside := strings.CutPrefix(e.Name(), besideName(place))
		if !beside || number == "" || strings.Trim(number, "0123456789") != "" || !e.Type().IsRegular() {
			continue
		}
		name := filepath.Join(filepath.Dir(place), e.Name())
		lock := lockOf(name)
		if dead, err := lock.TryLock(); err == nil && dead {
			_ = os.Remove(name)
		}
		_ = lock.Close()
	}
}

// holdsRejects reports whether the file begins as one of rejected rows does.
func holdsRejects(path string) bool {
	file, err := os.Open(path)
	if err != nil {
		return false
	}
	defer func() { _ = file.Close() }()
	begin := make([]byte, len(rejectsBegin))
	_, err = io.ReadFull(file, begin)
	return err == nil && bytes.Equal(begin, []byte(rejectsBegin))
}

// end puts the file into its place, or takes it away where the load failed.
func (r *rejectsFile) end(failed error) error {
	err := r.Close()
	if r.place == "" {
		return err
	}
	defer func() { _ = r.alive.Close() }()
	if failed != nil || err != nil {
		return errors.Join(err, os.Remove(r.Name()))
	}
	if err := os.Chmod(r.Name(), 0o644); err != nil {
		return err
	}
	return os.Rename(r.Name(), r.place)
}
