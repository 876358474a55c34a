package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestThePageIsRenewed(t *testing.T) {
	page, err := os.ReadFile("../docs/performance.md")
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	path := filepath.Join(folder, "performance.md")
	if err := os.WriteFile(path, page, 0o600); err != nil {
		t.Fatal(err)
	}
	arguments := []string{"-only", "growth,encoding,matrix", "-rows", "1000", "-order", "sorted", "-nulls", "0.5", "-rounds", "1", "-report", path, "-json", filepath.Join(folder, "results.json")}
	for range 2 { // what the first run wrote goes
		if err := run(t.Context(), arguments, io.Discard); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"make bench BENCHFLAGS='-nulls 0.5 -only growth,encoding,matrix -order sorted -report " + path + " -rounds 1 -rows 1000'", "| S6 csv | 1000 rows", "| S10 | cost", "](performance/throughput.svg)", "| duckdb |", "| 1000 | sorted | 50 % |"} {
		if n := strings.Count(string(got), want); n == 0 || n > 2 || n == 2 && want != "| duckdb |" {
			t.Errorf("%q is there %d times:\n%s", want, n, got)
		}
	}
	prose, _, _ := strings.Cut(string(page), "<!-- measured: begin")
	if !strings.HasPrefix(string(got), prose) {
		t.Error("the prose changed")
	}
	if svg, err := os.ReadFile(filepath.Join(folder, "performance", "throughput.svg")); err != nil || !strings.Contains(string(svg), "loop by hand") {
		t.Errorf("the plot: %v", err)
	}
}

func TestWhatIsNoSuiteIsAnError(t *testing.T) {
	for _, arguments := range [][]string{{"-only", "scans,scan"}, {"scans"}, {"-rows", "x"}} {
		if err := run(t.Context(), arguments, io.Discard); err == nil {
			t.Errorf("%v: no error", arguments)
		}
	}
}
