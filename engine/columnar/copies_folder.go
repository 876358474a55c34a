package columnar

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
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
	if err := release(); err != nil || held {
		if held {
			return fault.LoadRunningError(dataset, time.Second)
		}
		return err
	}
	removed := filepath.Join(c.options.Dir, fmt.Sprintf("%s%s.%s.%d", removedPrefix, dataset, version, time.Now().UnixNano()))
	if err := os.Rename(folder, removed); err != nil {
		return err
	}
	_ = os.Remove(above) // which holds copies of other datasets, or goes
	c.store(version).versionsOf(dataset).look(true)
	return os.RemoveAll(removed)
}
