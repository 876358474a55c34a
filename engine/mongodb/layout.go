package mongodb

import "strings"

// node is a part of a document's shape: a column, or a document of further
// parts. A name with dots is nested.
type node struct {
	name     string
	column   int // -1 for a document
	children []*node
}

// newLayout returns the shape of a document that holds the named columns.
func newLayout(names []string) *node {
	root := &node{column: -1}
	for i, name := range names {
		at := root
		for {
			part, rest, nested := strings.Cut(name, ".")
			if !nested {
				at.children = append(at.children, &node{name: part, column: i})
				break
			}
			at, name = at.child(part), rest
		}
	}
	return root
}

// child returns the document called name, making it where there is none.
func (n *node) child(name string) *node {
	for _, c := range n.children {
		if c.column < 0 && c.name == name {
			return c
		}
	}
	c := &node{name: name, column: -1}
	n.children = append(n.children, c)
	return c
}
