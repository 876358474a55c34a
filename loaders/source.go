package loaders

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path"

	"herbarium/datasets"
)

// ErrNoData is the error of a load without sources, of a dataset that has no
// data of its own.
var ErrNoData = errors.New("the descriptor names no data; name a file")

// Source is one place that rows come from.
type Source struct {
	// Name is what messages call the source.
	Name string
	// Open returns its bytes: text, or text compressed with gzip, which shows
	// in the first bytes.
	Open func() (io.ReadCloser, error)
}

// File returns the file at path as a source.
func File(path string) Source {
	return Source{Name: path, Open: func() (io.ReadCloser, error) { return os.Open(path) }}
}

// Stream returns what can be read from r, once, as a source.
func Stream(name string, r io.Reader) Source {
	return Source{Name: name, Open: func() (io.ReadCloser, error) { return io.NopCloser(r), nil }}
}

// Own returns the dataset's own data as a source, or ErrNoData.
func Own(ds *datasets.Dataset) (Source, error) {
	if ds.Data == "" {
		return Source{}, fmt.Errorf("%s: %w", ds.Name, ErrNoData)
	}
	return Source{Name: path.Base(ds.Data), Open: ds.OpenData}, nil
}

// bufferBytes is how much of a source is read at once.
const bufferBytes = 256 << 10

// plain returns the source's text, decompressed where it is compressed.
func plain(in io.Reader) (*bufio.Reader, error) {
	buffered := bufio.NewReaderSize(in, bufferBytes)
	magic, err := buffered.Peek(2)
	if err != nil && err != io.EOF {
		return nil, err
	}
	if !bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		return buffered, nil
	}
	z, err := gzip.NewReader(buffered)
	if err != nil {
		return nil, err
	}
	return bufio.NewReaderSize(z, bufferBytes), nil
}

// damaged reports whether err says that compressed bytes are no gzip stream,
// or end too early, which is a fault of the data and not of the system.
func damaged(err error) bool {
	var corrupt flate.CorruptInputError
	return errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum) ||
		errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &corrupt)
}
