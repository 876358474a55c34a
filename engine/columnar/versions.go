package columnar

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"herbarium/datasets"
	"herbarium/engine/columnar/internal/files"
	"herbarium/engine/fault"
)

// datasetVersions are the published versions of one dataset, as a store knows them from
// the dataset's folder, and the tables of those that are open. The manifest is looked at
// again when what is known of it is older than lookInterval.
type datasetVersions struct {
	store   *FileStore
	dataset string
	folder  string

	loading atomic.Bool // whether this store is loading the dataset

	known   atomic.Pointer[snapshot]
	looking sync.Mutex // held while the manifest is looked at

	mu     sync.Mutex
	tables map[string]*table // by the folder of their version
}

// snapshot is what a look at the folder found.
type snapshot struct {
	at       time.Time
	stamp    fs.FileInfo     // of the manifest; nil where there is none
	manifest *files.Manifest // nil where there is none
	err      error           // where it cannot be read
	recent   recent
}

// recent caches the current table with the dataset for which it was last returned, so that
// the next request for that dataset need not compare fields.
type recent struct{ answer atomic.Pointer[answered] }

type answered struct {
	ds    *datasets.Dataset
	table *table
}

// of returns the table, or nil where it was last returned for another dataset.
func (r *recent) of(ds *datasets.Dataset) *table {
	if a := r.answer.Load(); a != nil && a.ds == ds {
		return a.table
	}
	return nil
}

func (r *recent) set(ds *datasets.Dataset, t *table) { r.answer.Store(&answered{ds, t}) }

// look returns what is published: as of now, or at most lookInterval ago. While one caller
// looks, others get what was known before.
func (s *datasetVersions) look(now bool) *snapshot {
	known := s.known.Load()
	fresh := func() bool { return !now && known != nil && time.Since(known.at) < lookInterval }
	if fresh() {
		return known
	}
	if !s.looking.TryLock() {
		if known != nil && !now {
			return known
		}
		s.looking.Lock()
	}
	defer s.looking.Unlock()
	if known = s.known.Load(); fresh() {
		return known
	}
	found := s.read(known)
	s.known.Store(found)
	s.forget(found.manifest)
	return found
}

// read looks at the folder. A manifest whose stamp has not changed is not read again.
func (s *datasetVersions) read(known *snapshot) *snapshot {
	found := &snapshot{at: time.Now()}
	name := filepath.Join(s.folder, files.ManifestName)
	stamp, err := os.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		found.err = s.orphans()
		return found
	}
	if err == nil && known != nil && known.err == nil && sameFile(stamp, known.stamp) {
		found.stamp, found.manifest = stamp, known.manifest
		return found
	}
	var content []byte
	if err == nil {
		// What is published after this will have another stamp.
		found.stamp = stamp
		content, err = os.ReadFile(name)
	}
	if err == nil {
		found.manifest, err = files.ParseManifest(name, s.dataset, content)
	}
	switch {
	case errors.Is(err, files.ErrNewer):
		found.err = &fault.Error{Code: fault.StoreUnavailable, RetryAfter: reloadDelay, Err: fmt.Errorf("%w: %w", fault.ErrUnreadable, err), Detail: fmt.Sprintf(
			"a newer herbarium wrote the stored rows of dataset %s; %s", s.dataset, updateAdvice)}
	case err != nil:
		found.err = unreadable(s.dataset, err)
	}
	return found
}

// orphans returns an error where complete rows lie in the folder without a manifest: it was
// removed, or the first load was killed just before the end. To take that for no rows would
// be wrong: an append would then replace them by its own rows alone.
func (s *datasetVersions) orphans() error {
	entries, err := os.ReadDir(s.folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return unreadable(s.dataset, err)
	}
	for _, e := range entries {
		if !files.IsVersionFolder(e.Name()) {
			continue
		}
		if _, err := os.Stat(filepath.Join(s.folder, e.Name(), zoneMapsName)); err == nil {
			return unreadable(s.dataset, files.Corrupt(filepath.Join(s.folder, files.ManifestName), "it is not there, but rows are that it would name"))
		}
	}
	return nil
}

func sameFile(a, b fs.FileInfo) bool {
	return b != nil && os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}

// forget drops the tables that are no longer published. Cursors that read them go on;
// their memory is unmapped after that.
func (s *datasetVersions) forget(m *files.Manifest) {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept := map[string]bool{}
	for v := range m.Versions(time.Now()) {
		kept[v.Folder] = true
	}
	gone := map[uint64]bool{}
	for folder, t := range s.tables {
		if !kept[folder] {
			gone[t.id] = true
			delete(s.tables, folder)
		}
	}
	if len(gone) > 0 {
		s.store.resources.forget(func(table uint64) bool { return gone[table] })
	}
}

// open returns the version's table, and opens it if it is not open.
func (s *datasetVersions) open(v *files.Version, ds *datasets.Dataset) (t *table, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, ok := s.tables[v.Folder]
	if !ok {
		if t, err = openVersion(v, s.folder, ds, s.store.resources); err != nil {
			return nil, err
		}
		s.tables[v.Folder] = t
	}
	t.published.Store(&v.Published) // a rollback changes it
	return t, nil
}
