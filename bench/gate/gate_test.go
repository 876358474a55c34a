package gate

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"herbarium/bench/scans"
)

func ratios(s1, s4 float64) []scans.Ratio {
	return []scans.Ratio{{Scan: "S1", Value: s1, Runs: []float64{s1}}, {Scan: "S4", Value: s4, Runs: []float64{s4}}}
}

func TestAFallOfMoreThanThreeTenthsIsAnError(t *testing.T) {
	b := Baseline{"portable": {"S1": 2, "S4": 4}, "avx2": {"S1": 10}}
	for _, c := range []struct {
		kernels string
		ratios  []scans.Ratio
		slow    string // in the error; "" is none
	}{
		{"portable", ratios(1.41, 2.81), ""},
		{"portable", ratios(1.39, 9), "S1"},
		{"portable", ratios(1, 1), "S1, S4"},
		{"avx2", ratios(7.1, 0.1), ""}, // S4 is not in it
		{"avx2", ratios(6.9, 9), "S1"},
		{"another", ratios(2, 2.7), "S4"}, // as the portable ones
	} {
		err := b.Check(c.kernels, c.ratios, &strings.Builder{})
		if c.slow == "" && err != nil || c.slow != "" && (err == nil || !strings.Contains(err.Error(), "tenths: "+c.slow+";")) {
			t.Errorf("%s, %v: %v", c.kernels, c.ratios, err)
		}
	}
	if err := (Baseline{}).Check("avx2", ratios(1, 1), &strings.Builder{}); err == nil {
		t.Error("nothing was compared, and that is no error")
	}
}

func TestABaselineIsSetForItsKernels(t *testing.T) {
	path := filepath.Join(t.TempDir(), "baseline.json")
	if err := os.WriteFile(path, []byte(`{"portable": {"S1": 2}, "avx2": {"S1": 3}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	b, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Write(path, "avx2", ratios(4.567, 1)); err != nil {
		t.Fatal(err)
	}
	got, err := Read(path)
	if err != nil || got["portable"]["S1"] != 2 || got["avx2"]["S1"] != 4.56 || got["avx2"]["S4"] != 1 {
		t.Errorf("%v, %v", got, err)
	}
}

func TestKernelsAreFoundInTheVersion(t *testing.T) {
	for version, want := range map[string]string{
		"herbarium (devel)\ncpu       baseline, 2 cores, kernels avx512\n": "avx512",
		"herbarium (devel)\ncpu       baseline, 2 cores\n":                 "portable",
	} {
		if got := kernelsIn(version); got != want {
			t.Errorf("%q: got %s, want %s", version, got, want)
		}
	}
}
