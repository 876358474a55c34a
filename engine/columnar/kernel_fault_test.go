package columnar

import (
	"os"
	"strings"
	"testing"

	"herbarium/datasets"
	"herbarium/engine/fault"
	"herbarium/engine/plan"
)

// TestAFaultWithinAKernelIsAnError cuts a file short whose columns were all
// checked before, so that a kernel, which may be assembly, meets the missing
// page.
func TestAFaultWithinAKernelIsAnError(t *testing.T) {
	ds, dir := tagged(), t.TempDir()
	s := smallFiles(dir, 0)
	// Without nulls: bitmaps of what is there lie in the file too.
	table := loaded(t, s, ds, withoutNulls(taggedRows(5000, 7)), 1000).(*table)
	table.aggregates.of = nil
	if n, err := runAll(table, allOf(ds)); err != nil || n != 5000 {
		t.Fatalf("%d rows, %v", n, err)
	}
	if err := os.Truncate(table.segment.file.Name, 0); err != nil {
		t.Fatal(err)
	}
	float := func(x float64) plan.Value { return plan.Value{Float: x} }
	integer := func(n int64) plan.Value { return plan.Value{Int: n} }
	text := func(s string) plan.Value { return plan.Value{Str: s} }
	low, n := float(1.05), integer(-199)
	counted := func(c plan.Predicate) *plan.Plan {
		p := plan.Rows(ds, datasets.Range, []int{0})
		p.Filter.Where = []plan.Predicate{c}
		return p
	}
	for name, p := range map[string]*plan.Plan{
		"a range of numbers":  counted(plan.Predicate{Field: 0, Min: &low}),
		"a range of integers": counted(plan.Predicate{Field: 1, Min: &n}),
		"a range of texts":    counted(plan.Predicate{Field: 2, In: []plan.Value{text("tag 101")}}),
		"a set of numbers":    counted(plan.Predicate{Field: 0, In: []plan.Value{float(0.3), float(99.5)}}),
		"a set of integers":   counted(plan.Predicate{Field: 1, In: []plan.Value{integer(-190), integer(900)}}),
		"a set of texts":      counted(plan.Predicate{Field: 2, In: []plan.Value{text("tag 101"), text("tag 105")}}),
		"sums of numbers":     meanOf(ds),
		"sums of integers":    meansBy(ds, []int{1}, nil),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := table.Count(t.Context(), p)
			if fault.CodeOf(err) != fault.StoreUnavailable || !strings.Contains(err.Error(), "cannot be read any more") {
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

// TestAFaultWithinASortIsAnError cuts a file short before rows are searched for, sorted
// and gathered.
func TestAFaultWithinASortIsAnError(t *testing.T) {
	ds, dir := tagged(), t.TempDir()
	s := smallFiles(dir, 0)
	table := loaded(t, s, ds, taggedRows(5000, 7), 1000).(*table)
	inOrder := func(by int, limit int64) *plan.Plan {
		p := plan.Rows(ds, nil, nil)
		p.Order, p.Limit = []plan.SortKey{{By: by, Descending: true}}, limit
		return p
	}
	if n, err := runAll(table, inOrder(0, -1)); err != nil || n != 5000 {
		t.Fatalf("%d rows, %v", n, err)
	}
	opened, err := table.Run(t.Context(), inOrder(0, 10))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(table.segment.file.Name, 0); err != nil {
		t.Fatal(err)
	}
	_, next := opened.Next(t.Context())
	_, end := opened.PageEnd(t.Context())
	_, search := table.Run(t.Context(), inOrder(1, 10))
	_, sorted := table.Run(t.Context(), inOrder(1, -1))
	for what, err := range map[string]error{"the next rows": next, "the page end": end, "a search": search, "a sort": sorted} {
		if fault.CodeOf(err) != fault.StoreUnavailable || !strings.Contains(err.Error(), "cannot be read any more") {
			t.Errorf("%s: %v", what, err)
		}
	}
}
