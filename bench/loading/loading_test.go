package loading

import "testing"

func TestBothLoadTheSame(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds the command and loads")
	}
	results, err := Measure(t.Context(), t.TempDir(), 20_000, 1, 3)
	if err != nil {
		t.Fatal(err)
	}
	if len(results) != 2 || results[0].Name != "load csv" || results[1].Name != "load parquet" {
		t.Fatalf("%d results", len(results))
	}
	for _, r := range results {
		if len(r.Sides) != 2 || len(r.Goals) != 1 {
			t.Errorf("%s: %+v", r.Name, r)
		}
	}
}
