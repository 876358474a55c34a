package main

import (
	"context"
	"io"
	"os"

	"herbarium/loaders"
)

// sources returns the files as sources; "-" is standard input. That each is a
// file is checked before anything begins.
func (p *program) sources(ctx context.Context, files []string) ([]loaders.Source, error) {
	var sources []loaders.Source
	stdin := false
	for _, file := range files {
		if file == "-" {
			if stdin {
				return nil, usage("standard input (-) can be read once")
			}
			stdin = true
			sources = append(sources, loaders.Source{Name: "standard input", Open: func() (io.ReadCloser, error) {
				return interruptible(ctx, p.in), nil
			}})
			continue
		}
		info, err := os.Stat(file)
		if err != nil {
			return nil, &usageError{err}
		}
		if info.IsDir() {
			return nil, usage("%s is a folder; name its files", file)
		}
		sources = append(sources, loaders.File(file))
	}
	return sources, nil
}

// interruptible reads from in until ctx ends. A terminal or a pipe can keep a
// read waiting for ever; that read is left behind, for the process to end.
func interruptible(ctx context.Context, in io.Reader) io.ReadCloser {
	r, w := io.Pipe()
	go func() {
		_, err := io.Copy(w, in)
		_ = w.CloseWithError(err) // nil is the end of the file; it never fails
	}()
	context.AfterFunc(ctx, func() { _ = w.CloseWithError(ctx.Err()) })
	return r
}
