package scans

import (
	"math"
	"strings"
	"testing"
)

func TestAllAgreeOnEveryScan(t *testing.T) {
	results, err := Measure(t.Context(), 20_000, 1, 3)
	if err != nil {
		t.Fatal(err)
	}
	if len(results) != 6 {
		t.Errorf("%d results", len(results))
	}
	for _, r := range results {
		want := 5
		if r.Name == "S1" || strings.HasPrefix(r.Name, "S3") {
			want++ // bitmap indexes
		}
		if len(r.Sides) != want {
			t.Errorf("%s: %d contenders", r.Name, len(r.Sides))
		}
	}
}

func TestWhatDiffersIsFound(t *testing.T) {
	groups := func(label string, mean float64) []group {
		return []group{{label, [4]float64{mean, math.NaN(), 1, 2}}}
	}
	want := groups("x", 0.1)
	if err := sameMeans(want, groups("x", 0.1*(1+1e-12))); err != nil {
		t.Error(err)
	}
	for name, got := range map[string][]group{
		"label": groups("y", 0.1), "mean": groups("x", 0.1001), "null": groups("x", math.NaN()), "none": nil,
	} {
		if sameMeans(want, got) == nil {
			t.Errorf("%s: taken for the same", name)
		}
	}
	pages := func(total int64, i int64) page { return page{total: total, rows: []measurement{{i: i, kind: "x"}}} }
	if err := samePage(pages(5, 1), pages(5, 1)); err != nil {
		t.Error(err)
	}
	if samePage(pages(5, 1), pages(6, 1)) == nil || samePage(pages(5, 1), pages(5, 2)) == nil {
		t.Error("another page is taken for the same")
	}
}
