package header

import (
	"slices"
	"testing"
)

func TestColumnsHaveNamesOfTheirOwn(t *testing.T) {
	for _, c := range []struct{ texts, names []string }{
		{[]string{"a", "b"}, []string{"a", "b"}},
		{[]string{"", "v", "v", "v"}, []string{"#1", "v", "v#2", "v#3"}},
		{[]string{"v", "v#2", "v"}, []string{"v", "v#2", "v#3"}},
	} {
		if got := Names(c.texts); !slices.Equal(got, c.names) {
			t.Errorf("%q: got %q, want %q", c.texts, got, c.names)
		}
	}
}

func TestAHeaderIsMissingWhereTheFirstRowHasValues(t *testing.T) {
	for _, c := range []struct {
		rows    [][]string
		missing bool
	}{
		{[][]string{{"a", "b"}, {"1", "x"}}, false},
		{[][]string{{"1.5", "x"}, {"2", "y"}}, true},
		{[][]string{{"item", "2024", "2025"}, {"a", "1", "2"}}, false},
		{[][]string{{"item", "2026-01-01", "2026-02-01"}, {"a", "1", "2"}}, false},
		{[][]string{{"", "0", "1"}, {"0", "7", "8"}}, false},
	} {
		r := Rows{Values: c.rows, Width: len(c.rows[0])}
		if got := r.Missing(); got != c.missing {
			t.Errorf("%q: got %t", c.rows, got)
		}
	}
}
