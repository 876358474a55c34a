package main

import (
	"context"

	"github.com/spf13/pflag"

	"herbarium/datasets"
	"herbarium/engine"
)

// dataFlags are the flags of commands on the rows of datasets: where the descriptors are,
// and which store has the rows.
type dataFlags struct {
	folder folderFlag
	store  storeFlags
}

func (f *dataFlags) add(flags *pflag.FlagSet) {
	f.folder.add(flags)
	f.store.add(flags)
}

// hints completes commands with these flags.
func (f *dataFlags) hints() hints { return newHints(&f.folder, &f.store) }

// openKept returns the dataset and its store, which keeps versions from one command to the
// next, and a function that closes it.
func (f *dataFlags) openKept(ctx context.Context, p *program, name string) (*datasets.Dataset, engine.Target, func(), error) {
	if err := f.store.resolve(); err != nil {
		return nil, nil, nil, err
	}
	ds, err := f.folder.dataset(name)
	if err != nil {
		return nil, nil, nil, err
	}
	if f.store.memory() {
		return nil, nil, nil, usage("mem: keeps no versions between two commands; name a store that does, as in --store file:rows or --store mongodb://localhost/herbarium")
	}
	store, done, err := p.openStore(ctx, &f.store)
	return ds, store, done, err
}
