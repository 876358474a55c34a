package files

import (
	"errors"
	"os"
	"path/filepath"
	"time"
)

// ErrNotRolledBack is the error where Publish failed and could not undo what it had done.
var ErrNotRolledBack = errors.New("readers may see the new version already, and it may not last if the machine stops now")

// Publish makes next the manifest in the dataset's folder, atomically: it writes and syncs
// a file beside it, renames that over it, and syncs the folder. Readers, and a crash at
// any moment, meet either the old manifest or the new one.
//
// If the folder cannot be synced, nobody could say which of the two a power failure
// would leave, so Publish puts the previous manifest back; previous is its text, nil where
// there was none. The error wraps ErrNotRolledBack if that fails as well.
func Publish(disk FileSystem, folder string, next *Manifest, previous []byte) error {
	content, err := next.Encode()
	if err != nil {
		return err
	}
	if err := replaceManifest(disk, folder, content); err != nil {
		return err
	}
	if err := disk.SyncFolder(folder); err != nil {
		if undone := restoreManifest(disk, folder, previous); undone != nil {
			return errors.Join(err, ErrNotRolledBack, undone)
		}
		return err
	}
	return nil
}

// replaceManifest renames a new manifest over the old one.
func replaceManifest(disk FileSystem, folder string, content []byte) error {
	beside := filepath.Join(folder, newManifestName)
	if err := WriteFile(disk, beside, content); err != nil {
		return err
	}
	return disk.Rename(beside, filepath.Join(folder, ManifestName))
}

// restoreManifest puts back the manifest that was there before.
func restoreManifest(disk FileSystem, folder string, previous []byte) error {
	if previous == nil {
		return disk.RemoveAll(filepath.Join(folder, ManifestName))
	}
	return replaceManifest(disk, folder, previous)
}

// RemoveUnpublished removes the folder of a version that was not published, and the
// manifest that Publish may have left beside the old one.
func RemoveUnpublished(disk FileSystem, folder, version string) error {
	return errors.Join(remove(disk, filepath.Join(folder, version)), remove(disk, filepath.Join(folder, newManifestName)))
}

// Sweep removes the versions in the dataset's folder that the manifest no longer keeps,
// and what loads that were killed have left. Those who read a version go on: the system
// keeps a file that is mapped.
func Sweep(disk FileSystem, folder string, m *Manifest) error {
	kept := map[string]bool{}
	for v := range m.Versions(time.Now()) {
		kept[v.Folder] = true
	}
	entries, err := os.ReadDir(folder)
	for _, e := range entries {
		name := e.Name()
		if leftover := e.IsDir() && IsVersionFolder(name) && !kept[name] || name == newManifestName; leftover {
			err = errors.Join(err, disk.RemoveAll(filepath.Join(folder, name)))
		}
	}
	return err
}
