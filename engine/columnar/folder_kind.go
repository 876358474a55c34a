package columnar

import (
	"os"
	"path/filepath"

	"herbarium/engine/columnar/internal/files"
)

// A FileStore has a folder for each dataset, with a manifest and a lock in it. Copies have a
// folder for each version, with a FileStore in it. So what a folder is of is seen in the
// folders below it, if anything was written there.

// IsStoreFolder reports whether a FileStore has written into the folder.
func IsStoreFolder(dir string) bool {
	return anyFolder(dir, func(name string) bool { return isDatasetFolder(filepath.Join(dir, name)) })
}

// IsCopiesFolder reports whether Copies have written into the folder.
func IsCopiesFolder(dir string) bool {
	return anyFolder(dir, func(name string) bool {
		version := filepath.Join(dir, name)
		return files.IsVersionFolder(name) && !isDatasetFolder(version) && IsStoreFolder(version)
	})
}

// isDatasetFolder reports whether a load of a dataset was begun in the folder.
func isDatasetFolder(folder string) bool {
	for _, name := range []string{files.ManifestName, files.LockName} {
		if _, err := os.Stat(filepath.Join(folder, name)); err == nil {
			return true
		}
	}
	return false
}

// anyFolder reports whether is holds for the name of a folder in dir. What cannot be read is
// none.
func anyFolder(dir string, is func(name string) bool) bool {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return false
	}
	for _, e := range entries {
		if e.IsDir() && is(e.Name()) {
			return true
		}
	}
	return false
}
