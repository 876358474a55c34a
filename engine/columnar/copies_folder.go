package columnar

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"herbarium/engine/columnar/internal/files"
	"herbarium/engine/fault"
)

// abandonedAfter is after how long without progress an unfinished copy that nobody is
// making is removed.
const abandonedAfter = 10 * time.Minute

// removedPrefix begins the name of a folder that is being removed.
const removedPrefix = "removed."

func (c *Copies) heldInFiles() (all []HeldCopy, err error) {
	versions, err := os.ReadDir(c.options.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for _, version := range versions {
		name := filepath.Join(c.options.Dir, version.Name())
		if strings.HasPrefix(version.Name(), removedPrefix) {
			_ = os.RemoveAll(name) // the next look tries again
		}
		if !version.IsDir() || !files.IsVersionFolder(version.Name()) {
			continue
		}
		copies, failed := os.ReadDir(name)
		err = errors.Join(err, failed)
		for _, of := range copies {
			if h := c.heldInFolder(of.Name(), version.Name()); h != nil {
				all = append(all, *h)
			}
		}
	}
	return all, err
}

// heldInFolder returns the copy in a folder, nil if there is none.
func (c *Copies) heldInFolder(dataset, version string) *HeldCopy {
	folder := filepath.Join(c.options.Dir, version, dataset)
	lock, err := os.Stat(filepath.Join(folder, files.LockName))
	if err != nil {
		return nil
	}
	manifest := filepath.Join(folder, files.ManifestName)
	content, err := os.ReadFile(manifest)
	if err == nil {
		if m, err := files.ParseManifest(manifest, dataset, content); err == nil {
			h := &HeldCopy{Dataset: dataset, Version: version, Rows: m.Current.Rows, Used: lock.ModTime()}
			for _, f := range m.Current.Files {
				h.Bytes += f.Bytes
			}
			return h
		}
	}
	if time.Since(lock.ModTime()) > abandonedAfter {
		if err := c.removeFiles(dataset, version); err != nil && fault.CodeOf(err) != fault.LoadRunning {
			c.options.Logger.Warn("what is left of an unfinished copy could not be removed", "folder", folder, "error", err.Error())
		}
	}
	return nil
}

// Unfinished returns how many bytes the folder has of copies that are not whole: those that
// others are making, and what is left of dead ones. The copy of that dataset and version
// does not count.
func (c *Copies) Unfinished(dataset, version string) (bytes int64) {
	if c.InMemory() {
		return 0
	}
	of, err := filepath.Glob(filepath.Join(c.options.Dir, "*", "*", files.LockName))
	if err != nil {
		return 0 // the pattern is wrong
	}
	for _, lock := range of {
		folder := filepath.Dir(lock)
		if folder == filepath.Join(c.options.Dir, version, dataset) || !files.IsVersionFolder(filepath.Base(filepath.Dir(folder))) {
			continue
		}
		if _, err := os.Stat(filepath.Join(folder, files.ManifestName)); err == nil {
			continue
		}
		// What goes meanwhile takes no room.
		_ = filepath.WalkDir(folder, func(_ string, entry fs.DirEntry, err error) error {
			if err == nil && entry.Type().IsRegular() {
				if info, err := entry.Info(); err == nil {
					bytes += info.Size()
				}
			}
			return nil
		})
	}
	return bytes
}

// removeFiles removes a copy's folder. It is renamed first, so that nobody meets half of
// it.
func (c *Copies) removeFiles(dataset, version string) error {
	above := filepath.Join(c.options.Dir, version)
	folder := filepath.Join(above, dataset)
	if _, err := os.Stat(folder); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	release, held, err := files.Disk{}.Lock(filepath.Join(folder, files.LockName))
	if err != nil {
		return err
	}
	if held {
		return errors.Join(fault.LoadRunningError(dataset, time.Second), release())
	}
	removed := filepath.Join(c.options.Dir, fmt.Sprintf("%s%s.%s.%d", removedPrefix, dataset, version, time.Now().UnixNano()))
	if err := renameLocked(folder, removed, release); err != nil {
		return err
	}
	_ = os.Remove(above) // which holds copies of other datasets, or goes
	c.store(version).versionsOf(dataset).look(true)
	return os.RemoveAll(removed)
}

// renameLocked renames a folder whose lock is held, and then releases that, so that nobody
// begins to make a copy in it meanwhile.
func renameLocked(from, to string, release func() error) error {
	if runtime.GOOS != "windows" {
		return errors.Join(os.Rename(from, to), release())
	}
	// There no folder with an open file is renamed. A copy that begins in between fails, and is made anew.
	if err := release(); err != nil {
		return err
	}
	return os.Rename(from, to)
}
