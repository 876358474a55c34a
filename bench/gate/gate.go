// Package gate holds what the engine does against what it did: by ratios to a
// loop by hand, which runs beside it on the same machine.
package gate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"text/tabwriter"

	"herbarium/bench/contest"
	"herbarium/bench/peers"
	"herbarium/bench/scans"
)

// Baseline is how many times as fast as the loop by hand each scan was, by the
// kernels that the CPU can run.
type Baseline map[string]map[string]float64

// Scans returns the names of those that are held: S3 is over before a clock and
// a busy neighbour let it be told.
func Scans() []string { return []string{"S1", "S4"} }

// minShare is the share of the baseline that has to be reached.
const minShare = 0.7

// portable is the name of the kernels that run everywhere.
const portable = "portable"

// kernelsOf finds the kernels in what the command says of its version.
var kernelsOf = regexp.MustCompile(`kernels (\w+)`)

// Kernels names the kernels that the engine uses on this machine.
func Kernels(ctx context.Context) (string, error) {
	binary, err := peers.Build(ctx)
	if err != nil {
		return "", err
	}
	out, err := exec.CommandContext(ctx, binary, "version").Output()
	if err != nil {
		return "", fmt.Errorf("%s version: %w", binary, err)
	}
	return kernelsIn(string(out)), nil
}

func kernelsIn(version string) string {
	if found := kernelsOf.FindStringSubmatch(version); found != nil {
		return found[1]
	}
	return portable
}

// Read reads a baseline.
func Read(path string) (Baseline, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var b Baseline
	if err := json.Unmarshal(text, &b); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return b, nil
}

// Write writes the baseline with the ratios for one set of kernels in place of
// the old ones.
func (b Baseline) Write(path, kernels string, ratios []scans.Ratio) error {
	figures := map[string]float64{}
	for _, r := range ratios {
		figures[r.Scan] = float64(int(r.Value*100)) / 100 // more digits are noise
	}
	b[kernels] = figures
	text, err := json.MarshalIndent(b, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}

// Check writes the ratios beside the baseline's, and fails where one has fallen
// by more than three tenths. Kernels that the baseline does not know are held
// against the portable ones.
func (b Baseline) Check(kernels string, ratios []scans.Ratio, w io.Writer) error {
	figures, ok := b[kernels]
	if !ok {
		figures = b[portable]
	}
	var slow []string
	head := fmt.Sprintf("kernels %s; how many times as fast as a loop by hand, the median of %d runs", kernels, len(ratios[0].Runs))
	err := contest.WriteTable(w, head, func(t *tabwriter.Writer) {
		_, _ = fmt.Fprintln(t, "\tnow\tbaseline\tleast\t\t")
		for _, r := range ratios {
			was, ok := figures[r.Scan]
			if !ok {
				continue
			}
			met := r.Value >= minShare*was
			if !met {
				slow = append(slow, r.Scan)
			}
			_, _ = fmt.Fprintf(t, "%s\t%.2f\t%.2f\t%.2f\t%s\t\n", r.Scan, r.Value, was, minShare*was, contest.Verdict(met))
		}
	})
	if err != nil {
		return err
	}
	if len(figures) == 0 {
		return errors.New("the baseline has no figures for these kernels, nor for the portable ones")
	}
	if len(slow) > 0 {
		return fmt.Errorf("slower than the baseline by more than three tenths: %s; if it has to be, `make bench-baseline` sets it anew", strings.Join(slow, ", "))
	}
	return nil
}
