package main

import (
	"context"
	"errors"
	"path"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"herbarium/datasets"
	"herbarium/loaders"
)

// inferFlags are the flags of infer.
type inferFlags struct {
	name     string
	sample   size
	enums    string
	onError  string
	resource string
	source   sourceFlags
}

func (p *program) infer() *cobra.Command {
	f := inferFlags{sample: loaders.DefaultSample}
	cmd := &cobra.Command{
		Use:   "infer FILE…",
		Short: "Write a descriptor for files that have none",
		Long:  help("infer"),
		Args:  arguments(cobra.MinimumNArgs(1)),
		RunE:  func(cmd *cobra.Command, args []string) error { return f.run(cmd.Context(), p, args) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.name, "name", "", "`NAME` of the dataset; by default made from that of the file, or of the folder of several files")
	f.source.add(flags)
	flags.Var(&f.sample, "sample", "how much text of a larger file is read; 0: all of it")
	flags.StringVar(&f.enums, "enums", "auto", "`WHEN` texts that recur become an enum: auto (if enough rows have each) or off")
	flags.StringVar(&f.resource, "resource", "", "`NAME` of the resource of a Data Package; by default its first table")
	flags.StringVar(&f.onError, "on-error", "fail", "`WHAT` to do with faulty rows: fail, or skip (describe the others)")
	return cmd
}

func (f *inferFlags) run(ctx context.Context, p *program, files []string) error {
	options, err := f.options()
	if err != nil {
		return err
	}
	files, err = f.described(p, files, &options)
	if err != nil {
		return err
	}
	sources, err := p.sources(ctx, files)
	if err != nil {
		return err
	}
	if len(sources) > 1 && options.Dataset == "" {
		options.Dataset = loaders.DatasetName(sources)
	}
	inferred, err := loaders.Infer(ctx, sources, options)
	var wrong *loaders.DataError
	if errors.As(err, &wrong) {
		printLine(p.err, "%v", wrong)
		advice := "fix it and infer again"
		if f.onError == "fail" && wrong.Rows {
			advice += ", or leave faulty rows out with --on-error skip"
		}
		printLine(p.err, "herbarium infer: %s cannot be loaded as it is; %s", sources[0].Name, advice)
		return &silentError{exitData}
	}
	if err != nil {
		return err
	}
	if skipped := inferred.Skipped; skipped != nil {
		printLine(p.err, "%v", skipped)
		printLine(p.err, "herbarium infer: the descriptor is that of the other rows; load them with --on-error skip")
	}
	_, err = p.out.Write(inferred.Descriptor)
	return err
}

// options returns the options that the flags stand for.
func (f *inferFlags) options() (options loaders.InferOptions, err error) {
	if f.name != "" && !datasets.ValidName(f.name) {
		return options, usage("a dataset cannot be called %q: use a to z, 0 to 9, _ and -, start with a letter, and do not use the name of one of the server's own paths", f.name)
	}
	if f.enums != "auto" && f.enums != "off" {
		return options, usage("--enums: there is no %q; there are auto and off", f.enums)
	}
	if f.onError != "fail" && f.onError != "skip" {
		return options, usage("--on-error: there is no %q; there are fail and skip", f.onError)
	}
	var read loaders.Options
	if err := f.source.apply(&read); err != nil {
		return options, err
	}
	return loaders.InferOptions{Dataset: f.name, Sample: int64(f.sample), Format: read.Format, Delimiter: read.Delimiter, Rows: read.Rows, Sheet: read.Sheet,
		NoEnums: f.enums == "off", Skip: f.onError == "skip"}, nil
}

// dataOf returns what a descriptor beside the files would name as its data: their
// names, or patterns of them, from the folder that all are in; nil if that is not
// known.
func dataOf(files []string) (data []string) {
	var all []string
	for _, file := range files {
		if file == "-" {
			return nil
		}
		all = append(all, filepath.ToSlash(filepath.Clean(file)))
	}
	folder := path.Dir(all[0])
	for _, file := range all {
		for folder != "." && folder != "/" && (strings.ContainsAny(folder, "*?[=") || !strings.HasPrefix(file, folder+"/")) {
			folder = path.Dir(folder)
		}
	}
	for _, file := range all {
		relative := file
		if folder != "." {
			relative = strings.TrimPrefix(strings.TrimPrefix(file, folder), "/")
		}
		if !datasets.ValidData(relative) {
			return nil
		}
		data = append(data, relative)
	}
	return data
}
