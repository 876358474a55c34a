package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"herbarium/datasets"
	"herbarium/engine"
)

// benchFlags are the flags of bench.
type benchFlags struct {
	dataFlags
	duration time.Duration
	format   string
}

func (p *program) bench() *cobra.Command {
	f := benchFlags{format: "table"}
	cmd := &cobra.Command{
		Use:   "bench DATASET",
		Short: "Measure what queries of a dataset cost",
		Long:  help("bench"),
		Args:  arguments(cobra.ExactArgs(1)),
		RunE:  func(cmd *cobra.Command, args []string) error { return f.run(cmd.Context(), p, args[0]) },
	}
	flags := cmd.Flags()
	f.add(flags)
	f.store.addGroups(flags)
	flags.DurationVar(&f.duration, "duration", time.Second, "how long each query is run, half of it alone and half on all cores")
	flags.Var(checkedText{&f.format, checkListFormat}, "format", "`FORMAT` of the figures: table or json")
	return cmd
}

func (f *benchFlags) run(ctx context.Context, p *program, name string) error {
	if err := f.check(); err != nil {
		return err
	}
	ds, err := f.folder.dataset(name)
	if err != nil {
		return err
	}
	store, done, err := p.openStore(ctx, &f.store)
	if err != nil {
		return err
	}
	defer done()
	if err := f.store.fill(ctx, store, ds); err != nil {
		return err
	}
	r, err := f.measure(ctx, p.err, store, ds)
	if r != nil && (err == nil || len(r.Figures) > 0) { // what is known counts, also if somebody ends the rest
		err = errors.Join(f.write(p.out, r), err)
	}
	return f.hints().complete(ds.Name, err)
}

func (f *benchFlags) write(w io.Writer, r *benchReport) error {
	if f.format == "json" {
		return writeJSON(w, r)
	}
	return r.write(w)
}

func (f *benchFlags) check() error {
	if f.format != "table" && f.format != "json" {
		return usage("--format takes table or json, not %q", f.format)
	}
	if f.duration <= 0 {
		return usage("--duration takes a time above 0, not %v", f.duration)
	}
	return f.store.resolve()
}

// benchReport is what was measured. Times are in seconds.
type benchReport struct {
	Dataset     string        `json:"dataset"`
	Version     string        `json:"version"`
	Store       string        `json:"store"`
	Rows        int64         `json:"rows"`
	Bytes       int64         `json:"bytes"` // of the rows in the store; negative if it does not know
	BytesPerRow float64       `json:"bytes_per_row"`
	Cores       int           `json:"cores"`
	Figures     []benchFigure `json:"queries"`
}

// benchFigure is what one kind of query costs.
type benchFigure struct {
	Operation string `json:"operation"`
	Query     string `json:"query"` // in words
	// Of queries that have the machine to themselves.
	Median float64 `json:"median_s"`
	P99    float64 `json:"p99_s"`
	// PerSecond is how many are answered in a second where each core always has one, and
	// CoreSeconds how long a core is busy with one of them. On MongoDB the cores of its
	// servers work, too.
	PerSecond   float64 `json:"queries_per_s"`
	CoreSeconds float64 `json:"core_s"`
	// RowsPerCore is how many of the dataset's rows a core gets through in a second; 0 for a
	// query whose cost does not grow with them.
	RowsPerCore float64 `json:"rows_per_core_s,omitempty"`
	AnswerBytes float64 `json:"answer_bytes"`
}

// measure measures all kinds of queries. What it returns beside an error is what was
// measured before.
func (f *benchFlags) measure(ctx context.Context, words io.Writer, store engine.Store, ds *datasets.Dataset) (*benchReport, error) {
	eng := engine.New(store, engine.Options{})
	defer eng.Close()
	info, err := eng.Table(ctx, ds)
	if err != nil {
		return nil, err
	}
	r := &benchReport{Dataset: ds.Name, Version: info.Version, Store: store.Describe(), Rows: info.Rows, Cores: runtime.GOMAXPROCS(0)}
	if r.Bytes, err = eng.Bytes(ctx, ds); err != nil {
		return nil, err
	}
	if r.Rows > 0 && r.Bytes >= 0 {
		r.BytesPerRow = float64(r.Bytes) / float64(r.Rows)
	}
	kinds, err := benchKinds(ctx, eng, ds)
	if err != nil {
		return nil, err
	}
	kinds = append(kinds, handledKinds(store, ds)...)
	connection, err := connectionKind(ctx, r.Cores)
	if err != nil {
		return nil, err
	}
	kinds = append(kinds, connection)
	printLine(words, "measuring %d queries, %v each", len(kinds), f.duration)
	for _, k := range kinds {
		if k.close != nil {
			defer k.close()
		}
	}
	for _, k := range kinds {
		figure, err := k.measure(ctx, f.duration, r.Cores, max(r.Rows, 0))
		if err != nil {
			return r, fmt.Errorf("%s, %s: %w", k.operation, k.words, err)
		}
		r.Figures = append(r.Figures, figure)
	}
	return r, nil
}

// write writes the figures for people.
func (r *benchReport) write(w io.Writer) error {
	var head strings.Builder
	fmt.Fprintf(&head, "%s: %s", r.Dataset, count(max(r.Rows, 0), "row"))
	if r.BytesPerRow > 0 {
		fmt.Fprintf(&head, ", %s bytes each", fourDigits(r.BytesPerRow))
	}
	fmt.Fprintf(&head, ", in %s; %s\n\n", r.Store, count(int64(r.Cores), "core"))
	lines := [][]string{{"operation", "query", "alone", "p99", "queries/s", "core time", "rows/s per core", "answer"}}
	for _, f := range r.Figures {
		rows := ""
		if f.RowsPerCore > 0 {
			rows = thousands(f.RowsPerCore)
		}
		lines = append(lines, []string{f.Operation, f.Query, seconds(f.Median), seconds(f.P99), thousands(f.PerSecond), seconds(f.CoreSeconds), rows, thousands(f.AnswerBytes) + " B"})
	}
	return writeTo(w, head.String(), aligned(lines, []bool{2: true, 3: true, 4: true, 5: true, 6: true, 7: true}))
}

// seconds writes a time with three digits.
func seconds(s float64) string {
	d := time.Duration(s * float64(time.Second))
	unit := time.Duration(1)
	for d/unit >= 1000 {
		unit *= 10
	}
	return d.Round(unit).String()
}

// thousands writes a number with three digits and, where it has more, a letter for how
// many thousands it counts.
func thousands(n float64) string {
	units := []string{"", "k", "M", "G", "T"}
	for n >= 999.5 && len(units) > 1 {
		n, units = n/1000, units[1:]
	}
	const digits = 3
	return strconv.FormatFloat(n, 'g', digits, 64) + units[0]
}
