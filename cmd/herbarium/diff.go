package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"herbarium/datasets"
	"herbarium/engine/diff"
	"herbarium/engine/plan"
	"herbarium/schemas"
)

// diffFlags are the flags of diff.
type diffFlags struct {
	dataFlags
	format string
	rows   bool
}

func (p *program) diff() *cobra.Command {
	var f diffFlags
	cmd := &cobra.Command{
		Use:   "diff DATASET OLD [NEW]",
		Short: "Compare two versions of a dataset, by its key",
		Long:  help("diff"),
		Args:  arguments(cobra.RangeArgs(2, 3)),
		RunE:  func(cmd *cobra.Command, args []string) error { return f.run(cmd.Context(), p, args[0], args[1:]) },
	}
	flags := cmd.Flags()
	f.add(flags)
	flags.Var(checkedText{&f.format, checkListFormat}, "format", "`FORMAT` of the result: table or json (default: table on a terminal, else json)")
	flags.BoolVar(&f.rows, "rows", false, "write each row that differs, before the counts; with json, a line of JSON each, and the counts to standard error")
	return cmd
}

func (f *diffFlags) run(ctx context.Context, p *program, name string, names []string) error {
	format, err := listFormat(f.format, p.out)
	if err != nil {
		return err
	}
	ds, store, done, err := f.openKept(ctx, p, name)
	if err != nil {
		return err
	}
	defer done()
	var versions []string
	for _, name := range names {
		version, err := f.version(ctx, store, ds, name)
		if err != nil {
			return err
		}
		versions = append(versions, version)
	}
	if len(versions) == 1 {
		versions = append(versions, "") // the current one
	}
	out := bufio.NewWriter(p.out)
	w := changeWriter{ds: ds, out: out, json: format == "json"}
	visit := w.write
	if !f.rows {
		visit = nil
	}
	summary, err := diff.Versions(ctx, store, ds, versions[0], versions[1], visit)
	switch {
	case errors.Is(err, diff.ErrNoKey):
		return usage("%s: %w; add one to it, as in key: [%s]", ds.Name, err, ds.Fields[0].Name)
	case errors.Is(err, diff.ErrNoVersion):
		return usage("%s: %w", ds.Name, err)
	case err == nil:
		err = f.summarize(p, out, ds, summary, format)
	}
	return errors.Join(f.hints().complete(ds.Name, err), out.Flush())
}

// summarize writes the counts.
func (f *diffFlags) summarize(p *program, out io.Writer, ds *datasets.Dataset, s diff.Summary, format string) error {
	if format == "json" && !f.rows {
		changed := map[string]int64{}
		for i, n := range s.Fields {
			if n > 0 {
				changed[ds.Fields[i].Name] = n
			}
		}
		return writeJSON(out, diffSummary{ds.Name, s.OldVersion, s.NewVersion, ds.FieldNames(ds.Key), s.Old, s.New, s.Added, s.Removed, s.Changed, s.Unchanged, changed, s.Repeated})
	}
	to := out
	if format == "json" {
		to = p.err
	}
	printLine(to, "%s: %s in %s, %s in %s", ds.Name, count(s.Old, "row"), s.OldVersion, count(s.New, "row"), s.NewVersion)
	printLine(to, "%d added, %d removed, %d changed, %d unchanged", s.Added, s.Removed, s.Changed, s.Unchanged)
	for i, n := range s.Fields {
		if n > 0 {
			printLine(to, "%s changed in %s", ds.Fields[i].Name, count(n, "row"))
		}
	}
	if s.Repeated > 0 {
		printLine(to, "%s with the key (%s) of a row before; these were compared in load order", count(s.Repeated, "row"), strings.Join(ds.FieldNames(ds.Key), ", "))
	}
	return nil
}

// diffSummary is the counts as JSON.
type diffSummary struct {
	Dataset   string           `json:"dataset"`
	Old       string           `json:"old"`
	New       string           `json:"new"`
	Key       []string         `json:"key"`
	OldRows   int64            `json:"old_rows"`
	NewRows   int64            `json:"new_rows"`
	Added     int64            `json:"added"`
	Removed   int64            `json:"removed"`
	Changed   int64            `json:"changed"`
	Unchanged int64            `json:"unchanged"`
	Fields    map[string]int64 `json:"fields"` // changed rows by field
	Repeated  int64            `json:"repeated_keys"`
}

// changeWriter writes rows that differ.
type changeWriter struct {
	ds   *datasets.Dataset
	out  io.Writer
	json bool
	line []byte
}

func (w *changeWriter) write(c *diff.Change) error {
	w.line = w.line[:0]
	if w.json {
		w.appendJSON(c)
	} else {
		w.appendText(c)
	}
	_, err := w.out.Write(append(w.line, '\n'))
	return err
}

// appendJSON writes the kind of the change, the names of the fields that changed, and the
// whole rows.
func (w *changeWriter) appendJSON(c *diff.Change) {
	w.line = fmt.Appendf(w.line, `{"change":%q`, string(c.Kind))
	if c.Kind == diff.Changed {
		w.line = append(w.line, `,"fields":[`...)
		for i, f := range c.Fields {
			if i > 0 {
				w.line = append(w.line, ',')
			}
			w.line = schemas.AppendString(w.line, w.ds.Fields[f].Name)
		}
		w.line = append(w.line, ']')
	}
	if c.Kind != diff.Added {
		w.appendRow(`,"old":`, c.Old)
	}
	if c.Kind != diff.Removed {
		w.appendRow(`,"new":`, c.New)
	}
	w.line = append(w.line, '}')
}

func (w *changeWriter) appendRow(before string, r diff.Row) {
	w.line = append(append(w.line, before...), '{')
	for f := range w.ds.Fields {
		if f > 0 {
			w.line = append(w.line, ',')
		}
		w.line = append(schemas.AppendString(w.line, w.ds.Fields[f].Name), ':')
		w.appendValue(f, r.Value(f))
	}
	w.line = append(w.line, '}')
}

func (w *changeWriter) appendValue(f int, v plan.Nullable) {
	t := w.ds.Fields[f].Type
	switch {
	case v.Null:
		w.line = append(w.line, "null"...)
	case t == datasets.Number:
		w.line = datasets.AppendNumber(w.line, v.Float) // with a fraction, as in answers
	default:
		w.line = v.Append(w.line, t)
	}
}

// appendText writes + or - and the row, or ~, the key and what changed.
func (w *changeWriter) appendText(c *diff.Change) {
	pair := func(f int, v plan.Nullable) {
		w.line = append(append(append(w.line, ' '), w.ds.Fields[f].Name...), '=')
		w.appendValue(f, v)
	}
	row := c.New
	switch c.Kind {
	case diff.Added:
		w.line = append(w.line, '+')
	case diff.Removed:
		w.line, row = append(w.line, '-'), c.Old
	default:
		w.line = append(w.line, '~')
		for _, f := range w.ds.Key {
			pair(f, c.New.Value(f))
		}
		w.line = append(w.line, ':')
		for _, f := range c.Fields {
			pair(f, c.Old.Value(f))
			w.line = append(w.line, " → "...)
			w.appendValue(f, c.New.Value(f))
		}
		return
	}
	for f := range w.ds.Fields {
		pair(f, row.Value(f))
	}
}
