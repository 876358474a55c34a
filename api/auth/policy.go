package auth

import (
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"herbarium/datasets"
	"herbarium/schemas"
)

// audience is the kind of callers that a policy is for.
type audience int

const (
	forEveryone audience = iota // "*"
	forAnonymous
	forScope // "scope:penguins:all": whoever was granted the scope as it is written
	forKey   // "key:NAME"
)

// forForm says how callers are named, for messages.
const forForm = `anonymous, "scope:DATASET:NAME", "key:NAME" or "*"`

// policy says what some callers see of a dataset.
type policy struct {
	place
	audience audience
	text     string // for, as it is written
	scope    Scope  // of forScope
	key      string // of forKey
	// rows is the condition that every visible row meets, in which claims stand for
	// their values; nil: every row is visible. rowsAt is its place.
	rows   *schemas.Node
	rowsAt place
	hide   []datasets.Item
}

// policies are those of one dataset. The first that fits a caller decides.
type policies struct {
	place
	dataset string
	all     []policy
}

// fits reports whether the policy is for the caller.
func (p *policy) fits(c *Caller) bool {
	switch p.audience {
	case forEveryone:
		return true
	case forAnonymous:
		return c.Kind == Anonymous
	case forScope:
		return c.scopes.has(p.scope)
	default:
		return c.Kind == ByKey && c.Name == p.key
	}
}

// of returns the policy that decides for the caller; nil if none does.
func (p *policies) of(c *Caller) *policy {
	for i := range p.all {
		if p.all[i].fits(c) {
			return &p.all[i]
		}
	}
	return nil
}

// policiesOf returns the policies of the dataset; nil if it has none.
func (f *File) policiesOf(dataset string) *policies {
	for i := range f.policies {
		if f.policies[i].dataset == dataset {
			return &f.policies[i]
		}
	}
	return nil
}

// The keys of a policy.
var policyKeys = []string{"for", "rows", "hide"}

// policies reads the policies of all datasets.
func (p *parser) policies(n *yaml.Node) {
	for _, e := range p.Mapping(n, "policies", nil) {
		path := datasets.JoinPath("policies", e.Name)
		found := policies{place: place{e.Key, path}, dataset: e.Name}
		items := p.List(e.Value, path)
		if e.Value.Kind == yaml.SequenceNode && len(items) == 0 {
			p.Fault(e.Value, path, "the list is empty, so nobody would see the dataset; leave the key out, or write a policy")
		}
		lines := map[string]int{}
		for i, item := range items {
			one := p.policy(item, indexed(path, i))
			if line, twice := lines[one.text]; twice && one.text != "" {
				p.Fault(item, one.path, "the policy on line %d is for %s already, and the first one decides", line, one.text)
			}
			lines[one.text] = item.Line
			found.all = append(found.all, one)
		}
		p.file.policies = append(p.file.policies, found)
	}
}

// policy reads one policy.
func (p *parser) policy(n *yaml.Node, path string) policy {
	one := policy{place: place{n, path}}
	entries := byName(p.Mapping(n, path, policyKeys))
	if !p.required(n, path, entries, map[string]string{"for": "for: " + forForm}) {
		return one
	}
	p.audience(&one, entries["for"].Value, path+".for")
	if e, ok := entries["rows"]; ok {
		one.rowsAt = place{e.Value, path + ".rows"}
		if rows, ok := p.JSON(e.Value, one.rowsAt.path); ok {
			if rows.Kind != schemas.Object || len(rows.Members) == 0 {
				p.Fault(e.Value, one.rowsAt.path, "a condition belongs here, such as {island: [Biscoe]}; leave the key out to show every row")
			}
			p.claims(e.Value, one.rowsAt.path)
			one.rows = &rows
		}
	}
	if e, ok := entries["hide"]; ok {
		one.hide = p.Texts(e.Value, path+".hide")
	}
	return one
}

// audience reads whom a policy is for.
func (p *parser) audience(one *policy, n *yaml.Node, path string) {
	text, ok := p.Text(n, path)
	if !ok {
		return
	}
	one.text = text
	kind, name, _ := strings.Cut(text, ":")
	switch {
	case text == all:
		one.audience = forEveryone
		return
	case text == "anonymous":
		one.audience = forAnonymous
		return
	case kind == "key" && name != "":
		one.audience, one.key = forKey, name
		return
	case kind == "scope" && name != "":
		one.audience = forScope
		scope, ok := ParseScope(name)
		if !ok || scope.Dataset == all || scope.Operation == all {
			p.Fault(n, path, "a policy is for a scope without a wildcard, such as \"scope:penguins:all\", not %s", datasets.DescribeValue(n))
		}
		one.scope = scope
		return
	}
	p.Fault(n, path, "a policy is for %s, not %s%s", forForm, datasets.DescribeValue(n), schemas.DidYouMean(kind, []string{"anonymous", "scope", "key"}))
}

// claims reports claims that are not written as they should be.
func (p *parser) claims(n *yaml.Node, path string) {
	switch n.Kind {
	case yaml.MappingNode:
		for i := 1; i < len(n.Content); i += 2 {
			key := n.Content[i-1]
			if strings.HasPrefix(key.Value, claimSign) {
				p.Fault(key, path, "a claim is a value, and cannot stand for a key")
			}
			p.claims(n.Content[i], datasets.JoinPath(path, key.Value))
		}
	case yaml.SequenceNode:
		for i, c := range n.Content {
			p.claims(c, indexed(path, i))
		}
	case yaml.ScalarNode:
		if name, ok := claimOf(n.Value); strings.HasPrefix(n.Value, claimSign) && (!ok || name == "") {
			p.Fault(n, path, "a claim is written $claim.NAME, not %s", datasets.DescribeValue(n))
		}
	}
}

// namedKeys reports policies and limits that are for a key that there is not.
func (p *parser) namedKeys() {
	var names []string
	for i := range p.file.Keys {
		if name := p.file.Keys[i].Name; !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	named := func(one *policy) {
		switch {
		case one.audience != forKey || slices.Contains(names, one.key):
		case p.edited:
			if !slices.Contains(p.file.unmade, one.key) {
				p.file.unmade = append(p.file.unmade, one.key)
			}
		default:
			p.Fault(one.node, one.path+".for", "there is no key %s%s; there are: %s",
				strconv.Quote(one.key), schemas.DidYouMean(one.key, names), schemas.List(names))
		}
	}
	for _, of := range p.file.policies {
		for i := range of.all {
			named(&of.all[i])
		}
	}
	for i := range p.file.limits {
		named(&p.file.limits[i].policy)
	}
}
