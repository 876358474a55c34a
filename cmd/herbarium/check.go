package main

import (
	"context"
	"errors"
	"slices"

	"github.com/spf13/cobra"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/fault"
)

// checkFlags are the flags of check.
type checkFlags struct {
	dataFlags
	auth authFlag
	json bool
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
	f.add(flags)
	f.auth.add(flags, "it is checked against the descriptors")
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
	if empty(snapshot) && f.store.memory() { // a store may have rows that no descriptor declares any more
		return usage("%s has no descriptor; herbarium infer FILE writes one", f.folder.place())
	}
	var found findings
	for _, broken := range snapshot.Broken() {
		found.descriptor(broken, otherFiles(snapshot, broken))
	}
	for _, name := range snapshot.Names() {
		ds, _ := snapshot.Dataset(name)
		if err := found.data(ctx, ds); err != nil {
			return err
		}
	}
	if found.Auth, err = f.auth.check(snapshot); err != nil {
		return err
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
	if err == nil && found.code() != exitOK {
		err = &silentError{found.code()}
	}
	return err
}

// otherFiles returns the other descriptors that declare a dataset with the same
// name.
func otherFiles(snapshot *datasets.Snapshot, broken datasets.Broken) (files []string) {
	if ds, ok := snapshot.Dataset(broken.Name); ok && ds.File != broken.File {
		files = append(files, ds.File)
	}
	for _, other := range snapshot.Broken() {
		if other.Name == broken.Name && other.File != broken.File && validName(other) {
			files = append(files, other.File)
		}
	}
	return files
}

// validName reports whether the name that a broken descriptor declares is valid.
func validName(broken datasets.Broken) bool {
	var wrong *datasets.DescriptorError
	return !errors.As(broken.Err, &wrong) || !slices.ContainsFunc(wrong.Faults, func(f datasets.Fault) bool { return f.Path == "dataset" })
}

// content adds what the store has of each dataset.
func (f *checkFlags) content(ctx context.Context, p *program, snapshot *datasets.Snapshot, found *findings) error {
	store, done, err := p.openStore(ctx, &f.store)
	if err != nil {
		return err
	}
	defer done()
	hints := f.hints()
	found.Store, found.loadCommand = store.Describe(), hints.loadCommand("DATASET")
	if err := store.Ping(ctx); err != nil {
		found.StoreError = errorLine(err)
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
			if info.OtherTypes {
				d.Stored.add("the stored rows of dataset " + d.Name + " have other types of fields than its descriptor, and values of another type are read as null; load them again with: " +
					hints.loadCommand(d.Name))
			}
		case fault.CodeOf(err) == fault.NotLoaded:
			d.Stored = &stored{Rows: -1}
		}
		files, ok := store.(inspector)
		if ok {
			if err := d.inspect(ctx, files); err != nil {
				return err
			}
		}
		if errors.Is(err, fault.ErrOtherFields) {
			d.Stored.add(detailOf(hints.complete(d.Name, err)))
		}
		if d.Stored == nil {
			found.StoreError = d.Name + ": " + errorLine(hints.complete(d.Name, err))
			return nil
		}
	}
	if files, ok := store.(inspector); ok {
		return found.undeclared(ctx, files)
	}
	return nil
}

// detailOf returns the text of an error without its cause.
func detailOf(err error) string {
	var known *fault.Error
	if errors.As(err, &known) {
		return known.Detail
	}
	return err.Error()
}
