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
	"strings"
	"time"

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
	places []string // the folders that may hold query schemas, nearest first
}

// Open reads every descriptor (*.yaml, *.yml) of the folder dir. A descriptor
// that is wrong becomes a Broken and stops no other; the error is for a
// folder that cannot be read. Query schemas are looked for in dir/schemas, in
// schemas beside dir, and among those that ship. Neither a descriptor nor its
// data is read from outside the folder, also where a link points there.
func Open(dir string) (*Snapshot, error) { return read(folderAt(dir)) }

func folderAt(dir string) folder {
	return folder{
		files: func() (fs.ReadDirFS, io.Closer, error) {
			root, err := os.OpenRoot(dir)
			if err != nil {
				return nil, nil, err
			}
			return root.FS().(fs.ReadDirFS), root, nil
		},
		places: []string{filepath.Join(dir, "schemas"), filepath.Join(dir, "..", "schemas")},
	}
}

// lookup finds a query schema.
func (from folder) lookup(name string) ([]byte, error) {
	for _, place := range from.places {
		text, err := readSchema(place, name)
		if !errors.Is(err, fs.ErrNotExist) {
			return text, err
		}
	}
	return schemas.Files.ReadFile(name)
}

// stamps returns the state of the query schema called name in each place that
// may hold it.
func (from folder) stamps(name string) []stamp {
	if name == "" {
		return nil
	}
	all := make([]stamp, len(from.places))
	for i, place := range from.places {
		if root, err := os.OpenRoot(place); err == nil {
			all[i] = stampOf(root.FS(), name)
			_ = root.Close()
		}
	}
	return all
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
	return read(folder{files: func() (fs.ReadDirFS, io.Closer, error) { return shipped, io.NopCloser(nil), nil }})
}

func read(from folder) (*Snapshot, error) {
	s, _, err := newCatalog(from).read(time.Now())
	return s, err
}

// clash says of each descriptor that others declare the same name. Which was
// meant cannot be known.
func clash(name string, all []*Dataset) []Broken {
	var broken []Broken
	for _, ds := range all {
		var others []string
		for _, other := range all {
			if other != ds {
				others = append(others, other.File)
			}
		}
		broken = append(broken, Broken{name, ds.File, &DescriptorError{ds.File, []Fault{ClashFault(name, others)}}})
	}
	return broken
}

// ClashFault is the fault of a descriptor whose dataset the other files declare
// too.
func ClashFault(name string, others []string) Fault {
	return Fault{1, 1, "dataset", fmt.Sprintf("the dataset %s is declared in %s too; keep one of them", name, strings.Join(others, ", "))}
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

// descriptor reads a descriptor and returns the query schema that it names,
// too.
func (from folder) descriptor(files fs.FS, name string) (ds *Dataset, schema string, err error) {
	text, err := readUpTo(files, name, maxDescriptor+1)
	if err != nil {
		return nil, "", &DescriptorError{name, []Fault{{1, 1, "", "the file cannot be read: " + reason(err)}}}
	}
	ds, err = Parse(name, text, func(name string) ([]byte, error) {
		schema = name
		return from.lookup(name)
	})
	if err != nil {
		return ds, schema, err
	}
	if ds.Data != "" {
		ds.state = stampOf(files, ds.Data)
		ds.open = func() (io.ReadCloser, error) { return from.open(ds.Data) }
	}
	return ds, schema, nil
}

// open opens a file of the folder, which may have changed since it was listed.
func (from folder) open(name string) (io.ReadCloser, error) {
	files, done, err := from.files()
	if err != nil {
		return nil, err
	}
	defer func() { _ = done.Close() }()
	f, err := openRegular(files, name)
	if err != nil {
		return nil, err
	}
	return newSteady(f), nil
}

// errIrregular is the error of opening a directory, a pipe or the like.
var errIrregular = errors.New("not a regular file")

// errOutside is the error of a file that is reached by a link out of the
// folder.
var errOutside = errors.New("it is, or lies behind, a symbolic link that is absolute or leads out of the folder; " +
	"put the file itself into the folder, or link to one within by a relative path")

// escapes is what package os says there, by an error that it does not export.
const escapes = "path escapes from parent"

// openRegular opens a regular file. Opening anything else, such as a pipe,
// could wait forever.
func openRegular(files fs.FS, name string) (fs.File, error) {
	info, err := fs.Stat(files, name)
	var path *fs.PathError
	switch {
	case errors.As(err, &path) && path.Err.Error() == escapes:
		return nil, &fs.PathError{Op: "open", Path: name, Err: errOutside}
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, &fs.PathError{Op: "open", Path: name, Err: errIrregular}
	}
	return files.Open(name)
}

// readUpTo reads at most so many bytes of a regular file.
func readUpTo(files fs.FS, name string, most int64) ([]byte, error) {
	f, err := openRegular(files, name)
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
