package datasets

import (
	"slices"

	"gopkg.in/yaml.v3"
)

// A dataset without some of its fields is read anew from its descriptor, of which these
// fields were taken out wherever it names them. So it is what the shorter descriptor
// declares, by the code that reads descriptors, and not what somebody thought of leaving
// out of a Dataset.

// Without returns the dataset as its descriptor declares it without the fields of these
// names, in selectors, bounds, statistics and groups too. A key and an index that name one
// are left out as a whole, since the other fields alone identify no row. So are operations
// that need one: built-in ones that lack fields, and named ones whose condition, presets
// or selectors use it. The query schema is always derived from the fields. It has no data
// files. The error is a *DescriptorError, as where no field is left, or where d was made
// by Without itself.
func (d *Dataset) Without(fields []string, options ...Option) (*Dataset, error) {
	r := newDescriptor(d.File, d.text, options)
	r.without = true
	root := r.document(d.text)
	if root != nil {
		takeOut(root, fields)
	}
	ds, err := r.dataset(root, nil)
	ds.text = nil // which has the fields that were taken out
	return ds, err
}

// takeOut removes what names one of the fields from the tree of a descriptor that was
// read before, so that its shape is known.
func takeOut(root *yaml.Node, fields []string) {
	names := func(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && slices.Contains(fields, n.Value) }
	mentions := func(n *yaml.Node) bool { return names(n) || slices.ContainsFunc(n.Content, names) }
	removeEntries(root, func(key string, value *yaml.Node) bool {
		switch key {
		case "fields":
			removeEntries(value, func(field string, _ *yaml.Node) bool { return slices.Contains(fields, field) })
		case "selectors":
			removeEntries(value, func(_ string, field *yaml.Node) bool { return names(field) })
			removeItems(value, names)
		case "bounds":
			removeItems(value, names)
		case "stats":
			removeEntries(value, func(_ string, list *yaml.Node) bool {
				removeItems(list, names)
				return names(list) // group_by: NAME
			})
		case "index":
			removeItems(value, mentions)
		case "key":
			return mentions(value)
		case "shard_key":
			return value.Kind == yaml.SequenceNode && mentions(value)
		case "query_schema":
			return true
		}
		return false
	})
}

// removeEntries removes entries of a mapping; it does nothing to other nodes.
func removeEntries(n *yaml.Node, unwanted func(key string, value *yaml.Node) bool) {
	if n.Kind != yaml.MappingNode {
		return
	}
	kept := n.Content[:0]
	for i := 0; i+1 < len(n.Content); i += 2 {
		if !unwanted(n.Content[i].Value, n.Content[i+1]) {
			kept = append(kept, n.Content[i], n.Content[i+1])
		}
	}
	n.Content = kept
}

// removeItems removes items of a list; it does nothing to other nodes.
func removeItems(n *yaml.Node, unwanted func(*yaml.Node) bool) {
	if n.Kind == yaml.SequenceNode {
		n.Content = slices.DeleteFunc(n.Content, unwanted)
	}
}
