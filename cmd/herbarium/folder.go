package main

import (
	"os"
	"strings"

	"github.com/spf13/pflag"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/schemas"
)

// folderFlag says where descriptors are.
type folderFlag struct{ dir string }

// defaultFolder is the folder that is read where it is there and no other was
// named.
const defaultFolder = "datasets"

func (f *folderFlag) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.dir, "datasets", "", "`DIR` of the descriptors; by default ./"+defaultFolder+" where there is one, else what the binary embeds")
}

// open reads the folder's descriptors.
func (f *folderFlag) open() (*datasets.Snapshot, error) {
	dir := f.dir
	if dir == "" {
		if info, err := os.Stat(defaultFolder); err != nil || !info.IsDir() {
			return datasets.Embedded()
		}
		dir = defaultFolder
	}
	snapshot, err := datasets.Open(dir)
	if err != nil {
		return nil, &usageError{err}
	}
	return snapshot, nil
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
		detail += "; there is " + strings.Join(names[:min(len(names), 40)], ", ")
	}
	return nil, &engine.Error{Code: engine.UnknownDataset, Detail: detail}
}
