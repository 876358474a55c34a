package json

import (
	"slices"
	"strconv"
	"strings"

	"herbarium/loaders/decode"
)

// paths is a trie of where columns are in the objects of a JSON source: under
// their exact name, else along a path of names and of places in arrays.
type paths struct {
	columns  []int // that have the value here
	exact    bool  // by their whole name
	children map[string]*paths

	// name leads here; places says that places in a list lead on, and loose and
	// rest are as in the descriptor.
	name        string
	places      bool
	loose, rest bool
	// Of the root: the columns that are left out, and whether others that no field
	// reads are faults.
	ignores func(name string) bool
	extra   bool
}

// fieldPaths returns where the columns of the fields are that the source's path does
// not give.
func fieldPaths(l *decode.Layout) *paths {
	ds := l.Dataset
	root := &paths{loose: ds.Loose, rest: ds.Rest, extra: ds.Extra == "error"}
	switch {
	case ds.Extra == "ignore":
		root.ignores = func(string) bool { return true }
	case ds.Ignore != nil:
		root.ignores = ds.Ignores
	}
	for f := range ds.Fields {
		if l.Given(f) {
			continue
		}
		name := ds.Fields[f].Column
		p := root.child(name)
		p.columns, p.exact = append(p.columns, f), true
		parts := strings.Split(name, ".")
		if len(parts) == 1 {
			continue
		}
		p = root
		for _, part := range parts {
			p = p.child(part)
		}
		p.columns = append(p.columns, f)
	}
	return root
}

// child returns the child called name, and makes it if there is none.
func (p *paths) child(name string) *paths {
	if p.children == nil {
		p.children = map[string]*paths{}
	}
	c, ok := p.children[name]
	if !ok {
		c = &paths{name: name, loose: p.loose, rest: p.rest}
		if p.name != "" {
			c.name = p.name + "." + name
		}
		if n, err := strconv.Atoi(name); err == nil && n >= 0 {
			p.places = true
		}
		p.children[name] = c
	}
	return c
}

// named reports whether names lead on from here, beside places in a list.
func (p *paths) named() bool {
	for name := range p.children {
		if n, err := strconv.Atoi(name); err != nil || n < 0 {
			return true
		}
	}
	return false
}

// fields returns the columns that are within, in their order.
func (p *paths) fields(all []int) []int {
	for _, c := range p.children {
		all = c.fields(append(all, c.columns...))
	}
	slices.Sort(all)
	return slices.Compact(all)
}
