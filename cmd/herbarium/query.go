package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"herbarium/api/format"
	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/pipeline"
	"herbarium/engine/query"
	"herbarium/schemas"
)

// queryFlags are the flags of query.
type queryFlags struct {
	dataFlags
	format  string
	explain bool
	timeout time.Duration
}

func (p *program) query() *cobra.Command {
	var f queryFlags
	cmd := &cobra.Command{
		Use:   "query DATASET [OPERATION] [JSON or -]",
		Short: "Answer one query without a server",
		Long:  help("query"),
		Args:  arguments(cobra.RangeArgs(1, 3)),
		RunE:  func(cmd *cobra.Command, args []string) error { return f.run(cmd.Context(), p, args) },
	}
	flags := cmd.Flags()
	f.add(flags)
	f.store.addGroups(flags)
	flags.Var(checkedText{&f.format, checkFormat}, "format", "`FORMAT` of the answer: "+strings.Join(formatNames(), ", ")+" (default: table on a terminal, else json)")
	flags.BoolVar(&f.explain, "explain", false, "show how the query would run, without running it")
	flags.DurationVar(&f.timeout, "timeout", 0, "how long the query may take up to its first rows, then up to each next piece; 0: no limit")
	return cmd
}

func (f *queryFlags) run(ctx context.Context, p *program, args []string) error {
	if f.timeout < 0 {
		return usage("--timeout must not be negative, as %v is", f.timeout)
	}
	chosen, err := f.chosen(p.out)
	if err != nil {
		return err
	}
	if err := f.store.resolve(); err != nil {
		return err
	}
	ds, err := f.folder.dataset(args[0])
	if err != nil {
		return err
	}
	op, body, err := p.request(ds, args[1:])
	if err != nil {
		return err
	}
	q, err := query.Parse(ds, op, body)
	if err != nil {
		return err
	}
	if chosen.File {
		q = q.Whole()
	}
	store, done, err := p.openStore(ctx, &f.store)
	if err != nil {
		return err
	}
	defer done()
	eng := engine.New(store, engine.Options{Timeout: f.timeout})
	defer eng.Close()
	if f.explain {
		return explain(ctx, p.out, eng, q)
	}
	if err := f.store.fill(ctx, store, ds); err != nil {
		return err
	}
	return f.hints().complete(ds.Name, answer(ctx, p.out, eng, q, chosen))
}

// chosen returns the format of the answer: people get a table, programs JSON.
func (f *queryFlags) chosen(out io.Writer) (engine.Format, error) {
	switch {
	case f.format != "":
		return formatNamed(f.format)
	case terminal(out):
		return format.Table, nil
	}
	return format.JSON, nil
}

// request returns the operation and the query's JSON of the arguments after the
// dataset. The operation may be left out.
func (p *program) request(ds *datasets.Dataset, args []string) (*datasets.Operation, []byte, error) {
	op := datasets.DefaultOperation()
	if len(args) > 0 && args[0] != "-" && !strings.HasPrefix(strings.TrimSpace(args[0]), "{") {
		path := strings.Trim(args[0], "/")
		args = args[1:]
		var ok bool
		if op, ok = ds.Operation(path); !ok {
			names := ds.OperationNames()
			return nil, nil, usage("%s has no operation %q%s; it has %s", ds.Name, path, schemas.DidYouMean(path, names), strings.Join(names, ", "))
		}
	}
	switch {
	case len(args) > 1:
		return nil, nil, usage("%q is one argument too many; put the JSON in single quotes", args[1])
	case len(args) == 0:
		return op, nil, nil
	}
	body, err := p.body(args[0])
	return op, body, err
}

// body returns the query that an argument is, or that standard input holds for "-".
func (p *program) body(argument string) ([]byte, error) {
	if argument != "-" {
		return []byte(argument), nil
	}
	body, err := io.ReadAll(io.LimitReader(p.in, maxBody))
	if err != nil {
		err = fmt.Errorf("read the query: %w", err)
	}
	return body, err
}

// maxBody is the size of the largest query on standard input.
const maxBody = 16 << 20

// formats returns the formats that answers are written in.
func formats() []engine.Format { return slices.Concat(format.All(), format.ForPeople()) }

// formatNames returns what --format takes.
func formatNames() []string {
	var names []string
	for _, f := range formats() {
		names = append(names, f.Name)
	}
	return names
}

// formatNamed returns the format with the name.
func formatNamed(name string) (engine.Format, error) {
	for _, f := range formats() {
		if f.Name == name {
			return f, nil
		}
	}
	names := formatNames()
	return engine.Format{}, usage("there is no format %q%s; there is %s", name, schemas.DidYouMean(name, names), strings.Join(names, ", "))
}

// checkFormat refuses a name that no format has.
func checkFormat(name string) error {
	_, err := formatNamed(name)
	return err
}

// answer writes the query's answer, and a newline after JSON, which has none.
func answer(ctx context.Context, w io.Writer, eng *engine.Engine, q *query.Query, f engine.Format) error {
	a, err := eng.Answer(ctx, q, f)
	if err != nil {
		return err
	}
	for {
		chunk, err := a.Next(ctx)
		if err == io.EOF {
			err = nil
			if f.Name == format.JSON.Name {
				_, err = io.WriteString(w, "\n")
			}
			return errors.Join(err, a.Close())
		}
		if err == nil {
			_, err = w.Write(chunk)
		}
		if err != nil {
			return errors.Join(err, a.Close())
		}
	}
}

// explain writes how the query would run: its plan, its pipeline and the store.
func explain(ctx context.Context, w io.Writer, eng *engine.Engine, q *query.Query) error {
	x, err := eng.Explain(ctx, q)
	if err != nil {
		return err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "plan\n%s", indent(x.Plan))
	for _, pl := range append([]pipeline.Pipeline{x.Pipeline}, x.Further...) {
		text, err := pl.MarshalJSON()
		if err != nil {
			return fmt.Errorf("explain: %w", err)
		}
		var stages []json.RawMessage
		if err := json.Unmarshal(text, &stages); err != nil {
			return fmt.Errorf("explain: %w", err)
		}
		b.WriteString("pipeline\n")
		for _, stage := range stages {
			b.WriteString(indent(string(stage)))
		}
	}
	fmt.Fprintf(&b, "store\n%s", indent(x.Store))
	if x.Place != "" {
		fmt.Fprintf(&b, "place\n%s", indent(x.Place))
	}
	_, err = io.WriteString(w, b.String())
	return err
}
