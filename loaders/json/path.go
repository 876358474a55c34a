package json

import (
	"strings"

	"herbarium/datasets"
)

// paths is a trie of where columns are in the objects of a JSON source: under
// their exact name, else along a path of names and of places in arrays.
type paths struct {
	columns  []int // that have the value here
	exact    bool  // by their whole name
	children map[string]*paths
}

// fieldPaths returns where the columns of the dataset's fields are.
func fieldPaths(ds *datasets.Dataset) *paths {
	root := &paths{}
	for f := range ds.Fields {
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
		c = &paths{}
		p.children[name] = c
	}
	return c
}
