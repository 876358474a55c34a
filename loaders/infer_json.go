package loaders

import (
	"context"
	"path/filepath"
	"slices"
	"strings"

	"herbarium/loaders/json"
	"herbarium/loaders/source"
)

// Where the rows of a document are is guessed, unless that is said, and so is whether
// the document is a table by columns.

func (in *inferrer) readJSON(ctx context.Context, c *source.Content, format Format) error {
	if format == JSON || in.options.Rows != "" {
		return json.InferArray(ctx, c.Text, in.options.limits, in.options.Rows, in.sample)
	}
	lines := in.options.Format == NDJSON || linesByName(in.source.Name)
	guess, err := json.InferLines(ctx, c.Text, in.options.limits, lines, in.sample)
	if guess.Table != "" {
		in.dialectNotes = append(in.dialectNotes, guess.Table)
	}
	if in.options.Rows = guess.Pointer; guess.Pointer != "" {
		note := "The rows seem to be at " + guess.Pointer + "; --rows names another place"
		if len(guess.Others) > 0 {
			note += ": " + strings.Join(guess.Others, ", ")
		}
		in.dialectNotes = append(in.dialectNotes, note+".")
	}
	return err
}

// linesByName reports whether a source is called as one with a row a line is.
func linesByName(name string) bool {
	return slices.ContainsFunc(strings.Split(strings.ToLower(filepath.Base(name)), "."), func(part string) bool {
		return part == "ndjson" || part == "jsonl" || part == "jsonlines"
	})
}
