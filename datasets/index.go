package datasets

import (
	"slices"
	"strconv"

	"gopkg.in/yaml.v3"
)

// MaxIndexFields is how many fields an index of MongoDB can have.
const MaxIndexFields = 32

// maxIndexes is how many indexes a collection of MongoDB can have, that of _id among them.
const maxIndexes = 64

// indexes reads the indexes that MongoDB has beside those of selectors and bounds: each
// is a field or a list of fields.
func (d *descriptor) indexes() {
	e, ok := d.entries["index"]
	if !ok || !d.kind(e.value, "index", yaml.SequenceNode, "a list of fields, or of lists of them") {
		return
	}
	for i, n := range e.value.Content {
		at := "index[" + strconv.Itoa(i) + "]"
		var fields []int
		if n.Kind == yaml.SequenceNode {
			if len(n.Content) == 0 {
				d.fault(n, at, "the list is empty; name the fields of the index")
				continue
			}
			fields = d.list(n, at, anyField, "an index is of fields")
			if len(n.Content) > MaxIndexFields {
				d.fault(n, at, "the index has %d fields; MongoDB takes at most %d", len(n.Content), MaxIndexFields)
			}
			if len(fields) < len(n.Content) {
				continue
			}
		} else if name, ok := d.text(n, at); ok {
			if f, ok := d.lookup(item{name, at, n}, anyField, "an index is of fields"); ok {
				fields = []int{f}
			}
		}
		switch {
		case fields == nil:
		case slices.ContainsFunc(d.ds.Indexes, func(other []int) bool { return slices.Equal(other, fields) }):
			d.fault(n, at, "the index is in the list twice")
		default:
			d.ds.Indexes = append(d.ds.Indexes, fields)
		}
	}
	selected, bounded := d.ds.IndexedFields()
	all, with := 1+len(selected)+len(bounded)+len(d.ds.Indexes), "_id, selectors and bounds"
	if d.ds.Sharding == ShardByHash || d.ds.Sharding == ShardByFields {
		all, with = all+1, "_id, selectors, bounds and the shard key"
	}
	if all > maxIndexes {
		d.fault(e.key, "index", "the collection would have %d indexes, with those of %s; MongoDB takes at most %d", all, with, maxIndexes)
	}
}

// maxOwnIndexes bounds the indexes that follow from selectors and bounds: each
// costs memory and time to load, and a query uses one of them.
const maxOwnIndexes = 16

// IndexedFields returns the fields by whose values a store with indexes finds rows
// fast, each once: of the selectors that the descriptor names, and of those by
// default that have an enum; then of the bounds that it names.
func (d *Dataset) IndexedFields() (selected, bounded []int) {
	for _, s := range d.Selectors {
		if d.SelectorsByDefault && len(d.Fields[s.Field].Enum) == 0 {
			continue
		}
		if len(selected) < maxOwnIndexes && !slices.Contains(selected, s.Field) {
			selected = append(selected, s.Field)
		}
	}
	if d.BoundsByDefault {
		return selected, nil
	}
	for _, f := range d.Bounds {
		if len(selected)+len(bounded) < maxOwnIndexes && !slices.Contains(selected, f) {
			bounded = append(bounded, f)
		}
	}
	return selected, bounded
}
