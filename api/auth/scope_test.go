package auth

import "testing"

func TestScopesCoverByDatasetAndOperation(t *testing.T) {
	for _, c := range []struct {
		scope, dataset, operation string
		want                      bool
	}{
		{"*", "iris", "range", true},
		{"*", "iris", "stats/mean", true},
		{"iris:*", "iris", "stats/mean", true},
		{"iris:*", "irises", "range", false},
		{"*:range", "penguins", "range", true},
		{"*:range", "penguins", "stats", false},
		{"iris:stats", "iris", "stats/mean", false},
		{"iris:stats/mean", "iris", "stats/mean", true},
		{"iris:stats/mean", "iris", "stats", false},
	} {
		scope, ok := ParseScope(c.scope)
		if got := scope.Covers(c.dataset, c.operation); !ok || got != c.want || scope.String() != c.scope {
			t.Errorf("%s covers %s of %s: %v", c.scope, c.operation, c.dataset, got)
		}
	}
	for _, text := range []string{"", "iris", "iris:", ":range", "iris:*:x", "**", "iris:stats/", "Iris:range", "iris:range ", "iris range", "iris:stats/mean/x"} {
		if _, ok := ParseScope(text); ok {
			t.Errorf("%q is a scope", text)
		}
	}
}
