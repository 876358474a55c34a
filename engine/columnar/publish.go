package columnar

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"herbarium/engine/columnar/internal/files"
	"herbarium/engine/fault"
)

// lock lets the caller alone publish versions of the dataset, until it calls release. Its
// error has code LoadRunning where another one may.
func (s *FileStore) lock(dataset string) (release func() error, err error) {
	unlock, held, err := s.disk.Lock(filepath.Join(s.dir, dataset, files.LockName))
	if err != nil {
		return nil, err
	}
	if held {
		return nil, errors.Join(fault.LoadRunningError(dataset, time.Second), unlock())
	}
	loading := &s.versionsOf(dataset).loading
	loading.Store(true)
	return func() error {
		loading.Store(false)
		return unlock()
	}, nil
}

// unlock ends a lock whose use is over; that it could not be ended in order is only logged.
func (s *FileStore) unlock(dataset string, release func() error) {
	if err := release(); err != nil {
		s.options.Logger.Warn("the lock of a load was not released in order", "dataset", dataset, "error", err.Error())
	}
}

// published returns the manifest that a load of the dataset will replace, and its text. It
// returns an empty manifest where there is none, or none that can be read.
func (s *FileStore) published(dataset string) (*files.Manifest, []byte, error) {
	name := filepath.Join(s.dir, dataset, files.ManifestName)
	content, err := s.disk.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return &files.Manifest{Dataset: dataset}, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	m, err := files.ParseManifest(name, dataset, content)
	switch {
	case errors.Is(err, files.ErrNewer):
		return nil, nil, &fault.Error{Code: fault.StoreUnavailable, Err: err,
			Detail: "a newer herbarium wrote the rows that the load would replace; " + updateAdvice}
	case err != nil:
		// A load is how damage is mended.
		s.options.Logger.Warn("the manifest is damaged; the load writes a new one", "dataset", dataset, "error", err.Error())
		return &files.Manifest{Dataset: dataset}, content, nil
	}
	return m, content, nil
}

// publish makes v the current version and removes what is no longer kept.
func (l *fileLoad) publish(v files.Version) error {
	m := l.previous.With(v, l.store.options.Keep)
	if err := files.Publish(l.store.disk, l.folder, m, l.previousBytes); err != nil {
		return err
	}
	l.store.sweep(l.folder, m)
	return nil
}

// sweep removes what the manifest does not name. What cannot be removed is left to the
// next load.
func (s *FileStore) sweep(folder string, m *files.Manifest) {
	if err := files.Sweep(s.disk, folder, m); err != nil {
		s.options.Logger.Warn("what is left of older versions could not be removed; the next load will try again", "error", fmt.Sprint(err))
	}
}
