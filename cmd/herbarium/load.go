package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/loaders"
	"herbarium/schemas"
)

// loadFlags are the flags of load.
type loadFlags struct {
	dataFlags
	source  sourceFlags
	mode    string
	onError string
	rejects string
	keep    string
	label   string
	dryRun  bool
	nice    int
	quiet   bool
	json    bool
}

func (p *program) load() *cobra.Command {
	var f loadFlags
	cmd := &cobra.Command{
		Use:   "load DATASET [FILE…]",
		Short: "Load a dataset into a store that keeps its rows",
		Long:  help("load"),
		Args:  arguments(cobra.MinimumNArgs(1)),
		RunE:  func(cmd *cobra.Command, args []string) error { return f.run(cmd.Context(), p, args[0], args[1:]) },
	}
	flags := cmd.Flags()
	f.add(flags)
	f.source.add(flags)
	flags.StringVar(&f.mode, "mode", "replace", "`WHAT` happens to the existing rows: replace, append (all are kept) or upsert (those with the key of a new row are replaced)")
	flags.StringVar(&f.onError, "on-error", "fail", "`WHAT` to do with faulty rows: fail (load nothing) or skip (load the others)")
	flags.StringVar(&f.rejects, "rejects", "", "`FILE` for the rows that --on-error skip leaves out, a line of JSON each")
	flags.StringVar(&f.label, "label", "", "`TEXT` that versions of the dataset are listed with, such as 2026-11")
	f.keep = defaultKeep.String()
	flags.Var(checkedText{&f.keep, checkKeep}, "keep", "how long this version stays readable once another one is current: forever, `N` newer versions, or a duration such as 12h or 30d, which is also the least for the version that the load replaces; at least 2s in MongoDB")
	flags.BoolVar(&f.dryRun, "dry-run", false, "read and check everything, write nothing; needs no store, but append and upsert read the rows of one that is given")
	flags.IntVar(&f.nice, "nice", 10, "by how much to lower the priority of the load, from 0 (not at all) to 19")
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "print nothing if all goes well")
	flags.BoolVar(&f.json, "json", false, "write the summary as JSON to standard output")
	return cmd
}

func (f *loadFlags) run(ctx context.Context, p *program, name string, files []string) error {
	if err := f.store.resolve(); err != nil {
		return err
	}
	options, err := f.options()
	if err != nil {
		return err
	}
	ds, err := f.folder.dataset(name)
	if err != nil {
		return err
	}
	if options.Mode == loaders.Upsert && len(ds.Key) == 0 {
		return usage("%s: %w", name, loaders.ErrNoKey)
	}
	sources, err := p.sources(ctx, files)
	if err != nil {
		return err
	}
	if !f.dryRun && f.store.memory() {
		return usage("mem: is filled when serve starts; name a store that keeps rows, as in --store file:rows or --store mongodb://localhost/herbarium")
	}
	if err := p.lowerPriority(f.nice); err != nil && !f.quiet {
		printLine(p.err, "the load keeps its normal priority: %v", err) // the load does not fail
	}
	summary, err := f.load(ctx, p, ds, sources, options)
	if err != nil {
		if errors.Is(err, context.Canceled) {
			printLine(p.err, "the load of %s was interrupted; nothing was published", name)
			return &silentError{exitSystem}
		}
		if f.json && exitCode(err) == exitData {
			return errors.Join(err, writeJSON(p.out, f.summaryOf(summary, err)))
		}
		return err
	}
	return f.summarize(p, summary)
}

// options returns the options that the flags stand for, except those for which
// files have to be opened.
func (f *loadFlags) options() (options loaders.Options, err error) {
	if options.Mode, err = loaders.ParseMode(f.mode); err != nil {
		return options, usage("--mode: %w", err)
	}
	if f.rejects == "-" {
		return options, usage("--rejects takes the name of a file, not -: standard output is for the summary of --json")
	}
	if f.nice < 0 || f.nice > maxNice {
		return options, usage("--nice: %d is not from 0 to %d", f.nice, maxNice)
	}
	if options.Version, err = f.version(); err != nil {
		return options, err
	}
	switch f.onError {
	case "fail":
		if f.rejects != "" {
			return options, usage("--rejects goes with --on-error skip; without it, faulty rows end the load")
		}
	case "skip":
		options.Skip = true
	default:
		return options, usage("--on-error: there is no %q; there are fail and skip", f.onError)
	}
	return options, f.source.apply(&options)
}

// version returns what the load says of its version. It sets how long the store keeps the
// version that is replaced, at the least.
func (f *loadFlags) version() (v engine.LoadOptions, err error) {
	if err := engine.CheckLabel(f.label); err != nil {
		return v, usage("--label: %w", err)
	}
	if v.Keep, err = engine.ParseKeep(f.keep); err != nil {
		return v, usage("--keep: %w", err)
	}
	if f.store.keep = v.Keep.For; v.Keep.Forever || v.Keep.Versions > 0 {
		f.store.keep = defaultKeep
	}
	v.Label = f.label
	return v, nil
}

func (f *loadFlags) load(ctx context.Context, p *program, ds *datasets.Dataset, sources []loaders.Source, options loaders.Options) (summary loaders.Summary, err error) {
	if f.rejects != "" {
		file, failed := createRejects(f.rejects)
		if failed != nil {
			return summary, failed
		}
		defer func() { err = errors.Join(err, file.end(err)) }()
		options.Rejects = file
	}
	if len(sources) == 0 {
		if sources, err = loaders.Own(ds); err != nil {
			return summary, err
		}
	}
	if !f.quiet {
		m := newProgress(ds.Name, sources, p.err)
		options.Progress = m.counts
		defer m.run(ctx)()
	}
	if f.dryRun && !f.readsStore() {
		return loaders.Check(ctx, ds, sources, options)
	}
	store, done, err := p.openStore(ctx, &f.store)
	if err != nil {
		return summary, err
	}
	defer done()
	if f.dryRun {
		return loaders.DryRun(ctx, store, ds, sources, options)
	}
	return loaders.Load(ctx, store, ds, sources, options)
}

// keeps reports whether the load keeps existing rows.
func (f *loadFlags) keeps() bool { return f.mode != "replace" }

// readsStore reports whether a dry run reads the existing rows.
func (f *loadFlags) readsStore() bool { return f.keeps() && !f.store.memory() }

func (f *loadFlags) summarize(p *program, s loaders.Summary) error {
	f.printRejected(p, s)
	if !f.quiet {
		f.printSummary(p, s)
	}
	if f.json {
		return writeJSON(p.out, f.summaryOf(s, nil))
	}
	return nil
}

// printRejected prints how many rows were left out, even with --quiet.
func (f *loadFlags) printRejected(p *program, s loaders.Summary) {
	if s.Rejected == 0 {
		return
	}
	written := ""
	if f.rejects != "" {
		written = "; they are in " + f.rejects
	}
	printLine(p.err, "%s: %s of %d left out for their faults%s", s.Dataset, count(s.Rejected, "row"), s.Read, written)
}

// printLoose says that quotes were read that RFC 4180 does not allow.
func printLoose(w io.Writer, s loaders.Summary) {
	if s.Loose > 0 {
		printLine(w, "%s: %s with quotes that RFC 4180 does not allow, first at %s; these were read as they stand, where they do not enclose a value", s.Dataset, count(s.Loose, "row"), s.LooseAt)
	}
}

// printSummary prints what the load did.
func (f *loadFlags) printSummary(p *program, s loaders.Summary) {
	if s.Replaced+s.Repeated > 0 {
		printLine(p.err, "%s: %s replaced; %d superseded by a later row with the same key", s.Dataset, count(s.Replaced, "row"), s.Repeated)
	}
	if len(s.Unread) > 0 {
		printLine(p.err, "%s: no field reads %s", s.Dataset, schemas.List(s.Unread))
	}
	if len(s.Absent) > 0 {
		printLine(p.err, "%s: no row has %s", s.Dataset, schemas.List(s.Absent))
	}
	printLoose(p.err, s)
	version := ""
	if s.Version != "" {
		version = ", version " + s.Version
	}
	took := fmt.Sprintf("%s, %.0f rows/s", s.Time.Round(max(time.Microsecond, s.Time/1000)), perSecond(s))
	read := count(s.Read, "row") + " read"
	if s.Rejected > 0 {
		read += fmt.Sprintf(", %d rejected", s.Rejected)
	}
	switch rows := count(s.Rows, "row"); {
	case f.dryRun && f.readsStore():
		printLine(p.err, "%s: %s, %s in the dataset afterwards%s (dry run; %s)", s.Dataset, read, rows, version, took)
	case f.dryRun && f.keeps():
		printLine(p.err, "%s: %s would be loaded (dry run; the existing rows were not read; %s)", s.Dataset, rows, took)
	case f.dryRun:
		printLine(p.err, "%s: %s would be loaded%s (dry run; %s)", s.Dataset, rows, version, took)
	case f.keeps():
		printLine(p.err, "%s: %s, %s now in %s%s (%s)", s.Dataset, read, rows, s.Place, version, took)
	default:
		printLine(p.err, "%s: %s loaded into %s%s (%s)", s.Dataset, rows, s.Place, version, took)
		printLine(p.err, "serve it with: herbarium serve%s", f.hints().flags)
	}
}
