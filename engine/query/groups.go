package query

import (
	"slices"
	"strings"

	"herbarium/datasets"
	"herbarium/engine/plan"
	"herbarium/schemas"
)

// maxKeys is how many keys a query may group by.
const maxKeys = 32

// groups reads what groups are made by and what is computed of each.
func (p *parser) groups(of *later) {
	switch {
	case p.op.ByField != "":
		if f, ok := p.namedField(of.field); ok || p.asked() {
			p.query.GroupBy = []plan.Key{{Field: f, Name: p.op.ByField}}
		}
	case p.op.Rows == datasets.PerBin:
		p.histogram(of)
	}
	if of.groupBy != nil {
		p.groupBy(of.groupBy)
	}
	if of.measures != nil {
		p.measures(of.measures)
	}
	if p.op.Grouped() && (of.groupBy != nil || of.measures != nil) && len(p.violations) == 0 {
		p.columnsClash(of)
	}
}

// namedField reads the field that the answer is about.
func (p *parser) namedField(n *schemas.Node) (field int, ok bool) {
	const pointer = "/field"
	var fit []string
	for i := range p.ds.Fields {
		if p.op.FieldTypes(p.ds.Fields[i].Type) {
			fit = append(fit, p.ds.Fields[i].Name)
		}
	}
	switch {
	case n != nil:
	case p.asked():
		return 0, false // which field it is says the query
	case p.settling != nil:
		p.fault(0, pointer, schemas.TooFew, "%s needs a field: write field: one of %s, or let queries name it: takes: [field]", p.op, choices(fit))
		return 0, false
	default:
		p.fault(0, pointer, schemas.TooFew, "%s needs a field: name one of %s", p.op, choices(fit))
		return 0, false
	}
	f, ok := p.field(n, pointer)
	if ok && !p.op.FieldTypes(p.ds.Fields[f].Type) {
		p.fault(n.Offset, pointer, schemas.WrongType, "the field %s is %s, which has no %s; name one of %s",
			p.ds.Fields[f].Name, article(p.ds.Fields[f].Type), p.op, choices(fit))
		return 0, false
	}
	return f, ok
}

// asked reports whether what is read is the definition of a named operation whose
// queries name the field.
func (p *parser) asked() bool { return p.settling != nil && p.settling.TakesProperty("field") }

// groupBy reads a list of keys.
func (p *parser) groupBy(n *schemas.Node) {
	const pointer = "/group_by"
	if n.Kind != schemas.Array {
		p.fault(n.Offset, pointer, schemas.WrongType, "must be a list of keys, not %s", p.sent(n))
		return
	}
	if len(n.Items) > maxKeys {
		p.fault(n.Offset, pointer, schemas.OutOfRange, "the list has %d keys; at most %d are allowed", len(n.Items), maxKeys)
		return
	}
	keys := []plan.Key{} // an empty list is one group
	for i := range n.Items {
		item := &n.Items[i]
		at := schemas.Index(pointer, i)
		var key plan.Key
		ok := false
		switch item.Kind {
		case schemas.String:
			key, ok = p.shortKey(item, at)
		case schemas.Object:
			key, ok = p.longKey(item, at)
		default:
			p.fault(item.Offset, at, schemas.WrongType, "must be a key: a field's name, or an object, not %s", p.sent(item))
		}
		if !ok {
			continue
		}
		name := key.ColumnName(p.ds)
		if slices.ContainsFunc(keys, func(other plan.Key) bool { return other.ColumnName(p.ds) == name }) {
			named, of := item, at
			if key.Name != "" {
				named, of = memberOf(item, "as"), at+"/as"
			}
			p.fault(named.Offset, of, schemas.DuplicateValue, "another key is called %s; name this one with as", schemas.Quote(name))
			continue
		}
		keys = append(keys, key)
	}
	p.query.GroupBy = keys
}

// memberOf returns the value of an object's member.
func memberOf(n *schemas.Node, key string) *schemas.Node {
	for i := range n.Members {
		if n.Members[i].Key == key {
			return &n.Members[i].Value
		}
	}
	return n
}

// shortKey reads a key that is a text: field, field:unit or field:width.
func (p *parser) shortKey(n *schemas.Node, pointer string) (plan.Key, bool) {
	if f, ok := p.ds.Field(n.Text); ok {
		return plan.Key{Field: f}, true
	}
	name, by := n.Text, ""
	if i := strings.LastIndexByte(name, ':'); i >= 0 {
		name, by = name[:i], name[i+1:]
	}
	f, ok := p.field(&schemas.Node{Kind: schemas.String, Text: name, Offset: n.Offset}, pointer)
	if !ok {
		return plan.Key{}, false
	}
	if by == "" {
		p.fault(n.Offset, pointer, schemas.NotInEnum, "nothing follows the colon; write such as %s:month or %s:10", name, name)
		return plan.Key{}, false
	}
	key := keyNodes{at: pointer, node: n, by: &schemas.Node{Kind: schemas.String, Text: by, Offset: n.Offset}}
	if field := &p.ds.Fields[f]; field.Numeric() {
		width, err := schemas.Parse([]byte(plainNumber(by)))
		if err != nil || width.Kind != schemas.Number {
			p.fault(n.Offset, pointer, schemas.WrongType, "%s is no width of intervals, which is a number above 0", schemas.Quote(by))
			return plan.Key{}, false
		}
		width.Offset = n.Offset
		key.by, key.width = nil, width
	}
	return p.key(f, &key)
}

// keyNodes are the parts of a key that is an object.
type keyNodes struct {
	at                                 string
	node                               *schemas.Node
	by, timezone, width, origin, edges *schemas.Node
}

// pointer returns the pointer of one of the parts.
func (k *keyNodes) pointer(part string) string {
	if k.node.Kind == schemas.Object {
		return k.at + "/" + part
	}
	return k.at
}

// longKey reads a key that is an object.
func (p *parser) longKey(n *schemas.Node, pointer string) (plan.Key, bool) {
	known := []string{"field", "by", "timezone", "width", "origin", "edges", "as"}
	of := keyNodes{at: pointer, node: n}
	var name *schemas.Node
	f, found, before := 0, false, len(p.violations)
	for i := range n.Members {
		m := &n.Members[i]
		if m.Doubled {
			continue
		}
		at := schemas.Key(pointer, m.Key)
		if m.Value.Kind == schemas.Null && slices.Contains(known, m.Key) {
			continue
		}
		switch m.Key {
		case "field":
			f, found = p.field(&m.Value, at)
		case "by":
			of.by = &m.Value
		case "timezone":
			of.timezone = &m.Value
		case "width":
			of.width = &m.Value
		case "origin":
			of.origin = &m.Value
		case "edges":
			of.edges = &m.Value
		case "as":
			name = &m.Value
		default:
			p.fault(m.Offset, at, schemas.UnknownProperty, "a key has no %s%s; it has %s", schemas.Quote(m.Key), nearest(m.Key, known), choices(known))
		}
	}
	if !found {
		if len(p.violations) == before {
			p.fault(n.Offset, pointer, schemas.TooFew, "the key names no field")
		}
		return plan.Key{}, false
	}
	key, ok := p.key(f, &of)
	if name != nil {
		if ok = p.columnName(name, pointer+"/as") && ok; ok {
			key.Name = name.Text
		}
	}
	return key, ok && len(p.violations) == before
}

// columnName reports whether a key's column can have the name.
func (p *parser) columnName(n *schemas.Node, pointer string) bool {
	switch {
	case n.Kind != schemas.String:
		p.fault(n.Offset, pointer, schemas.WrongType, "must be the name of a column, not %s", p.sent(n))
	case n.Text == "_id":
		p.fault(n.Offset, pointer, schemas.OutOfRange, "MongoDB keeps the load order in _id; choose another name")
	case !datasets.ValidColumn(n.Text):
		p.fault(n.Offset, pointer, schemas.OutOfRange, "%s cannot be a column's name: letters, digits, _ and - can, at most 100", schemas.Quote(n.Text))
	default:
		return true
	}
	return false
}

// key makes a key of a field and what its values are put into.
func (p *parser) key(f int, of *keyNodes) (plan.Key, bool) {
	field, key := &p.ds.Fields[f], plan.Key{Field: f}
	temporal := field.Type == datasets.Date || field.Type == datasets.DateTime
	before := len(p.violations)
	refuse := func(n *schemas.Node, part string, fits bool, needs string) {
		if n != nil && !fits {
			p.fault(n.Offset, of.pointer(part), schemas.WrongType, "the field %s is %s; %s", field.Name, article(field.Type), needs)
		}
	}
	refuse(of.by, "by", temporal, "a unit of time needs a date, or a date and time")
	refuse(of.timezone, "timezone", field.Type == datasets.DateTime, "a time zone needs a date and time")
	refuse(of.width, "width", field.Numeric(), "a width needs a number or an integer")
	refuse(of.edges, "edges", field.Numeric(), "edges need a number or an integer")
	if len(p.violations) > before {
		return key, false
	}
	switch {
	case of.by != nil:
		key.Buckets = p.timeBuckets(field, of)
	case of.timezone != nil:
		p.fault(of.timezone.Offset, of.pointer("timezone"), schemas.UnknownProperty, "a time zone belongs to by, the unit of time")
	case of.width != nil && of.edges != nil:
		p.fault(of.edges.Offset, of.pointer("edges"), schemas.UnknownProperty, "intervals have a width or edges, not both")
	case of.width != nil:
		key.Buckets = p.widthBuckets(field, of)
	case of.edges != nil:
		key.Buckets = p.edgeBuckets(field, of)
	}
	if of.origin != nil && of.by == nil && of.width == nil {
		p.fault(of.origin.Offset, of.pointer("origin"), schemas.UnknownProperty, "an origin belongs to by or to width")
	}
	return key, len(p.violations) == before
}

// columnsClash refuses columns of one name, or of which one would hold the other.
// The fault is at what the query names last of the two: at the key's name, the key
// or the field with the measures.
func (p *parser) columnsClash(of *later) {
	keys, columns := p.query.keys(), p.query.unfiltered().Columns
	first := len(columns) - len(keys) // keys come last
	var measures []plan.Measured
	if p.op.Rows == datasets.PerGroup {
		measures = p.query.measures()
	}
	for i := range columns {
		for j := range i {
			if !datasets.NamesClash(columns[i].Name, columns[j].Name) {
				continue
			}
			measured := min(i, j)
			field := plan.NoField
			if measured < len(measures) {
				field = measures[measured].Field
			}
			n, pointer := p.columnAt(of, i-first, field)
			p.fault(n.Offset, pointer, schemas.DuplicateValue, "an answer cannot have the columns %s and %s together; name a key with as",
				schemas.Quote(columns[j].Name), schemas.Quote(columns[i].Name))
			return
		}
	}
}

// columnAt returns where the query says that there is a column: the key with that
// index, or, where the query names no keys, the measures of a field.
func (p *parser) columnAt(of *later, key, field int) (*schemas.Node, string) {
	if of.groupBy != nil && key >= 0 && key < len(of.groupBy.Items) && !p.isOwn("/group_by") {
		item, at := &of.groupBy.Items[key], schemas.Index("/group_by", key)
		if as := memberOf(item, "as"); as != item && as.Kind == schemas.String {
			return as, at + "/as"
		}
		return item, at
	}
	if of.measures == nil {
		return of.groupBy, "/group_by"
	}
	name := rowsName
	if field != plan.NoField {
		name = p.ds.Fields[field].Name
	}
	return memberOf(of.measures, name), schemas.Key("/measures", name)
}
