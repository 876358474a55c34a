package loaders

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"

	"herbarium/datasets"
	"herbarium/loaders/source"
)

// ErrNoData is the error of a load without sources of a dataset that has no data
// of its own.
var ErrNoData = errors.New("the descriptor names no data; name a file")

// Source is one place that rows come from.
type Source struct {
	// Name is what messages call the source.
	Name string
	// Open returns its bytes, in any Format, plain or compressed with gzip, zstd,
	// bzip2, xz or LZ4, which the first bytes show. Closing it ends a read that is
	// blocked, if possible.
	Open func() (io.ReadCloser, error)
	// Size is how many bytes that will be; 0 where it is not known.
	Size int64
}

// File returns the file at path as a source.
func File(path string) Source {
	s := Source{Name: path, Open: func() (io.ReadCloser, error) { return os.Open(path) }}
	if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
		s.Size = info.Size()
	}
	return s
}

// Stream returns what can be read from r, once, as a source.
func Stream(name string, r io.Reader) Source {
	return Source{Name: name, Open: func() (io.ReadCloser, error) { return io.NopCloser(r), nil }}
}

// Own returns the dataset's own data as sources, or ErrNoData.
func Own(ds *datasets.Dataset) ([]Source, error) {
	if ds.Data == "" {
		return nil, fmt.Errorf("%s: %w", ds.Name, ErrNoData)
	}
	files := ds.DataFiles()
	if len(files) == 0 {
		return nil, &fs.PathError{Op: "open", Path: ds.Data, Err: errors.New("no file is called like this")}
	}
	sources := make([]Source, len(files))
	for i, f := range files {
		sources[i] = Source{Name: f.Name, Open: f.Open, Size: f.Size}
		if len(files) == 1 && !strings.Contains(f.Name, "=") {
			sources[i].Name = path.Base(f.Name)
		}
	}
	return sources, nil
}

// open opens the source. The content, which may come with an error too, is nil
// where there is nothing to close.
func (s Source) open(limits source.Limits, progress *Progress) (*source.Content, error) {
	file, err := s.Open()
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", s.Name, err)
	}
	return source.Open(s.Name, file, limits, progress.read)
}
