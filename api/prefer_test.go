package api

import "testing"

func TestPreferAsksForACount(t *testing.T) {
	for _, test := range []struct {
		name  string
		lines []string
		want  bool
	}{
		{"none", nil, false},
		{"exact", []string{"count=exact"}, true},
		{"quoted and spaced", []string{`Count = "exact" ; x=1`}, true},
		{"among others", []string{"wait=5, count=exact, respond-async"}, true},
		{"on a line of its own", []string{"wait=5", "count=exact"}, true},
		{"another way", []string{"count=planned"}, false},
		{"the first counts", []string{"count=none, count=exact"}, false},
		{"part of a name", []string{"discount=exact"}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := prefersCount(test.lines); got != test.want {
				t.Errorf("got %v", got)
			}
		})
	}
}
