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

// folder is a folder of descriptors and their data, on disk or in the binary. Paths
// are separated by slashes and cannot leave it.
type folder struct {
	files      func() (fs.ReadDirFS, io.Closer, error)
	schemaDirs []string // the folders that may hold query schemas, nearest first
	options    []Option
}

// Open reads every descriptor (*.yaml, *.yml) in the folder dir. An invalid
// descriptor becomes a Broken and does not affect others; the error is for a folder
// that cannot be read. Query schemas are looked up in dir/schemas, in the folder
// schemas beside dir, and among those that ship. Descriptors and data outside the
// folder are never read, even if a symbolic link leads there. Descriptors with
// operations of their own need the option WithSettler.
func Open(dir string, options ...Option) (*Snapshot, error) { return read(folderAt(dir, options...)) }

func folderAt(dir string, options ...Option) folder {
	return folder{
		options: options,
		files: func() (fs.ReadDirFS, io.Closer, error) {
			root, err := os.OpenRoot(dir)
			if err != nil {
				return nil, nil, err
			}
			return root.FS().(fs.ReadDirFS), root, nil
		},
		schemaDirs: []string{filepath.Join(dir, "schemas"), filepath.Join(dir, "..", "schemas")},
	}
}

// lookup finds a query schema.
func (from folder) lookup(name string) ([]byte, error) {
	for _, dir := range from.schemaDirs {
		text, err := readSchema(dir, name)
		if !errors.Is(err, fs.ErrNotExist) {
			return text, err
		}
	}
	return schemas.Files.ReadFile(name)
}

// stamps returns the state of the query schema called name in each folder that may
// contain it.
func (from folder) stamps(name string) []stamp {
	if name == "" {
		return nil
	}
	all := make([]stamp, len(from.schemaDirs))
	for i, dir := range from.schemaDirs {
		if root, err := os.OpenRoot(dir); err == nil {
			all[i] = stampOf(root.FS(), name)
			_ = root.Close()
		}
	}
	return all
}

// readSchema reads a file of the folder dir. It does not follow links out of it.
func readSchema(dir, name string) ([]byte, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer func() { _ = root.Close() }()
	return readUpTo(root.FS(), name, maxDescriptor)
}

// Embedded returns the datasets that ship in the binary.
func Embedded(options ...Option) (*Snapshot, error) {
	return read(folder{options: options, files: func() (fs.ReadDirFS, io.Closer, error) { return shipped, io.NopCloser(nil), nil }})
}

func read(from folder) (*Snapshot, error) {
	s, _, err := newCatalog(from).read(time.Now())
	return s, err
}

// nameClash returns a Broken for each of several descriptors that declare the same
// name. Any of them may be the one that was meant.
func nameClash(name string, all []*Dataset) []Broken {
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

// ClashFault is the fault of a descriptor whose dataset is also declared in other
// files.
func ClashFault(name string, others []string) Fault {
	return Fault{1, 1, "dataset", fmt.Sprintf("the dataset %s is declared in %s too; keep one of them", name, strings.Join(others, ", "))}
}

// isDescriptor reports whether a file is a descriptor, by its name. Names that
// begin with . or # are temporary files of editors.
func isDescriptor(e fs.DirEntry) bool {
	name := e.Name()
	return !e.IsDir() && !strings.HasPrefix(name, ".") && !strings.HasPrefix(name, "#") &&
		(strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml"))
}

// nameOf returns the name that a broken descriptor declares, or its file's name
// without the ending if it declares none.
func nameOf(ds *Dataset, file string) string {
	if ds != nil && ds.Name != "" {
		return ds.Name
	}
	return strings.TrimSuffix(file, path.Ext(file))
}

// descriptor reads a descriptor. It also returns the name of the query schema that
// the descriptor names, or "".
func (from folder) descriptor(files fs.FS, name string) (ds *Dataset, schema string, err error) {
	text, err := readUpTo(files, name, maxDescriptor+1)
	if err != nil {
		return nil, "", &DescriptorError{name, []Fault{{1, 1, "", "the file cannot be read: " + reason(err)}}}
	}
	ds, err = Parse(name, text, func(name string) ([]byte, error) {
		schema = name
		return from.lookup(name)
	}, from.options...)
	if err != nil {
		return ds, schema, err
	}
	if ds.Data != "" {
		ds.files = dataFiles(files, ds.patterns)
		ds.open = from.open
	}
	return ds, schema, nil
}

// open opens a data file. The folder may have changed since it was read.
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
	return newStableFile(f), nil
}

// errIrregular is the error of opening a directory, a pipe or another special
// file.
var errIrregular = errors.New("not a regular file")

// errOutside is the error of opening a file through a link out of the folder.
var errOutside = errors.New("it is, or lies behind, a symbolic link that is absolute or leads out of the folder; " +
	"put the file itself into the folder, or link to one within by a relative path")

// escapes is the text of the error that package os returns in that case and does
// not export.
const escapes = "path escapes from parent"

// openRegular opens a regular file. Opening another file, such as a pipe, could
// block forever.
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

// readUpTo reads at most limit bytes of a regular file.
func readUpTo(files fs.FS, name string, limit int64) ([]byte, error) {
	f, err := openRegular(files, name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return io.ReadAll(io.LimitReader(f, limit))
}

// noData is the open function of a dataset without a data file.
func noData(string) (io.ReadCloser, error) {
	return nil, errors.New("the descriptor names no data")
}

// reason returns an error's text without paths of the server.
func reason(err error) string {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err.Error()
	}
	return err.Error()
}
