package columnar

import (
	"context"
	"errors"
	"fmt"
	"time"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/columnar/internal/files"
	"herbarium/engine/fault"
)

// Versions returns the versions that are kept. The current one is that of Table.
func (s *FileStore) Versions(_ context.Context, ds *datasets.Dataset) (engine.Versions, error) {
	known := s.versionsOf(ds.Name).look(false)
	if known.err != nil {
		return engine.Versions{}, known.err
	}
	if known.manifest == nil {
		return engine.Versions{}, notLoaded(ds, nil)
	}
	return listed(known.manifest, ds, time.Now()), nil
}

// Rollback makes a kept version the current one, by publishing a manifest that says so: no
// row is written. The version's files are opened first, so that one that is damaged does
// not become current.
func (s *FileStore) Rollback(ctx context.Context, ds *datasets.Dataset, version string) (engine.VersionInfo, error) {
	if err := ctx.Err(); err != nil {
		return engine.VersionInfo{}, err
	}
	info, err := s.rollback(ds, version)
	switch {
	case err == nil:
		return info, nil
	case fault.CodeOf(err) == fault.Internal: // others say themselves what they are about
		err = fmt.Errorf("roll %s back: %w", ds.Name, err)
	}
	return engine.VersionInfo{}, err
}

func (s *FileStore) rollback(ds *datasets.Dataset, version string) (info engine.VersionInfo, err error) {
	versions := s.versionsOf(ds.Name)
	// A folder that is not there has no lock.
	if known := versions.look(true); known.err != nil || known.manifest == nil {
		return info, errors.Join(known.err, fault.NotLoadedError(ds))
	}
	release, err := s.lock(ds.Name)
	if err != nil {
		return info, err
	}
	defer func() {
		s.unlock(ds.Name, release)
		versions.look(true)
	}()
	m, text, err := s.published(ds.Name)
	if err != nil {
		return info, err
	}
	now := time.Now().UTC()
	if err := s.restorable(m, ds, version, now); err != nil {
		return info, err
	}
	next := m.Restored(version, now, s.options.Keep)
	if err := files.Publish(s.disk, versions.folder, next, text); err != nil {
		return info, err
	}
	s.sweep(versions.folder, next)
	return next.Listed(now, func(*files.Version) bool { return true }).Kept[0], nil
}

// restorable says why the version cannot become the current one of the dataset, or nil.
func (s *FileStore) restorable(m *files.Manifest, ds *datasets.Dataset, version string, now time.Time) error {
	for v := range m.Versions(now) {
		switch {
		case v.Version != version:
			continue
		case v == m.Current:
			return fault.AlreadyCurrentError(ds, version)
		case !v.Fits(ds):
			return listed(m, ds, now).GoneOtherFields(ds, version)
		}
		if _, err := s.versionsOf(ds.Name).open(v, ds); err != nil {
			return unreadable(ds.Name, err)
		}
		return nil
	}
	return listed(m, ds, now).Gone(ds, version)
}

// listed lists the versions of a manifest by the dataset's fields.
func listed(m *files.Manifest, ds *datasets.Dataset, now time.Time) engine.Versions {
	return m.Listed(now, func(v *files.Version) bool { return v.Fits(ds) })
}
