package columnar

import (
	"os"
	"strings"
	"testing"

	"herbarium/datasets"
	"herbarium/engine"
)

// TestAFaultWithinAKernelIsAnError cuts a file short whose columns were all
// checked before, so that a kernel, which may be assembly, meets the missing
// page.
func TestAFaultWithinAKernelIsAnError(t *testing.T) {
	ds, dir := tagged(), t.TempDir()
	s := smallFiles(dir, 0)
	// Without nulls: bitmaps of what is there lie in the file too.
	table := loaded(t, s, ds, withoutNulls(taggedRows(5000, 7)), 1000).(*table)
	table.wholes.of = nil
	if n, err := runAll(table, allOf(ds)); err != nil || n != 5000 {
		t.Fatalf("%d rows, %v", n, err)
	}
	if err := os.Truncate(table.segment.file.name, 0); err != nil {
		t.Fatal(err)
	}
	float := func(x float64) engine.Value { return engine.Value{Float: x} }
	integer := func(n int64) engine.Value { return engine.Value{Int: n} }
	text := func(s string) engine.Value { return engine.Value{Str: s} }
	low, n := float(1.05), integer(-199)
	counted := func(p engine.Predicate) *engine.Plan {
		plan := meanOf(ds)
		plan.Operation, plan.Filter = datasets.Range, []engine.Predicate{p}
		plan.Columns[0] = engine.Column{Name: "x", Type: datasets.Number}
		return plan
	}
	for name, plan := range map[string]*engine.Plan{
		"a range of numbers":  counted(engine.Predicate{Field: 0, Min: &low}),
		"a range of integers": counted(engine.Predicate{Field: 1, Min: &n}),
		"a range of texts":    counted(engine.Predicate{Field: 2, In: []engine.Value{text("tag 101")}}),
		"a set of numbers":    counted(engine.Predicate{Field: 0, In: []engine.Value{float(0.3), float(99.5)}}),
		"a set of integers":   counted(engine.Predicate{Field: 1, In: []engine.Value{integer(-190), integer(900)}}),
		"a set of texts":      counted(engine.Predicate{Field: 2, In: []engine.Value{text("tag 101"), text("tag 105")}}),
		"sums of numbers":     meanOf(ds),
		"sums of integers": {Dataset: ds, Operation: datasets.Mean, Fields: []int{1}, Limit: -1,
			Columns: []engine.Column{{Name: "mean_n", Type: datasets.Number}}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := table.Count(t.Context(), plan)
			if engine.CodeOf(err) != engine.StoreUnavailable || !strings.Contains(err.Error(), "cannot be read any more") {
				t.Errorf("got %v", err)
			}
		})
	}
}

func withoutNulls(rows [][]cellValue) [][]cellValue {
	for _, row := range rows {
		for i := range row {
			row[i].ok = true
		}
	}
	return rows
}
