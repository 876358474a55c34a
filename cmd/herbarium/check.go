package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/columnar"
	"herbarium/loaders"
)

// checkFlags are the flags of check.
type checkFlags struct {
	folder folderFlag
	store  storeFlags
	json   bool
}

func (p *program) check() *cobra.Command {
	var f checkFlags
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Check every descriptor, query schema and data file",
		Long:  help("check"),
		Args:  arguments(cobra.NoArgs),
		RunE:  func(cmd *cobra.Command, _ []string) error { return f.run(cmd.Context(), p) },
	}
	flags := cmd.Flags()
	f.folder.add(flags)
	f.store.add(flags)
	flags.BoolVar(&f.json, "json", false, "write the findings as JSON")
	return cmd
}

func (f *checkFlags) run(ctx context.Context, p *program) error {
	if err := f.store.resolve(); err != nil {
		return err
	}
	snapshot, err := f.folder.open()
	if err != nil {
		return err
	}
	var found findings
	for _, broken := range snapshot.Broken() {
		found.descriptor(broken)
	}
	for _, name := range snapshot.Names() {
		ds, _ := snapshot.Dataset(name)
		if err := found.data(ctx, ds); err != nil {
			return err
		}
	}
	if !f.store.memory() {
		if err := f.content(ctx, p, snapshot, &found); err != nil {
			return err
		}
	}
	if f.json {
		err = writeJSON(p.out, &found)
	} else {
		err = found.write(p.out)
	}
	if err == nil && found.code() != exitDone {
		err = &silentError{found.code()}
	}
	return err
}

// content finds out what the store has of each dataset.
func (f *checkFlags) content(ctx context.Context, p *program, snapshot *datasets.Snapshot, found *findings) error {
	store, done, err := p.openStore(ctx, &f.store)
	if err != nil {
		return err
	}
	defer done()
	advice := newAdvice(&f.folder, &f.store)
	found.Store, found.again = store.Describe(), advice.loadCall("DATASET")
	if err := store.Ping(ctx); err != nil {
		found.StoreError = err.Error()
		return nil
	}
	eng := engine.New(store, engine.Options{})
	defer eng.Close()
	for i := range found.Datasets {
		d := &found.Datasets[i]
		ds, ok := snapshot.Dataset(d.Name)
		if !ok || d.broken {
			continue
		}
		info, err := eng.Table(ctx, ds)
		switch {
		case err == nil:
			d.Stored = &stored{Rows: info.Rows, Version: info.Version, Place: info.Place}
		case engine.CodeOf(err) == engine.NotLoaded:
			d.Stored = &stored{Rows: -1}
		}
		files, ok := store.(inspected)
		if ok {
			if err := d.inspect(ctx, files); err != nil {
				return err
			}
		}
		if d.Stored == nil {
			found.StoreError = fmt.Sprintf("%s: %v", d.Name, advice.complete(d.Name, err))
			return nil
		}
	}
	if files, ok := store.(inspected); ok {
		return found.undeclared(ctx, files)
	}
	return nil
}

// inspected is a store whose content can be read whole and checked.
type inspected interface {
	Datasets(context.Context) ([]string, error)
	Check(ctx context.Context, dataset string) (columnar.Inspection, error)
}

// undeclared adds what the store has of datasets that no descriptor declares.
func (f *findings) undeclared(ctx context.Context, store inspected) error {
	names, err := store.Datasets(ctx)
	if err != nil {
		f.StoreError = err.Error()
	}
	for _, name := range names {
		if slices.ContainsFunc(f.Datasets, func(d finding) bool { return d.Name == name && !d.broken }) {
			continue
		}
		d := finding{Name: name, Stored: &stored{Rows: -1}, undeclared: true}
		if err := d.inspect(ctx, store); err != nil {
			return err
		}
		f.Datasets = append(f.Datasets, d)
	}
	return nil
}

// inspect reads all that the store keeps of the dataset.
func (d *finding) inspect(ctx context.Context, store inspected) error {
	start := time.Now()
	read, err := store.Check(ctx, d.Name)
	if err != nil {
		return err
	}
	if d.Stored == nil && read.Total > 0 {
		d.Stored = &stored{Rows: -1}
	}
	if d.Stored != nil {
		d.Stored.Bytes, d.Stored.Versions, d.Stored.Faults, d.Stored.Total = read.Bytes, read.Versions, read.Faults, read.Total
		d.Stored.time = time.Since(start)
	}
	return nil
}

// descriptor adds what is wrong with a descriptor.
func (f *findings) descriptor(broken datasets.Broken) {
	d := finding{Name: broken.Name, File: broken.File, broken: true}
	var wrong *datasets.DescriptorError
	if errors.As(broken.Err, &wrong) {
		for _, fault := range wrong.Faults {
			d.Faults = append(d.Faults, loaders.Fault{File: wrong.File, Line: fault.Line, Column: fault.Column, Field: fault.Path, Detail: fault.Detail})
		}
	} else {
		d.Faults = []loaders.Fault{{File: broken.File, Line: 1, Column: 1, Detail: broken.Err.Error()}}
	}
	d.Total = int64(len(d.Faults))
	f.Datasets = append(f.Datasets, d)
}

// maxListed is how many faults of one file are listed. Whoever has more has
// one cause for most of them.
const maxListed = 1000

// data adds what is wrong with a dataset's own data, or what it is.
func (f *findings) data(ctx context.Context, ds *datasets.Dataset) error {
	d := finding{Name: ds.Name, File: ds.File}
	summary, err := loaders.Check(ctx, ds, nil, loaders.Options{MaxFaults: maxListed})
	var wrong *loaders.DataError
	var path *fs.PathError
	switch {
	case err == nil:
		d.Data = &summary
	case errors.Is(err, loaders.ErrNoData):
	case errors.As(err, &wrong):
		d.Faults, d.Total = wrong.Faults, wrong.Total
	case errors.As(err, &path):
		// The descriptor names a file that cannot be had.
		fault := ds.DataFault(ds.Data + ": " + path.Err.Error()).Faults[0]
		d.Faults = []loaders.Fault{{File: ds.File, Line: fault.Line, Column: fault.Column, Field: fault.Path, Detail: fault.Detail}}
		d.Total, d.broken = 1, true
	default:
		return err
	}
	f.Datasets = append(f.Datasets, d)
	return nil
}
