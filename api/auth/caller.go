package auth

import (
	"encoding/json"
	"slices"
	"strings"

	"herbarium/api/limits"
)

// Kind is how a caller is known.
type Kind int

// The kinds of callers.
const (
	Anonymous Kind = iota // sent no credentials
	ByKey                 // sent an API key
	ByToken               // sent a JSON Web Token
)

// Caller is who asks, with all that decides what it sees. It is immutable.
type Caller struct {
	Kind Kind
	// Name is the name of the key, or the subject of the token.
	Name string

	scopes scopes
	claims map[string]json.RawMessage // those that policies need
	rule   *limits.Rule               // nil for no limit
	// account tells the callers apart whose requests are counted; "" for those without
	// credentials.
	account string
	// profile is equal for callers who see the same.
	profile string
}

// String names the caller for logs: anonymous, key:NAME or token:SUBJECT.
func (c *Caller) String() string {
	switch c.Kind {
	case ByKey:
		return "key:" + c.Name
	case ByToken:
		return "token:" + c.Name
	default:
		return "anonymous"
	}
}

// Full reports whether everything is in the caller's scope.
func (c *Caller) Full() bool { return c.scopes.full() }

// Nobody reports whether nothing is in the caller's scope.
func (c *Caller) Nobody() bool { return len(c.scopes) == 0 }

// Rule returns how much the caller may ask; nil for no limit.
func (c *Caller) Rule() *limits.Rule { return c.rule }

// Account tells callers with credentials apart whose requests are counted: by keys' names,
// and by tokens' issuers and subjects. Tokens of one subject for which there are different
// limits are counted apart, since one must not renew what is left of the other. It is ""
// for callers without credentials.
func (c *Caller) Account() string { return c.account }

// newCaller returns a caller, whose profile has what the file's policies look at.
func (f *File) newCaller(kind Kind, name string, granted scopes, claims map[string]json.RawMessage) *Caller {
	c := &Caller{Kind: kind, Name: name, scopes: granted, claims: claims}
	parts := []string{"scopes " + granted.String()}
	named := kind == ByKey && f.refersTo(func(p *policy) bool { return p.audience == forKey && p.key == name })
	switch {
	case kind == Anonymous:
		parts = append(parts, "anonymous")
	case named:
		parts = append(parts, "key "+name)
	}
	for _, claim := range f.claimNames() {
		if value, ok := claims[claim]; ok {
			parts = append(parts, "claim "+claim, string(value))
		}
	}
	if l := f.limitOf(c); l != nil {
		c.rule = l.rule
	}
	if kind == ByKey {
		c.account = c.String()
	}
	c.profile = strings.Join(parts, "\n")
	return c
}

// refersTo reports whether one of the policies is such.
func (f *File) refersTo(is func(*policy) bool) bool {
	return slices.ContainsFunc(f.policies, func(of policies) bool {
		for i := range of.all {
			if is(&of.all[i]) {
				return true
			}
		}
		return false
	})
}

// claimNames returns the names of the claims that policies need.
func (f *File) claimNames() []string {
	var names []string
	for _, of := range f.policies {
		for i := range of.all {
			if rows := of.all[i].rows; rows != nil {
				names = claimNames(rows, names)
			}
		}
	}
	return names
}
