package datasets

import (
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"herbarium/schemas"
)

// shipped holds the datasets that ship in the binary.
//
//go:embed *.yaml data
var shipped embed.FS

// folder is where descriptors, their data and their schemas are found. Paths
// have slashes and cannot leave it.
type folder struct {
	files  func() (fs.ReadDirFS, io.Closer, error)
	lookup func(name string) ([]byte, error)
}

// Open reads every descriptor (*.yaml, *.yml) of the folder dir. A descriptor
// that is wrong becomes a Broken and stops no other; the error is for a
// folder that cannot be read. Query schemas are looked for in dir/schemas, in
// schemas beside dir, and among those that ship. Neither a descriptor nor its
// data is read from outside the folder, also where a link points there.
func Open(dir string) (*Snapshot, error) {
	return read(folder{
		files: func() (fs.ReadDirFS, io.Closer, error) {
			root, err := os.OpenRoot(dir)
			if err != nil {
				return nil, nil, err
			}
			return root.FS().(fs.ReadDirFS), root, nil
		},
		lookup: func(name string) ([]byte, error) {
			for _, place := range []string{filepath.Join(dir, "schemas"), filepath.Join(dir, "..", "schemas")} {
				text, err := readSchema(place, name)
				if !errors.Is(err, fs.ErrNotExist) {
					return text, err
				}
			}
			return schemas.Files.ReadFile(name)
		},
	})
}

// readSchema reads a file of the folder place, and of no other, also where a
// link points out of it.
func readSchema(place, name string) ([]byte, error) {
	root, err := os.OpenRoot(place)
	if err != nil {
		return nil, err
	}
	defer func() { _ = root.Close() }()
	return readUpTo(root.FS(), name, maxDescriptor)
}

// Embedded returns the datasets that ship in the binary.
func Embedded() (*Snapshot, error) {
	return read(folder{
		files:  func() (fs.ReadDirFS, io.Closer, error) { return shipped, io.NopCloser(nil), nil },
		lookup: schemas.Files.ReadFile,
	})
}

func read(from folder) (*Snapshot, error) {
	files, done, err := from.files()
	if err != nil {
		return nil, fmt.Errorf("read datasets: %w", err)
	}
	defer func() { _ = done.Close() }()
	entries, err := files.ReadDir(".")
	if err != nil {
		return nil, fmt.Errorf("read datasets: %w", err)
	}
	s := &Snapshot{datasets: map[string]*Dataset{}}
	declared := map[string][]*Dataset{}
	for _, e := range entries {
		if !isDescriptor(e) {
			continue
		}
		ds, err := from.descriptor(files, e.Name())
		if err != nil {
			s.broken = append(s.broken, Broken{nameOf(ds, e.Name()), e.Name(), err})
			continue
		}
		declared[ds.Name] = append(declared[ds.Name], ds)
	}
	for name, all := range declared {
		if len(all) == 1 {
			s.datasets[name] = all[0]
			s.names = append(s.names, name)
			continue
		}
		s.clash(name, all)
	}
	slices.Sort(s.names)
	slices.SortFunc(s.broken, func(a, b Broken) int { return strings.Compare(a.File, b.File) })
	return s, nil
}

// clash serves none of the descriptors that declare one name, since either
// could be the one that was meant.
func (s *Snapshot) clash(name string, all []*Dataset) {
	var files []string
	for _, ds := range all {
		files = append(files, ds.File)
	}
	for _, ds := range all {
		others := slices.DeleteFunc(slices.Clone(files), func(f string) bool { return f == ds.File })
		err := &DescriptorError{ds.File, []Fault{{1, 1, "dataset",
			fmt.Sprintf("the dataset %s is declared in %s too; keep one of them", name, strings.Join(others, ", "))}}}
		s.broken = append(s.broken, Broken{name, ds.File, err})
	}
}

// isDescriptor tells descriptors from other files. Those that editors keep
// beside a file while it is open are told by their first or last letters.
func isDescriptor(e fs.DirEntry) bool {
	name := e.Name()
	return !e.IsDir() && !strings.HasPrefix(name, ".") && !strings.HasPrefix(name, "#") &&
		(strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml"))
}

// nameOf returns the name that a broken descriptor declares, or else its
// file's.
func nameOf(ds *Dataset, file string) string {
	if ds != nil && ds.Name != "" {
		return ds.Name
	}
	return strings.TrimSuffix(file, path.Ext(file))
}

func (from folder) descriptor(files fs.FS, name string) (*Dataset, error) {
	text, err := readUpTo(files, name, maxDescriptor+1)
	if err != nil {
		return nil, &DescriptorError{name, []Fault{{1, 1, "", "the file cannot be read: " + reason(err)}}}
	}
	ds, err := Parse(name, text, from.lookup)
	if err != nil {
		return ds, err
	}
	if ds.Data != "" {
		ds.open = func() (io.ReadCloser, error) { return from.open(ds.Data) }
	}
	return ds, nil
}

// open opens a file of the folder, which may have changed since it was listed.
func (from folder) open(name string) (io.ReadCloser, error) {
	files, done, err := from.files()
	if err != nil {
		return nil, err
	}
	defer func() { _ = done.Close() }()
	return files.Open(name)
}

// readUpTo reads at most so many bytes of a regular file. Opening anything
// else, such as a pipe, could wait forever.
func readUpTo(files fs.FS, name string, most int64) ([]byte, error) {
	info, err := fs.Stat(files, name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("not a regular file")
	}
	f, err := files.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return io.ReadAll(io.LimitReader(f, most))
}

// noData is the open of a dataset without a data file.
func noData() (io.ReadCloser, error) {
	return nil, errors.New("the descriptor names no data")
}

// reason is an error without the server's paths.
func reason(err error) string {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err.Error()
	}
	return err.Error()
}
