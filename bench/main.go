// Command bench measures Herbarium beside what one would use instead, on the
// same work, in one run. README.md says what and how.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"herbarium/bench/report"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// settings are what the flags say.
type settings struct {
	only   string
	rows   int
	rounds int
	seed   uint64
	soak   time.Duration
	order  string
	nulls  float64
	// Of the suites questions and mirror:
	question string
	mongodb  string

	json   string
	report string
}

// result is what a suite came to; it is written as JSON too.
type result interface{ Write(w io.Writer) error }

func run(ctx context.Context, arguments []string, out io.Writer) error {
	if len(arguments) > 0 {
		if command, ok := commands()[arguments[0]]; ok {
			return command(ctx, arguments[1:], out)
		}
	}
	var s settings
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.StringVar(&s.only, "only", "", "the suites to run, with commas between; all if empty")
	flags.IntVar(&s.rows, "rows", 0, "rows of the tables; 0 takes each suite's own")
	flags.IntVar(&s.rounds, "rounds", 0, "how often each contender runs; 0 takes each suite's own")
	flags.Uint64Var(&s.seed, "seed", 1, "seed of the data")
	flags.DurationVar(&s.soak, "soak", time.Minute, "how long the suite soak asks each server")
	flags.StringVar(&s.order, "order", "", "of the suite matrix, the order alone: random, clustered or sorted")
	flags.Float64Var(&s.nulls, "nulls", -1, "of the suite matrix, the share of nulls alone: 0, 0.05 or 0.5")
	flags.StringVar(&s.question, "question", "", "of the suites questions and mirror, what alone has a name that begins so, such as Q1 or M2")
	flags.StringVar(&s.mongodb, "mongodb", "", "URI of a MongoDB server that the suite questions asks, too, and the suite mirror in place of one of its own")
	flags.StringVar(&s.json, "json", "", "file to write the results to, as JSON")
	flags.StringVar(&s.report, "report", "", "page to put the results into, as Markdown, with plots beside it")
	if stop, err := parsed(flags, arguments); stop {
		return err
	}
	machine := describe(ctx, given(flags))
	began := time.Now()
	results, err := s.measure(ctx, machine, out)
	if err != nil {
		return err
	}
	if s.json != "" {
		if err := write(s.json, machine, results); err != nil {
			return err
		}
	}
	if s.report == "" {
		return nil
	}
	var all []any
	for _, r := range results {
		all = append(all, r)
	}
	return report.Page(s.report, machine.sentence(time.Since(began)), all)
}

// parsed reads the flags; it says to stop where they ask for help, or are wrong.
func parsed(flags *flag.FlagSet, arguments []string) (stop bool, err error) {
	err = flags.Parse(arguments)
	if errors.Is(err, flag.ErrHelp) {
		return true, nil
	}
	if err == nil && flags.NArg() > 0 {
		err = fmt.Errorf("%q is no flag", flags.Arg(0))
	}
	return err != nil, err
}

// given returns the flags that were given and shape what is measured.
func given(flags *flag.FlagSet) (all []string) {
	flags.Visit(func(f *flag.Flag) {
		if f.Name != "json" && f.Name != "mongodb" {
			all = append(all, "-"+f.Name, f.Value.String())
		}
	})
	return all
}

// measure runs the suites and prints each result as it comes.
func (s *settings) measure(ctx context.Context, m *machine, out io.Writer) ([]result, error) {
	var all []result
	if _, err := fmt.Fprintln(out, m); err != nil {
		return nil, err
	}
	chosen, err := s.suites()
	if err != nil {
		return nil, err
	}
	for _, suite := range chosen {
		began := time.Now()
		results, err := suite.run(ctx, *s)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", suite.name, err)
		}
		fmt.Fprintf(os.Stderr, "%s took %v\n", suite.name, time.Since(began).Round(time.Second))
		for _, r := range results {
			if err := r.Write(out); err != nil {
				return nil, err
			}
		}
		all = append(all, results...)
	}
	return all, nil
}

// suites returns those that the flags ask for.
func (s *settings) suites() (chosen []suite, err error) {
	wanted := map[string]bool{}
	for name := range strings.SplitSeq(s.only, ",") {
		wanted[name] = name != ""
	}
	for _, suite := range suites() {
		if s.only == "" || wanted[suite.name] {
			chosen = append(chosen, suite)
		}
		delete(wanted, suite.name)
	}
	for name := range wanted {
		if name != "" {
			return nil, fmt.Errorf("there is no suite called %q", name)
		}
	}
	return chosen, nil
}

// write writes the results with what they were measured on.
func write(path string, m *machine, results []result) error {
	text, err := json.MarshalIndent(struct {
		*machine
		Results []result `json:"results"`
	}{m, results}, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}
