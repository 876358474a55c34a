// Package files keeps the versions of a dataset in a folder: it publishes a version
// atomically by replacing the manifest, finds damage by checksums, and maps files into
// memory. What is in the files of a version is for others to know.
package files

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/gofrs/flock"
)

// FileSystem is what loads write files through. Tests put one that fails in its place. Its
// errors name the file.
type FileSystem interface {
	MakeFolder(name string) error
	Create(name string) (File, error)
	ReadFile(name string) ([]byte, error)
	Rename(from, to string) error
	RemoveAll(name string) error
	// SyncFolder syncs the folder's entries to the disk.
	SyncFolder(name string) error
	// Lock takes the lock of that name, which the system releases at the latest when the
	// process ends. It does not wait: held reports that another has the lock.
	Lock(name string) (release func() error, held bool, err error)
}

// File is a file that is being written.
type File interface {
	io.Writer
	io.WriterAt
	io.ReaderAt
	io.Closer
	Sync() error
}

// Disk is the operating system's file system.
type Disk struct{}

// MakeFolder makes a folder and those above it.
func (Disk) MakeFolder(name string) error { return os.MkdirAll(name, 0o755) }

// ReadFile returns a file's content.
func (Disk) ReadFile(name string) ([]byte, error) { return os.ReadFile(name) }

// Rename renames a file or folder.
func (Disk) Rename(from, to string) error { return os.Rename(from, to) }

// RemoveAll removes a file, or a folder and all that is in it.
func (Disk) RemoveAll(name string) error { return os.RemoveAll(name) }

// Create makes an empty file, in place of one that may be there.
func (Disk) Create(name string) (File, error) {
	return os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o644)
}

// SyncFolder syncs the folder's entries to the disk.
func (Disk) SyncFolder(name string) error {
	if runtime.GOOS == "windows" {
		return nil // where no folder can be synced, and entries last with their files
	}
	folder, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// Lock takes the lock of that name; see FileSystem. It is held, too, where another moved the
// file away while it was being locked.
func (Disk) Lock(name string) (release func() error, held bool, err error) {
	lock := flock.New(name, flock.SetPermissions(0o644))
	locked, err := lock.TryLock()
	if err != nil {
		return nil, false, fmt.Errorf("lock %s: %w", name, err)
	}
	return lock.Close, !locked || !isAt(lock, name), nil
}

// isAt reports whether the file that was locked is the one of that name.
func isAt(lock *flock.Flock, name string) bool {
	locked, err := lock.Stat()
	if err != nil {
		return false
	}
	named, err := os.Stat(name)
	return err == nil && os.SameFile(locked, named)
}

// MakeFolder makes a folder and syncs its parent.
func MakeFolder(disk FileSystem, name string) error {
	if _, err := os.Stat(name); err == nil {
		return nil
	}
	if err := disk.MakeFolder(name); err != nil {
		return err
	}
	return disk.SyncFolder(filepath.Dir(name))
}

// WriteFile writes a file and syncs it, but not its folder.
func WriteFile(disk FileSystem, name string, content []byte) error {
	f, err := disk.Create(name)
	if err != nil {
		return err
	}
	n, err := f.Write(content)
	if err == nil && n < len(content) {
		err = io.ErrShortWrite
	}
	if err == nil {
		err = f.Sync()
	}
	var path *fs.PathError
	if err = errors.Join(err, f.Close()); err != nil && !errors.As(err, &path) {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return err
}

// remove removes what is there of that name.
func remove(disk FileSystem, name string) error {
	if _, err := os.Lstat(name); errors.Is(err, fs.ErrNotExist) {
		return nil // on a disk that is read-only, removing nothing fails
	}
	return disk.RemoveAll(name)
}
