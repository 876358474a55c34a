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
	"runtime"
	"strings"
	"syscall"
	"time"

	"herbarium/bench/contest"
	"herbarium/bench/formats"
	"herbarium/bench/loading"
	"herbarium/bench/peers"
	"herbarium/bench/requests"
	"herbarium/bench/scans"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
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
	json   string
}

// result is what a suite came to; it is written as JSON too.
type result interface{ Write(w io.Writer) error }

// suite is a part of what is measured.
type suite struct {
	name string
	run  func(ctx context.Context, s *settings) ([]result, error)
}

func suites() []suite {
	return []suite{{"formats", formatsSuite}, {"memory", memorySuite}, {"encoding", encodingSuite}, {"scans", scansSuite}, {"requests", requestsSuite}, {"loading", loadingSuite}}
}

func run(ctx context.Context, arguments []string) error {
	if len(arguments) == 3 && arguments[0] == peers.BareCommand {
		return peers.ServeBare(ctx, arguments[1], arguments[2])
	}
	var s settings
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.StringVar(&s.only, "only", "", "the suites to run, with commas between; all if empty")
	flags.IntVar(&s.rows, "rows", 0, "rows of the tables; 0 takes each suite's own")
	flags.IntVar(&s.rounds, "rounds", 11, "how often each contender runs")
	flags.Uint64Var(&s.seed, "seed", 1, "seed of the data")
	flags.StringVar(&s.json, "json", "", "file to write the results to, as JSON")
	if err := flags.Parse(arguments); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil
		}
		return err
	}
	results, err := s.measure(ctx)
	if err != nil || s.json == "" {
		return err
	}
	return write(s.json, results)
}

// measure runs the suites and prints each result as it comes.
func (s *settings) measure(ctx context.Context) ([]result, error) {
	var all []result
	fmt.Printf("%s, %s/%s, %d cores\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.GOMAXPROCS(0))
	for _, suite := range suites() {
		if s.only != "" && !strings.Contains(","+s.only+",", ","+suite.name+",") {
			continue
		}
		results, err := suite.run(ctx, s)
		if err != nil {
			return nil, err
		}
		for _, r := range results {
			if err := r.Write(os.Stdout); err != nil {
				return nil, err
			}
		}
		all = append(all, results...)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("there is no suite called %q", s.only)
	}
	return all, nil
}

// formatsSuite measures the formats over HTTP.
func formatsSuite(ctx context.Context, s *settings) (all []result, err error) {
	err = inFolder(func(folder string) error {
		r, err := formats.Measure(ctx, folder, s.rowsOr(1_000_000), s.rounds, s.seed)
		all = []result{r}
		return err
	})
	return all, err
}

// memorySuite measures what memory whole answers take.
func memorySuite(ctx context.Context, s *settings) (all []result, err error) {
	err = inFolder(func(folder string) error {
		r, err := formats.MeasureMemory(ctx, folder, s.rowsOr(1_000_000), s.seed)
		all = []result{r}
		return err
	})
	return all, err
}

// inFolder runs work with a folder that goes afterwards.
func inFolder(work func(folder string) error) error {
	folder, err := os.MkdirTemp("", "herbarium-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	return work(folder)
}

// encodingSuite measures the encoders of rows inside the process.
func encodingSuite(ctx context.Context, s *settings) ([]result, error) {
	contests, err := formats.MeasureEncoding(ctx, s.rowsOr(1_000_000), s.rounds, s.seed)
	return resultsOf(contests), err
}

// scansSuite measures filters and means inside the process.
func scansSuite(ctx context.Context, s *settings) ([]result, error) {
	contests, err := scans.Measure(ctx, s.rowsOr(10_000_000), s.rounds, s.seed)
	return resultsOf(contests), err
}

func resultsOf(contests []*contest.Result) []result {
	var all []result
	for _, c := range contests {
		all = append(all, c)
	}
	return all
}

// requestsSuite measures small requests over HTTP.
func requestsSuite(ctx context.Context, s *settings) (all []result, err error) {
	err = inFolder(func(folder string) error {
		throughput, latency, err := requests.Measure(ctx, folder, s.rounds)
		all = []result{throughput, latency}
		return err
	})
	return all, err
}

// loadingSuite measures loads into files.
func loadingSuite(ctx context.Context, s *settings) (all []result, err error) {
	err = inFolder(func(folder string) error {
		contests, err := loading.Measure(ctx, folder, s.rowsOr(10_000_000), s.rounds, s.seed)
		all = resultsOf(contests)
		return err
	})
	return all, err
}

func (s *settings) rowsOr(rows int) int {
	if s.rows > 0 {
		return s.rows
	}
	return rows
}

// write writes the results with what they were measured on.
func write(path string, results []result) error {
	text, err := json.MarshalIndent(struct {
		Time    time.Time `json:"time"`
		Go      string    `json:"go"`
		System  string    `json:"system"`
		Cores   int       `json:"cores"`
		Results []result  `json:"results"`
	}{time.Now().UTC(), runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH, runtime.GOMAXPROCS(0), results}, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}
