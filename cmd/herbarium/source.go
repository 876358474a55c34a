package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"

	"herbarium/datasets"
	"herbarium/loaders"
)

// sourceFlags describe the format of sources, for which it is not detected.
type sourceFlags struct{ format, delimiter, rows, sheet string }

func (f *sourceFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.format, "input-format", "", "`FORMAT` of the files: csv, json, ndjson, parquet, arrow or xlsx; by default detected from their first bytes")
	flags.StringVar(&f.delimiter, "delimiter", "", "`CHARACTER` between the values of a CSV, or several, or tab; by default the one that splits the header into the dataset's columns: a comma, a tab, ; or |")
	flags.Var(checkedText{&f.rows, checkRows}, "rows", "JSON `POINTER` to the rows of a JSON document, such as /features; by default the descriptor's, or the document itself")
	flags.StringVar(&f.sheet, "sheet", "", "`NAME` of the sheet of an Excel workbook, or its place from 1; by default the descriptor's, or the first")
}

// apply sets the options that the flags stand for.
func (f *sourceFlags) apply(options *loaders.Options) (err error) {
	if f.format != "" {
		if options.Format, err = loaders.ParseFormat(f.format); err != nil {
			return usage("--input-format: %w", err)
		}
	}
	if options.Delimiter, err = loaders.ParseDelimiter(f.delimiter); err != nil {
		return usage("--delimiter: %w", err)
	}
	if err := checkRows(f.rows); err != nil {
		return usage("--rows: %w", err)
	}
	options.Rows, options.Sheet = f.rows, f.sheet
	return nil
}

// checkRows refuses what --rows does not take.
func checkRows(text string) error {
	if text != "" && !datasets.ValidRows(text) {
		return fmt.Errorf("a JSON pointer belongs here, such as /features, not %q", text)
	}
	return nil
}

// expand returns the files that patterns name; a pattern that is a file's
// name is that file. Shells do the same, unless it stands in quotes.
func expand(patterns []string) ([]string, error) {
	var files []string
	for _, pattern := range patterns {
		if _, err := os.Stat(pattern); err == nil || !strings.ContainsAny(pattern, "*?[") {
			files = append(files, pattern)
			continue
		}
		matches, err := filepath.Glob(pattern)
		if err != nil {
			return nil, usage("%s: %w", pattern, err)
		}
		if len(matches) == 0 {
			return nil, usage("no file is called like %s", pattern)
		}
		files = append(files, matches...)
	}
	return files, nil
}

// sources returns the files as sources; "-" is standard input. That each is a
// file is checked before anything begins.
func (p *program) sources(ctx context.Context, files []string) ([]loaders.Source, error) {
	files, err := expand(files)
	if err != nil {
		return nil, err
	}
	var sources []loaders.Source
	stdin := false
	for _, file := range files {
		if file == "-" {
			if stdin {
				return nil, usage("standard input (-) can be read once")
			}
			stdin = true
			sources = append(sources, interruptible(ctx, "standard input", func() (io.ReadCloser, error) { return io.NopCloser(p.in), nil }))
			continue
		}
		info, err := os.Stat(file)
		if err != nil {
			return nil, &usageError{err}
		}
		if info.IsDir() {
			return nil, usage("%s is a folder; name its files", file)
		}
		if info.Mode().IsRegular() {
			sources = append(sources, loaders.File(file))
		} else {
			sources = append(sources, interruptible(ctx, file, func() (io.ReadCloser, error) { return os.Open(file) }))
		}
	}
	return sources, nil
}

// interruptible returns what open opens as a source that ends with ctx. A
// terminal or a pipe can keep the opening or a read waiting for ever; that is
// left behind, for the process to end.
func interruptible(ctx context.Context, name string, open func() (io.ReadCloser, error)) loaders.Source {
	return loaders.Source{Name: name, Open: func() (io.ReadCloser, error) {
		r, w := io.Pipe()
		go func() {
			in, err := open()
			if err == nil {
				_, err = io.Copy(w, in)
				err = errors.Join(err, in.Close())
			}
			_ = w.CloseWithError(err) // nil is the end of the file; it never fails
		}()
		context.AfterFunc(ctx, func() { _ = w.CloseWithError(ctx.Err()) })
		return r, nil
	}}
}
