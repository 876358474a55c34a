package query

import (
	"slices"
	"strings"

	"herbarium/engine/plan"
	"herbarium/schemas"
)

// sort reads the order of the answer: a list of fields for rows, of the
// answer's columns for groups, with a - before one that descends.
func (p *parser) sort(n *schemas.Node) {
	const pointer = "/sort"
	if !p.list(n, pointer, p.sortable(), "name one of "+p.sortable()+", or leave the property out") {
		return
	}
	names := p.fieldNames(nil)
	var columns []plan.Column // of an answer of groups
	if p.op.Grouped() {
		if len(p.violations) > 0 {
			return // which columns the answer has is not known
		}
		names = names[:0]
		columns = p.query.unfiltered().Columns
		for _, c := range columns {
			names = append(names, c.Name)
		}
	}
	if p.isOwn(pointer) && slices.ContainsFunc(n.Items, func(item schemas.Node) bool { _, ok := sortKey(item.Text, names); return !ok }) {
		return // it was of columns that the query has replaced
	}
	for i := range n.Items {
		item := &n.Items[i]
		at := schemas.Index(pointer, i)
		if item.Kind != schemas.String {
			p.fault(item.Offset, at, schemas.WrongType, "must be one of %s as a string, not %s", p.sortable(), p.sent(item))
			continue
		}
		key, ok := sortKey(item.Text, names)
		switch {
		case !ok:
			p.fault(item.Offset, at, schemas.UnknownField, "%s is none of %s%s; there are %s",
				schemas.Quote(item.Text), p.sortable(), nearest(strings.TrimPrefix(item.Text, "-"), names), choices(names))
		case columns != nil && columns[key.By].Variant:
			p.fault(item.Offset, at, schemas.WrongType, "the column %s has values of several types, which have no order; sort by one of %s",
				names[key.By], choices(ordered(columns)))
		case slices.ContainsFunc(p.query.Sort, func(k plan.SortKey) bool { return k.By == key.By }):
			p.fault(item.Offset, at, schemas.DuplicateValue, "the answer is sorted by %s already", schemas.Quote(names[key.By]))
		default:
			p.query.Sort = append(p.query.Sort, key)
		}
	}
}

// sortable names what an answer is sorted by.
func (p *parser) sortable() string {
	if p.op.Grouped() {
		return "the answer's columns"
	}
	return "the fields"
}

// sortKey reads one part of an order. A name that begins with - itself means the
// column of that name.
func sortKey(text string, names []string) (plan.SortKey, bool) {
	if i := slices.Index(names, text); i >= 0 {
		return plan.SortKey{By: i}, true
	}
	name, descending := strings.CutPrefix(text, "-")
	i := slices.Index(names, name)
	return plan.SortKey{By: i, Descending: true}, descending && i >= 0
}

// ordered returns the names of the columns whose values have an order.
func ordered(columns []plan.Column) []string {
	var names []string
	for _, c := range columns {
		if !c.Variant {
			names = append(names, c.Name)
		}
	}
	return names
}
