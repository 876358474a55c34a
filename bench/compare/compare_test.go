package compare

import (
	"strings"
	"testing"

	"herbarium/bench/scans"
)

func TestACommitIsComparedWithTheTree(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds two commits")
	}
	t.Chdir("..")
	trees := func() string {
		list, err := output(t.Context(), nil, "git", "worktree", "list")
		if err != nil {
			t.Skip("this is no clone: ", err)
		}
		return list
	}
	trees()
	var out strings.Builder
	c := &Comparison{A: "HEAD", B: Tree, Runs: 2, Arguments: []string{"ratios", "-rows", "2000", "-rounds", "1"}}
	if err := c.Run(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"tree", Unit, "S1", "S3-clustered", "geomean"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing:\n%s", want, &out)
		}
	}
	c.B = "no-such-commit"
	if err := c.Run(t.Context(), &out); err == nil || !strings.Contains(err.Error(), "no-such-commit") {
		t.Errorf("a commit that there is not: %v", err)
	}
	if after := trees(); strings.Contains(after, prefix) {
		t.Errorf("trees stay:\n%s", after)
	}
}

func TestRatiosAreWrittenAsBenchmarks(t *testing.T) {
	var out strings.Builder
	if err := WriteRatios(&out, []scans.Ratio{{Scan: "S2 nulls", Runs: []float64{1.5, 2}}}); err != nil {
		t.Fatal(err)
	}
	if want := "Unit loop-ratio better=higher\nBenchmarkS2-nulls 1 1.5000 loop-ratio\nBenchmarkS2-nulls 1 2.0000 loop-ratio\n"; out.String() != want {
		t.Errorf("got\n%s", &out)
	}
}
