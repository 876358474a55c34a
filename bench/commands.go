package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"

	"herbarium/bench/compare"
	"herbarium/bench/fleet"
	"herbarium/bench/gate"
	"herbarium/bench/peers"
	"herbarium/bench/scans"
)

// command is what the first argument may say instead of measuring all.
type command func(ctx context.Context, arguments []string, out io.Writer) error

func commands() map[string]command {
	return map[string]command{
		peers.BareCommand: serveBare,
		"ratios":          printRatios,
		"compare":         compareCommits,
		"gate":            holdGate,
		"fleet":           planFleet,
	}
}

func serveBare(ctx context.Context, arguments []string, _ io.Writer) error {
	if len(arguments) != 2 {
		return errors.New("it takes a port and a file")
	}
	return peers.ServeBare(ctx, arguments[0], arguments[1])
}

// short is how the short versions measure.
type short struct {
	rows, runs, rounds int
	seed               uint64
}

func (s *short) flags(name string, runs int) *flag.FlagSet {
	flags := flag.NewFlagSet("bench "+name, flag.ContinueOnError)
	flags.IntVar(&s.rows, "rows", 1_000_000, "rows of the tables")
	flags.IntVar(&s.runs, "runs", runs, "how many ratios are taken of each scan")
	flags.IntVar(&s.rounds, "rounds", 7, "how often each contender runs for one ratio")
	flags.Uint64Var(&s.seed, "seed", 1, "seed of the data")
	return flags
}

// printRatios prints how many times as fast as a loop by hand the engine is, in
// the format of Go's benchmarks.
func printRatios(ctx context.Context, arguments []string, out io.Writer) error {
	var s short
	if stop, err := parsed(s.flags("ratios", 1), arguments); stop {
		return err
	}
	ratios, err := scans.Ratios(ctx, s.rows, s.runs, s.rounds, s.seed)
	if err != nil {
		return err
	}
	return compare.WriteRatios(out, ratios)
}

// compareCommits holds one commit's ratios against another's.
func compareCommits(ctx context.Context, arguments []string, out io.Writer) error {
	var s short
	c := &compare.Comparison{}
	flags := s.flags("compare", 10)
	flags.StringVar(&c.A, "a", "HEAD", "the one commit")
	flags.StringVar(&c.B, "b", compare.Tree, "the other; the working tree if empty")
	if stop, err := parsed(flags, arguments); stop {
		return err
	}
	c.Runs = s.runs
	c.Arguments = []string{"ratios", "-rows", fmt.Sprint(s.rows), "-rounds", fmt.Sprint(s.rounds), "-seed", fmt.Sprint(s.seed)}
	return c.Run(ctx, out)
}

// holdGate fails where a ratio has fallen far below the baseline's.
func holdGate(ctx context.Context, arguments []string, out io.Writer) error {
	var s short
	flags := s.flags("gate", 5)
	path := flags.String("baseline", "baseline.json", "file of the ratios that were")
	renew := flags.Bool("renew", false, "write what is measured into the baseline")
	if stop, err := parsed(flags, arguments); stop {
		return err
	}
	kernels, err := gate.Kernels(ctx)
	if err != nil {
		return err
	}
	baseline, err := gate.Read(*path)
	if err != nil {
		return err
	}
	ratios, err := scans.Ratios(ctx, s.rows, s.runs, s.rounds, s.seed, gate.Scans()...)
	if err != nil {
		return err
	}
	if *renew {
		if err := baseline.Write(*path, kernels, ratios); err != nil {
			return err
		}
	}
	return baseline.Check(kernels, ratios, out)
}

// planFleet computes and simulates what fleets need, and writes it to a page or prints it.
func planFleet(ctx context.Context, arguments []string, out io.Writer) error {
	flags := flag.NewFlagSet("bench fleet", flag.ContinueOnError)
	measured := flags.String("measured", "fleet/measured.json", "file of what herbarium bench --format json said")
	measure := flags.Duration("measure", 0, "first measure a table here, each query for that long, and write that file; 0: take it as it is")
	rows := flags.Int("rows", 10_000_000, "rows of the table that is measured")
	page := flags.String("page", "", "page to put the tables into; they are printed if empty")
	seed := flags.Uint64("seed", 1, "seed of the table and of the simulation")
	if stop, err := parsed(flags, arguments); stop {
		return err
	}
	if *measure > 0 {
		if err := fleet.Measure(ctx, *measured, *rows, *measure, *seed); err != nil {
			return err
		}
	}
	m, err := fleet.Read(*measured)
	if err != nil {
		return err
	}
	if *page != "" {
		return fleet.Page(*page, m, *seed)
	}
	tables, err := fleet.Tables(m, *seed)
	if err != nil {
		return err
	}
	_, err = io.WriteString(out, tables)
	return err
}
