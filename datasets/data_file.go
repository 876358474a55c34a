package datasets

import (
	"cmp"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// dataFile is a data file of a dataset, and its state when it was listed.
type dataFile struct {
	name  string // relative to the descriptor
	state stamp
}

// DataFile is one of a dataset's own data files.
type DataFile struct {
	Name string // relative to the descriptor, with slashes
	Size int64  // when the descriptor was read; 0 if there is no such file
	// Open opens the file. Reading fails with ErrChanged if it changes meanwhile.
	Open func() (io.ReadCloser, error)
}

// DataFiles returns the dataset's own data files, in the order of the descriptor,
// those of a pattern by their names. A path without a file is among them, and
// fails to open; a pattern that no file is like has none.
func (d *Dataset) DataFiles() []DataFile {
	files := make([]DataFile, len(d.files))
	for i, f := range d.files {
		files[i] = DataFile{f.name, f.state.size(), func() (io.ReadCloser, error) { return d.open(f.name) }}
	}
	return files
}

// OpenData opens the dataset's first data file. It returns an error if there is
// none.
func (d *Dataset) OpenData() (io.ReadCloser, error) {
	if len(d.files) == 0 {
		return d.open("")
	}
	return d.open(d.files[0].name)
}

// DataSize returns the size in bytes that the dataset's data files had together
// when the descriptor was read.
func (d *Dataset) DataSize() (size int64) {
	for _, f := range d.files {
		size += f.state.size()
	}
	return size
}

// SameRows reports whether both datasets have the same rows, judged by their
// descriptors and the state of their data files.
func (d *Dataset) SameRows(other *Dataset) bool {
	return d == other || d.Layout == other.Layout && d.Data == other.Data && sameFiles(d.files, other.files)
}

func sameFiles(a, b []dataFile) bool {
	return slices.EqualFunc(a, b, func(a, b dataFile) bool { return a.name == b.name && a.state.same(b.state) })
}

// maxDataFiles is how many data files a dataset can have.
const maxDataFiles = 1 << 16

// dataFiles lists the data files that paths and patterns name, each file once.
func dataFiles(files fs.FS, patterns []string) (all []dataFile) {
	seen := map[string]bool{}
	add := func(name string, state stamp) {
		if !seen[name] && len(all) < maxDataFiles {
			seen[name] = true
			all = append(all, dataFile{name, state})
		}
	}
	for _, pattern := range patterns {
		state := stampOf(files, pattern)
		if state.info != nil || !strings.ContainsAny(pattern, "*?[") {
			add(pattern, state)
			continue
		}
		found, _ := fs.Glob(files, pattern) // a pattern that is none names no file
		slices.SortFunc(found, cmp.Compare[string])
		for _, name := range found {
			if strings.HasPrefix(path.Base(name), ".") && !strings.HasPrefix(path.Base(pattern), ".") {
				continue
			}
			if state := stampOf(files, name); state.info != nil {
				add(name, state)
			}
		}
	}
	return all
}

// fixedFolder returns the folder that a pattern names without a wildcard.
func fixedFolder(pattern string) string {
	folder := path.Dir(pattern)
	for strings.ContainsAny(folder, "*?[") {
		folder = path.Dir(folder)
	}
	return folder
}
