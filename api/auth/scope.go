package auth

import (
	"regexp"
	"slices"
	"strings"
)

// all stands for every dataset or every operation in a scope.
const all = "*"

// Scope is the right to ask for an operation of a dataset; "*" is every one.
type Scope struct{ Dataset, Operation string }

var scopeText = regexp.MustCompile(`^(\*|[a-z][a-z0-9_-]*):(\*|[a-z][a-z0-9_-]*(?:/[a-z][a-z0-9_-]*)?)$`)

// scopeForm says how scopes are written, for messages.
const scopeForm = "a scope is DATASET:OPERATION, such as walks:range, where * is every one, or * alone"

// ParseScope reads a scope such as walks:stats/mean, walks:*, *:range or *.
func ParseScope(text string) (Scope, bool) {
	if text == all {
		return Scope{all, all}, true
	}
	parts := scopeText.FindStringSubmatch(text)
	if parts == nil {
		return Scope{}, false
	}
	return Scope{parts[1], parts[2]}, true
}

// String writes the scope as ParseScope reads it.
func (s Scope) String() string {
	if s == (Scope{all, all}) {
		return all
	}
	return s.Dataset + ":" + s.Operation
}

// Covers reports whether the scope contains an operation of a dataset.
func (s Scope) Covers(dataset, operation string) bool {
	return (s.Dataset == all || s.Dataset == dataset) && (s.Operation == all || s.Operation == operation)
}

// scopes are the scopes of a caller, sorted and each once.
type scopes []Scope

// newScopes returns the scopes in their canonical order.
func newScopes(all []Scope) scopes {
	s := slices.Clone(all)
	slices.SortFunc(s, func(a, b Scope) int { return strings.Compare(a.String(), b.String()) })
	return slices.Compact(s)
}

// covers reports whether one of the scopes contains the operation.
func (s scopes) covers(dataset, operation string) bool {
	return slices.ContainsFunc(s, func(one Scope) bool { return one.Covers(dataset, operation) })
}

// full reports whether everything is in scope.
func (s scopes) full() bool { return slices.Contains(s, Scope{all, all}) }

// has reports whether the scope is granted as it is written. A wildcard does not
// count: nobody gets what a policy is for by a wildcard that was meant for
// operations.
func (s scopes) has(scope Scope) bool { return slices.Contains(s, scope) }

// String writes the scopes with spaces between.
func (s scopes) String() string {
	texts := make([]string, len(s))
	for i, one := range s {
		texts[i] = one.String()
	}
	return strings.Join(texts, " ")
}
