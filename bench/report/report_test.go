package report

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"herbarium/bench/contest"
	"herbarium/bench/requests"
)

func TestRowsComeInTheirOrder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "page.md")
	if err := os.WriteFile(path, []byte("# Page\n"+begin+"old\n"+end+"limits\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	goal := []contest.Met{{Contender: "herbarium", Against: "b|c", Measured: 2.5, Goal: 3}}
	results := []any{&contest.Result{Name: "load csv"}, &contest.Result{Name: "M1 Q1"}, &contest.Result{Name: "Q2 x"}, &contest.Result{Name: "S10"}, &contest.Result{Name: "S2", What: "a sum", Goals: goal}}
	if err := Page(path, "Now.", results); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const want = "# Page\n" + begin + "\nNow.\n\n" +
		"| row | work | Herbarium | goals, and what was measured |\n|---|---|---|---|\n" +
		"| S2 | a sum |  | 2.50 × b\\|c (goal ≥ 3: NOT MET) |\n| S10 |  |  |  |\n| Q2 x |  |  |  |\n| M1 Q1 |  |  |  |\n| load csv |  |  |  |\n\n" + end + "limits\n"
	if string(got) != want {
		t.Errorf("got\n%s", got)
	}
}

func TestAPageWithoutAPlaceIsLeftAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "page.md")
	if err := os.WriteFile(path, []byte("# Page\n"+end+begin), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Page(path, "Now.", nil); err == nil || !strings.Contains(err.Error(), "measured: begin") {
		t.Errorf("got %v", err)
	}
}

func TestLatencyIsPlotted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "latency.svg")
	l := &requests.Latency{}
	for _, share := range []float64{0.25, 0.5} {
		l.Rows = append(l.Rows, requests.Late{Name: "ours", Share: share, P50: 1e-4, P99: 1e-3, P999: 2e-3})
	}
	if err := plotLatency(path, l); err != nil {
		t.Fatal(err)
	}
	svg, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"<svg", "ours: p99.9", "milliseconds"} {
		if !strings.Contains(string(svg), want) {
			t.Errorf("%q is not in the plot", want)
		}
	}
}
