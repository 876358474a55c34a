package main

import (
	"log/slog"
	"os"

	"github.com/spf13/pflag"

	"herbarium/datasets"
	"herbarium/engine/fault"
	"herbarium/engine/query"
	"herbarium/schemas"
)

// checked has descriptors' own operations checked.
var checked = datasets.WithSettler(query.Settle)

// folderFlag is the folder of the descriptors.
type folderFlag struct{ dir string }

// defaultFolder is the folder that is read if it exists and no other is given.
const defaultFolder = "datasets"

func (f *folderFlag) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.dir, "datasets", "", "`DIR` of the descriptors; by default ./"+defaultFolder+" if it exists, else those that the binary embeds")
}

// place returns the folder, or "" for what the binary embeds.
func (f *folderFlag) place() string {
	if f.dir != "" {
		return f.dir
	}
	if info, err := os.Stat(defaultFolder); err != nil || !info.IsDir() {
		return ""
	}
	return defaultFolder
}

// logSurprises logs what a user may not expect of the folder: that it has no
// descriptor, or that it takes the place of what the binary embeds.
func (f *folderFlag) logSurprises(s *datasets.Snapshot, logger *slog.Logger) {
	dir := f.place()
	switch {
	case dir == "":
	case empty(s):
		logger.Warn("the folder has no descriptor, so no dataset is served", "folder", dir)
	case f.dir == "":
		logger.Info("the datasets are those of ./"+defaultFolder+", not those that the binary embeds", "folder", dir)
	}
}

// empty reports whether there is no descriptor, not even a broken one.
func empty(s *datasets.Snapshot) bool { return len(s.Names()) == 0 && len(s.Broken()) == 0 }

// open reads the folder's descriptors.
func (f *folderFlag) open() (*datasets.Snapshot, error) {
	dir := f.place()
	if dir == "" {
		return datasets.Embedded(checked)
	}
	snapshot, err := datasets.Open(dir, checked)
	if err != nil {
		return nil, &usageError{err}
	}
	return snapshot, nil
}

// watch reads the folder's descriptors, and returns a watcher that reports
// changes; nil for the embedded ones.
func (f *folderFlag) watch() (*datasets.Snapshot, *datasets.Watcher, error) {
	dir := f.place()
	if dir == "" {
		snapshot, err := datasets.Embedded(checked)
		return snapshot, nil, err
	}
	watcher, err := datasets.NewWatcher(dir, checked)
	if err != nil {
		return nil, nil, &usageError{err}
	}
	return watcher.Snapshot(), watcher, nil
}

// dataset returns the folder's dataset called name, or says why there is none.
func (f *folderFlag) dataset(name string) (*datasets.Dataset, error) {
	snapshot, err := f.open()
	if err != nil {
		return nil, err
	}
	if ds, ok := snapshot.Dataset(name); ok {
		return ds, nil
	}
	for _, broken := range snapshot.Broken() {
		if broken.Name == name {
			return nil, broken.Err
		}
	}
	names := snapshot.Names()
	detail := "there is no dataset " + name + schemas.DidYouMean(name, names)
	if len(names) > 0 {
		detail += "; there is " + schemas.List(names)
	}
	return nil, &fault.Error{Code: fault.UnknownDataset, Detail: detail}
}
