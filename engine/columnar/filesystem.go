package columnar

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

// fileSystem is what loads change files through: the seam at which tests let a
// disk fail. Its errors name the file.
type fileSystem interface {
	MakeFolder(name string) error
	Create(name string) (file, error)
	ReadFile(name string) ([]byte, error)
	Rename(from, to string) error
	RemoveAll(name string) error
	// SyncFolder makes the folder's entries last.
	SyncFolder(name string) error
	// Lock takes the lock of that name, which ends with the process at the
	// latest. It does not wait: held says that another has it.
	Lock(name string) (release func() error, held bool, err error)
}

// file is a file that is being written.
type file interface {
	io.Writer
	io.WriterAt
	io.ReaderAt
	io.Closer
	Sync() error
}

// disk is the operating system's file system.
type disk struct{}

func (disk) MakeFolder(name string) error         { return os.MkdirAll(name, 0o755) }
func (disk) ReadFile(name string) ([]byte, error) { return os.ReadFile(name) }
func (disk) Rename(from, to string) error         { return os.Rename(from, to) }
func (disk) RemoveAll(name string) error          { return os.RemoveAll(name) }

func (disk) Create(name string) (file, error) {
	return os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o644)
}

func (disk) SyncFolder(name string) error {
	if runtime.GOOS == "windows" {
		return nil // where no folder can be synced, and entries last with their files
	}
	folder, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

func (disk) Lock(name string) (release func() error, held bool, err error) {
	lock := flock.New(name, flock.SetPermissions(0o644))
	locked, err := lock.TryLock()
	if err != nil {
		return nil, false, fmt.Errorf("lock %s: %w", name, err)
	}
	return lock.Close, !locked, nil
}

// makeFolder makes a folder that lasts.
func makeFolder(disk fileSystem, name string) error {
	if _, err := os.Stat(name); err == nil {
		return nil
	}
	if err := disk.MakeFolder(name); err != nil {
		return err
	}
	return disk.SyncFolder(filepath.Dir(name))
}

// writeFile writes a file that lasts, but for its entry in the folder.
func writeFile(disk fileSystem, name string, content []byte) error {
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
func remove(disk fileSystem, name string) error {
	if _, err := os.Lstat(name); errors.Is(err, fs.ErrNotExist) {
		return nil // on a disk that is read-only, removing nothing fails
	}
	return disk.RemoveAll(name)
}
