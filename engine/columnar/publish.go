package columnar

import (
	"errors"
	"fmt"
	"herbarium/engine/fault"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// errNotRolledBack marks a publishing that could not be taken back when it failed.
var errNotRolledBack = errors.New("readers may see the new version already, and it may not last if the machine stops now")

// published returns the manifest of the dataset, to be replaced, and its text;
// an empty one where there is none, or none that can be read.
func (s *FileStore) published(dataset string) (*manifest, []byte, error) {
	name := filepath.Join(s.dir, dataset, manifestName)
	content, err := s.disk.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return &manifest{Dataset: dataset}, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	m, err := parseManifest(name, dataset, content)
	switch {
	case errors.Is(err, errNewer):
		return nil, nil, &fault.Error{Code: fault.StoreUnavailable, Err: err,
			Detail: "a newer herbarium wrote the rows that the load would replace; " + updateAdvice}
	case err != nil:
		// A load is how damage is mended.
		s.options.Logger.Warn("the manifest is damaged; the load writes a new one", "dataset", dataset, "error", err.Error())
		return &manifest{Dataset: dataset}, content, nil
	}
	return m, content, nil
}

// publish makes v the current version, by the renaming of one file, and
// removes what is no longer kept. Where that cannot be made to last, it puts
// back what was.
func (l *fileLoad) publish(v storedVersion) error {
	m := l.previous.with(v, l.store.options.Keep)
	content, err := m.encode()
	if err != nil {
		return err
	}
	if err := l.replaceManifest(content); err != nil {
		return err
	}
	if err := l.store.disk.SyncFolder(l.folder); err != nil {
		if undone := l.restoreManifest(); undone != nil {
			return errors.Join(err, errNotRolledBack, undone)
		}
		return err
	}
	l.store.sweep(l.folder, m)
	return nil
}

// replaceManifest renames a new manifest over the old one.
func (l *fileLoad) replaceManifest(content []byte) error {
	beside := filepath.Join(l.folder, newManifestName)
	if err := writeFile(l.store.disk, beside, content); err != nil {
		return err
	}
	return l.store.disk.Rename(beside, filepath.Join(l.folder, manifestName))
}

// restoreManifest puts back the manifest that was there before.
func (l *fileLoad) restoreManifest() error {
	if l.previousBytes == nil {
		return l.store.disk.RemoveAll(filepath.Join(l.folder, manifestName))
	}
	return l.replaceManifest(l.previousBytes)
}

// sweep removes versions that are past their time, and what loads left behind
// that were killed. Who reads them goes on: the system keeps a file that is
// mapped. What cannot be removed is left to the next load.
func (s *FileStore) sweep(folder string, m *manifest) {
	kept := map[string]bool{}
	for v := range m.versions(time.Now()) {
		kept[v.Folder] = true
	}
	entries, err := os.ReadDir(folder)
	for _, e := range entries {
		name := e.Name()
		if leftover := e.IsDir() && folderName.MatchString(name) && !kept[name] || name == newManifestName; leftover {
			err = errors.Join(err, s.disk.RemoveAll(filepath.Join(folder, name)))
		}
	}
	if err != nil {
		s.options.Logger.Warn("what is left of older versions could not be removed; the next load will try again", "error", fmt.Sprint(err))
	}
}
