package main

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// rejectsFile takes the rows that a load leaves out. They are written beside
// the file's place and put there once all of them are written, so that
// a load that ends early leaves what was there.
type rejectsFile struct {
	*os.File
	place string // "" where the file is no regular one, such as a terminal
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
	file, err := os.CreateTemp(filepath.Dir(place), "."+filepath.Base(place)+".*")
	if err != nil {
		return nil, usage("--rejects: %w", err)
	}
	return &rejectsFile{file, place}, nil
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
	if failed != nil || err != nil {
		return errors.Join(err, os.Remove(r.Name()))
	}
	if err := os.Chmod(r.Name(), 0o644); err != nil {
		return err
	}
	return os.Rename(r.Name(), r.place)
}
