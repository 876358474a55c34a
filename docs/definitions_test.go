package docs_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// compareDefinitions holds the last table of statistics.md: what other programs
// mean by the words that Herbarium uses.
func compareDefinitions(t *testing.T, _ string) {
	python := os.Getenv("HERBARIUM_TEST_PYTHON")
	if python == "" {
		t.Skip("HERBARIUM_TEST_PYTHON names no interpreter with pandas, polars and DuckDB")
	}
	asked := exec.Command(python, "definitions.py")
	asked.Stderr = os.Stderr
	out, err := asked.Output()
	if err != nil {
		t.Fatal(err)
	}
	var got map[string][]any
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatal(err)
	}
	const deviation = 0.7071067811865476
	want := map[string][]any{
		"pandas": {1.25, deviation, 1.5, 2.0, "2024-01-07", "(0, 5]", []any{2.0, 1.0}, []any{1.0, 2.0}, 0.5, "nan"},
		"polars": {1.0, 1.25, deviation, 1.5, 3.0, "2024-01-01", "(0, 5]", []any{2.0, 1.0}, 0.5, "nan", "nan"},
		"duckdb": {1.25, 1.0, deviation, 1.5, 2.0, "2024-01-01", []any{1.0, 1.0, 1.0}, 0.5, "nan"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if r := os.Getenv("HERBARIUM_TEST_RSCRIPT"); r != "" {
		const script = `x <- c(1, 2, NA)
cat(quantile(x, .25, na.rm=TRUE), sprintf("%.16f", sd(x, na.rm=TRUE)), mean(x), mean(x, na.rm=TRUE), length(unique(x)),
  as.character(cut(as.Date("2024-01-03"), "week")), as.character(cut(5, c(0, 5, 10))),
  hist(c(0, 5, 10), c(0, 5, 10), plot=FALSE)$counts)
p <- c(1, 2, 3, NA); q <- c(1, 3, 2, 5)
cat("", cor(p, q), cor(p, q, use="pairwise.complete.obs"), suppressWarnings(cor(q, c(4, 4, 4, 4))))`
		out, err := exec.Command(r, "-e", script).Output()
		if err != nil {
			t.Fatal(err)
		}
		if got, want := strings.TrimSpace(string(out)), "1.25 0.7071067811865476 NA 1.5 3 2024-01-01 (0,5] 2 1 NA 0.5 NA"; got != want {
			t.Errorf("R says %s, want %s", got, want)
		}
	}
}
