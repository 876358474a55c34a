package data

import (
	"math/bits"
	"slices"
	"strings"
	"testing"
)

func TestTheSameSeedMakesTheSameRows(t *testing.T) {
	csv := func(seed uint64) string {
		table, err := Wide(500, seed)
		if err != nil {
			t.Fatal(err)
		}
		var text strings.Builder
		if err := table.WriteCSV(&text); err != nil {
			t.Fatal(err)
		}
		return text.String()
	}
	if again := csv(1); again != csv(1) || again == csv(2) {
		t.Error("rows do not go by the seed")
	}
	if lines := strings.Split(csv(1), "\n"); len(lines) != 502 || lines[0] != "i,a,b,c,j,s" || !strings.HasPrefix(lines[500], "499,") {
		t.Errorf("%d lines, the first %q, the last %q", len(lines), lines[0], lines[500])
	}
}

func TestMeasurementsHaveTheirOrderAndNulls(t *testing.T) {
	const rows = 200_000
	for _, c := range []struct {
		order  Order
		breaks func(int) bool // how often a value is below the one before
	}{
		{Sorted, func(n int) bool { return n == 0 }},
		{Clustered, func(n int) bool { return n > 0 && n < rows/runRows }},
		{Random, func(n int) bool { return n > rows/3 }},
	} {
		table, err := Measurements{Rows: rows, Seed: 1, Order: c.order, Nulls: 0.05, GroupBy: "kind"}.Table()
		if err != nil {
			t.Fatal(err)
		}
		breaks, a := 0, table.Columns[0].Floats
		for i := range a[1:] {
			if a[i+1] < a[i] {
				breaks++
			}
		}
		if !c.breaks(breaks) {
			t.Errorf("%s: %d of %d values are below the one before", c.order, breaks, rows)
		}
		valid := 0
		for _, w := range table.Columns[0].Valid {
			valid += bits.OnesCount64(w)
		}
		if share := 1 - float64(valid)/rows; share < 0.045 || share > 0.055 {
			t.Errorf("%s: %v are null", c.order, share)
		}
	}
}

func TestABatchIsAPartOfTheTable(t *testing.T) {
	table, err := Measurements{Rows: 1000, Seed: 1, Order: Random, Nulls: 0.5, GroupBy: "place"}.Table()
	if err != nil {
		t.Fatal(err)
	}
	b := table.Batch(128, 100)
	for c := range b.Columns {
		for row := range b.Rows {
			if b.Columns[c].Null(row) != table.Columns[c].Null(128+row) {
				t.Fatalf("column %d, row %d", c, row)
			}
			if !b.Columns[c].Null(row) && b.Columns[c].Value(row) != table.Columns[c].Value(128+row) {
				t.Fatalf("column %d, row %d", c, row)
			}
		}
	}
	// Four numbers with bits of 1,000 rows, an integer and a time; two codes.
	if got, want := table.Bytes(), int64(4*(8000+16*8)+2*8000+2*4000); got != want {
		t.Errorf("%d bytes, want %d", got, want)
	}
	if texts := table.Columns[7].Dict; len(texts) != 1000 || !slices.IsSorted(texts) {
		t.Errorf("%d places", len(texts))
	}
}
