package columnar

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/columnar/internal/files"
	"herbarium/engine/fault"
	"herbarium/engine/memory"
)

// onDisk says, for people, where the plans of a FileStore run.
const onDisk = "columnar, on disk"

// lookInterval is for how long what was read of a dataset's folder is believed.
const lookInterval = 500 * time.Millisecond

// FileOptions are a FileStore's limits.
type FileOptions struct {
	// Keep is how long a version stays readable after a load replaced it, for
	// those who page through it; 0: not at all.
	Keep time.Duration
	// MaxGroups is how many groups a query may make; 0: 1,000,000.
	MaxGroups int
	// Memory bounds what is kept from one query to the next, and what queries need; nil:
	// no bound.
	Memory *memory.Budget
	// Logger takes what goes wrong beside the calls, such as a leftover that
	// cannot be removed; slog.Default() if nil.
	Logger *slog.Logger
}

// FileStore keeps tables in files of a folder, and maps them into memory. It
// implements engine.Target. It is safe for concurrent use, also by several
// processes: each serves what any of them publishes, within a second.
type FileStore struct {
	*resources
	dir     string
	options FileOptions
	disk    files.FileSystem
	// syncEvery is after how many bytes a load begins to make them last.
	syncEvery int64

	versions sync.Map // of *datasetVersions, by dataset
}

var _ engine.Target = (*FileStore)(nil)

// Open returns the store in the folder. Nothing is read before it is needed,
// and nothing is written but by loads: reading needs no right to write.
func Open(dir string, options FileOptions) *FileStore {
	s := openFiles(dir, newResources(blockRows, runtime.GOMAXPROCS(0), maxDense), files.Disk{})
	s.options = options
	s.limitGroups(options.MaxGroups)
	s.limitMemory(options.Memory)
	if s.options.Logger == nil {
		s.options.Logger = slog.Default()
	}
	return s
}

func openFiles(dir string, r *resources, disk files.FileSystem) *FileStore {
	return &FileStore{resources: r, dir: dir, disk: disk, syncEvery: syncBytes, options: FileOptions{Logger: slog.Default()}}
}

// Describe returns "file:" and the folder.
func (s *FileStore) Describe() string { return "file:" + s.dir }

// Ping reports why the folder cannot be read, or nil.
func (s *FileStore) Ping(context.Context) error {
	folder, err := os.Open(s.dir)
	if err == nil {
		if _, err = folder.Readdirnames(1); err == io.EOF {
			err = nil // an empty folder
		}
		err = errors.Join(err, folder.Close())
	}
	if err != nil {
		return &fault.Error{Code: fault.StoreUnavailable, Detail: "the store's folder cannot be read", RetryAfter: reloadDelay, Err: err}
	}
	return nil
}

// Close lets go of all tables. Cursors that are open stay usable.
func (s *FileStore) Close(context.Context) error {
	s.versions.Clear()
	s.forget(func(uint64) bool { return true })
	return nil
}

// Table returns the dataset's current rows, as of half a second ago at most.
// Where they have other fields than the dataset, the newest ones count that
// have its fields and are still kept, else none: a *fault.Error with code
// NotLoaded, whose cause is fault.ErrOtherFields. While the store loads the
// dataset, older rows never count: an append would take them for the current
// ones. Where the files are not what was written, the code is StoreUnavailable.
func (s *FileStore) Table(_ context.Context, ds *datasets.Dataset) (engine.Table, error) {
	versions := s.versionsOf(ds.Name)
	loading := versions.loading.Load()
	if !loading {
		if t := versions.look(false).recent.of(ds); t != nil {
			return t, nil
		}
	}
	return s.find(versions, ds, loading, func(m *files.Manifest) *files.Version {
		for v := range m.Versions(time.Now()) {
			if v.Fits(ds) {
				return v
			}
			if loading {
				break
			}
		}
		return nil
	}, notLoaded)
}

// TableAt returns the rows of that version, or a *fault.Error with code
// Gone where they are no longer kept. For a version that is not known, the manifest is
// looked at again, since another server may have seen a newer one.
func (s *FileStore) TableAt(_ context.Context, ds *datasets.Dataset, version string) (engine.Table, error) {
	named := func(m *files.Manifest) *files.Version {
		for v := range m.Versions(time.Now()) {
			if v.Version == version && v.Fits(ds) {
				return v
			}
		}
		return nil
	}
	gone := func(ds *datasets.Dataset, m *files.Manifest) error {
		for v := range m.Versions(time.Now()) {
			if v.Version == version {
				return fault.OtherFieldsGone(ds)
			}
		}
		return fault.GoneError(ds)
	}
	versions := s.versionsOf(ds.Name)
	t, err := s.find(versions, ds, false, named, gone)
	if fault.CodeOf(err) == fault.Gone {
		return s.find(versions, ds, true, named, gone)
	}
	return t, err
}

// find returns the table of the version that wanted selects. A load may remove that version
// between the reading of the manifest and the opening of its files; then the manifest is
// read again.
func (s *FileStore) find(versions *datasetVersions, ds *datasets.Dataset, now bool, wanted func(*files.Manifest) *files.Version, none func(*datasets.Dataset, *files.Manifest) error) (engine.Table, error) {
	const tries = 5
	var missing error
	for try := range tries {
		known := versions.look(now || try > 0)
		if known.err != nil {
			return nil, known.err
		}
		v := wanted(known.manifest)
		if v == nil {
			return nil, none(ds, known.manifest)
		}
		t, err := versions.open(v, ds)
		switch {
		case err == nil:
			if v == known.manifest.Current {
				known.recent.set(ds, t)
			}
			return t, nil
		case !errors.Is(err, fs.ErrNotExist):
			return nil, unreadable(ds.Name, err)
		}
		missing = err
	}
	return nil, unreadable(ds.Name, files.Corrupt(filepath.Join(s.dir, ds.Name), "%v", missing))
}

// notLoaded returns the error of a dataset that has no table.
func notLoaded(ds *datasets.Dataset, m *files.Manifest) error {
	e := fault.NotLoadedError(ds)
	if m != nil {
		e.Detail = "the stored rows of dataset " + ds.Name + " have other fields than its descriptor; load them again with: " + fault.LoadCall(ds.Name)
		e.Err = fault.ErrOtherFields
	}
	return e
}

// versionsOf returns the versions of the dataset.
func (s *FileStore) versionsOf(dataset string) *datasetVersions {
	if known, ok := s.versions.Load(dataset); ok {
		return known.(*datasetVersions)
	}
	known, _ := s.versions.LoadOrStore(dataset, &datasetVersions{store: s, dataset: dataset,
		folder: filepath.Join(s.dir, dataset), tables: map[string]*table{}})
	return known.(*datasetVersions)
}
