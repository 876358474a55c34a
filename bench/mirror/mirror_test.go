package mirror

import (
	"os"
	"strings"
	"testing"

	"herbarium/bench/contest"
)

// TestCopiesAreMeasured looks at what is measured, and not at how fast it is.
func TestCopiesAreMeasured(t *testing.T) {
	uri := os.Getenv("HERBARIUM_TEST_MONGODB")
	if uri == "" || testing.Short() {
		t.Skip("HERBARIUM_TEST_MONGODB names no server, or the test is to be short")
	}
	results, err := Measure(t.Context(), uri, t.TempDir(), "", 500, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	goals := map[string]contest.Met{}
	for _, r := range results {
		names = append(names, r.Name)
		for _, g := range r.Goals {
			goals[g.Contender+"/"+g.Against] = g
		}
	}
	if strings.Join(names, " ") != "M2 M3 M4" || len(goals) != 5 {
		t.Errorf("measured are %v, with the goals %v", names, goals)
	}
	for name, g := range goals {
		if g.Measured <= 0 {
			t.Errorf("%s: %v", name, g.Measured)
		}
	}
}
