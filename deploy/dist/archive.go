package main

import (
	"archive/tar"
	"cmp"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"time"
)

// file is a file of an archive.
type file struct {
	path string // on this machine
	name string // in the archive
	mode int64
}

// filesOf returns the files of a folder, to be in another of the archive.
func filesOf(dir, below string) (files []file, err error) {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		files = append(files, file{filepath.Join(dir, e.Name()), path.Join(below, e.Name()), 0o644})
	}
	return files, err
}

// writeArchive writes a tar.gz of files below a folder. Its bytes follow from the
// files' bytes and names, and from the time.
func writeArchive(to, folder string, files []file, at time.Time) (err error) {
	f, err := os.Create(to)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	zipped, err := gzip.NewWriterLevel(f, gzip.BestCompression)
	if err != nil {
		return err
	}
	archive := tar.NewWriter(zipped)
	files = slices.SortedFunc(slices.Values(files), func(a, b file) int { return cmp.Compare(a.name, b.name) })
	for _, file := range files {
		if err := add(archive, folder, file, at); err != nil {
			return err
		}
	}
	return errors.Join(archive.Close(), zipped.Close())
}

// add adds a file, of nobody in particular.
func add(archive *tar.Writer, folder string, f file, at time.Time) error {
	source, err := os.Open(f.path)
	if err != nil {
		return err
	}
	defer func() { _ = source.Close() }()
	info, err := source.Stat()
	if err != nil {
		return err
	}
	header := &tar.Header{Typeflag: tar.TypeReg, Name: path.Join(folder, f.name), Size: info.Size(), Mode: f.mode, ModTime: at, Format: tar.FormatUSTAR}
	if err := archive.WriteHeader(header); err != nil {
		return err
	}
	_, err = io.Copy(archive, source)
	return err
}
