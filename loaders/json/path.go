package json

import (
	"strings"

	"herbarium/datasets"
)

// paths say where in the objects of a JSON source columns are: under their
// exact name, else along a path of names and of places in arrays.
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

// child returns what is along the path called name, made where it is not
// there.
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
