package query

import (
	"slices"

	"herbarium/datasets"
	"herbarium/schemas"
)

// fields reads the list of fields to answer.
func (p *parser) fields(n *schemas.Node, pointer string) {
	if n.Kind != schemas.Array {
		p.fault(n.Offset, pointer, schemas.WrongType, "must be a list of field names, not %s", p.sent(n))
		return
	}
	switch least := p.op.LeastFields(); {
	case len(n.Items) == 0:
		p.fault(n.Offset, pointer, schemas.TooFew, "the list is empty; name a field, or leave the property out for all")
	case len(n.Items) < least:
		p.fault(n.Offset, pointer, schemas.TooFew, "a pair has %d fields; name another one", least)
	}
	var allowed []string
	for _, i := range p.op.Answerable(p.ds) {
		allowed = append(allowed, p.ds.Fields[i].Name)
	}
	chosen := make([]bool, len(p.ds.Fields))
	for i := range n.Items {
		item := &n.Items[i]
		at := schemas.Index(pointer, i)
		if item.Kind != schemas.String {
			p.fault(item.Offset, at, schemas.WrongType, "must be a field's name, not %s", p.sent(item))
			continue
		}
		f, ok := p.ds.Field(item.Text)
		switch {
		case !ok || !slices.Contains(allowed, item.Text):
			p.fault(item.Offset, at, schemas.UnknownField, "the field %s is not available for this operation%s; available: %s",
				schemas.Quote(item.Text), nearest(item.Text, allowed), choices(allowed))
		case chosen[f]:
			p.fault(item.Offset, at, schemas.DuplicateValue, "%s is repeated", schemas.Quote(item.Text))
		default:
			chosen[f] = true
		}
	}
	if !slices.Contains(chosen, false) && len(p.op.DefaultFields(p.ds)) == len(chosen) {
		return // all fields, which is what no list asks for too
	}
	for f, ok := range chosen {
		if ok {
			p.query.Fields = append(p.query.Fields, f)
		}
	}
}

// names reads a list of distinct fields.
func (p *parser) names(n *schemas.Node, pointer string) []int {
	if !p.list(n, pointer, "fields", "name a field, or leave the property out") {
		return nil
	}
	var fields []int
	for i := range n.Items {
		item := &n.Items[i]
		at := schemas.Index(pointer, i)
		f, ok := p.field(item, at)
		switch {
		case !ok:
		case slices.Contains(fields, f):
			p.fault(item.Offset, at, schemas.DuplicateValue, "%s is repeated", schemas.Quote(item.Text))
		default:
			p.countPart(item, at)
			fields = append(fields, f)
		}
	}
	return fields
}

// field reads the name of a field.
func (p *parser) field(n *schemas.Node, pointer string) (int, bool) {
	if n.Kind != schemas.String {
		p.fault(n.Offset, pointer, schemas.WrongType, "must be a field's name, not %s", p.sent(n))
		return 0, false
	}
	f, ok := p.ds.Field(n.Text)
	if !ok {
		all := p.fieldNames(nil)
		p.fault(n.Offset, pointer, schemas.UnknownField, "there is no field %s%s; there are %s",
			schemas.Quote(n.Text), nearest(n.Text, all), choices(all))
	}
	return f, ok
}

// fieldNames returns the names of the fields that fit; of all where fit is nil.
func (p *parser) fieldNames(fit func(*datasets.Field) bool) []string {
	var names []string
	for i := range p.ds.Fields {
		if f := &p.ds.Fields[i]; fit == nil || fit(f) {
			names = append(names, f.Name)
		}
	}
	return names
}
