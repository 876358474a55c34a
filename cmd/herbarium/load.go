package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"herbarium/datasets"
	"herbarium/loaders"
)

// loadFlags are the flags of load.
type loadFlags struct {
	folder folderFlag
	store  storeFlags
	dryRun bool
	quiet  bool
	json   bool
}

func (p *program) load() *cobra.Command {
	var f loadFlags
	cmd := &cobra.Command{
		Use:   "load DATASET [FILE…]",
		Short: "Replace a dataset's rows in a store that keeps them",
		Long:  help("load"),
		Args:  arguments(cobra.MinimumNArgs(1)),
		RunE:  func(cmd *cobra.Command, args []string) error { return f.run(cmd.Context(), p, args[0], args[1:]) },
	}
	flags := cmd.Flags()
	f.folder.add(flags)
	f.store.add(flags)
	flags.DurationVar(&f.store.keep, "keep", 5*time.Minute, "how long the version that is replaced stays readable, for those who page through it")
	flags.BoolVar(&f.dryRun, "dry-run", false, "read and check everything, write nothing; needs no store")
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "say nothing where all goes well")
	flags.BoolVar(&f.json, "json", false, "write the summary as JSON to standard output")
	return cmd
}

func (f *loadFlags) run(ctx context.Context, p *program, name string, files []string) error {
	if err := f.store.resolve(); err != nil {
		return err
	}
	ds, err := f.folder.dataset(name)
	if err != nil {
		return err
	}
	sources, err := p.sources(ctx, files)
	if err != nil {
		return err
	}
	if !f.dryRun && f.store.memory() {
		return usage("mem: fills itself when serve starts; name a store that keeps rows, as in --store file:rows or --store mongodb://localhost/herbarium")
	}
	summary, err := f.load(ctx, p, ds, sources)
	if err != nil {
		if errors.Is(err, context.Canceled) {
			say(p.err, "the load of %s was interrupted; nothing was published", name)
			return &silentError{exitSystem}
		}
		return err
	}
	return f.summarize(p, summary)
}

func (f *loadFlags) load(ctx context.Context, p *program, ds *datasets.Dataset, sources []loaders.Source) (loaders.Summary, error) {
	if f.dryRun {
		return loaders.Check(ctx, ds, sources, loaders.Options{})
	}
	logger := slog.New(slog.NewTextHandler(p.err, &slog.HandlerOptions{Level: slog.LevelWarn}))
	store, err := f.store.open(logger)
	if err != nil {
		return loaders.Summary{}, err
	}
	defer closeStore(ctx, store, logger)
	return loaders.Load(ctx, store, ds, sources, loaders.Options{})
}

// loadSummary is a summary as --json writes it.
type loadSummary struct {
	loaders.Summary
	DryRun        bool    `json:"dry_run"`
	Seconds       float64 `json:"seconds"`
	RowsPerSecond float64 `json:"rows_per_second"`
}

func (f *loadFlags) summarize(p *program, s loaders.Summary) error {
	seconds := max(s.Time, time.Microsecond).Seconds()
	rate := float64(s.Rows) / seconds
	if !f.quiet {
		took := s.Time.Round(max(time.Microsecond, s.Time/1000))
		if f.dryRun {
			say(p.err, "%s: %s would be loaded, version %s (dry run; %s, %.0f rows/s)", s.Dataset, count(s.Rows, "row"), s.Version, took, rate)
		} else {
			say(p.err, "%s: %s loaded into %s, version %s (%s, %.0f rows/s)", s.Dataset, count(s.Rows, "row"), s.Place, s.Version, took, rate)
		}
	}
	if f.json {
		return writeJSON(p.out, loadSummary{s, f.dryRun, seconds, rate})
	}
	return nil
}

// writeJSON writes v in lines of its own.
func writeJSON(w io.Writer, v any) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(v)
}
