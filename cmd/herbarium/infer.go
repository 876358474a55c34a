package main

import (
	"context"
	"errors"
	"path/filepath"

	"github.com/spf13/cobra"

	"herbarium/datasets"
	"herbarium/loaders"
)

// inferFlags are the flags of infer.
type inferFlags struct {
	name   string
	sample size
	source sourceFlags
}

func (p *program) infer() *cobra.Command {
	f := inferFlags{sample: loaders.DefaultSample}
	cmd := &cobra.Command{
		Use:   "infer FILE",
		Short: "Write a descriptor for a file that has none",
		Long:  help("infer"),
		Args:  arguments(cobra.ExactArgs(1)),
		RunE:  func(cmd *cobra.Command, args []string) error { return f.run(cmd.Context(), p, args[0]) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.name, "name", "", "the dataset's name; by default made from the file's")
	f.source.add(flags)
	flags.Var(&f.sample, "sample", "how much text of a larger file is read; 0: all of it")
	return cmd
}

func (f *inferFlags) run(ctx context.Context, p *program, file string) error {
	if f.name != "" && !datasets.ValidName(f.name) {
		return usage("a dataset cannot be called %q: use a to z, 0 to 9, _ and -, start with a letter, and do not use the name of one of the server's own paths", f.name)
	}
	sources, err := p.sources(ctx, []string{file})
	if err != nil {
		return err
	}
	var read loaders.Options
	if err := f.source.apply(&read); err != nil {
		return err
	}
	options := loaders.InferOptions{Dataset: f.name, Sample: int64(f.sample), Format: read.Format, Delimiter: read.Delimiter, Rows: read.Rows}
	if base := filepath.Base(file); file != "-" && datasets.ValidData(base) {
		options.Data = base
	}
	inferred, err := loaders.Infer(ctx, sources[0], options)
	var wrong *loaders.DataError
	if errors.As(err, &wrong) {
		printLine(p.err, "%v", wrong)
		printLine(p.err, "herbarium infer: %s cannot be loaded as it is; fix it and infer again", sources[0].Name)
		return &silentError{exitData}
	}
	if err != nil {
		return err
	}
	_, err = p.out.Write(inferred.Descriptor)
	return err
}
