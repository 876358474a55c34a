package query

import (
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"herbarium/datasets"
	"herbarium/engine/plan"
	"herbarium/schemas"
)

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

// timeBuckets reads a unit such as month or 15 minutes.
func (p *parser) timeBuckets(field *datasets.Field, of *keyNodes) plan.Buckets {
	units := plan.Units()
	at := of.pointer("by")
	if of.by.Kind != schemas.String {
		p.fault(of.by.Offset, at, schemas.WrongType, "must be a unit of time as a string, not %s", p.sent(of.by))
		return nil
	}
	every, name := 1, of.by.Text
	if number, rest, ok := strings.Cut(name, " "); ok {
		n, err := strconv.Atoi(number)
		if err != nil {
			p.fault(of.by.Offset, at, schemas.NotInEnum, "%s is no unit of time; write such as month or 15 minutes", schemas.Quote(of.by.Text))
			return nil
		}
		every, name = n, strings.TrimSuffix(strings.TrimSpace(rest), "s")
	}
	unit, ok := plan.UnitNamed(name)
	if !ok {
		p.fault(of.by.Offset, at, schemas.NotInEnum, "%s is no unit of time%s; there are %s", schemas.Quote(name), nearest(name, units), choices(units))
		return nil
	}
	if field.Type == datasets.Date && unit > plan.Day {
		p.fault(of.by.Offset, at, schemas.NotInEnum, "the field %s has days, which have no %s", field.Name, unit)
		return nil
	}
	zone := field.Location
	if field.Type == datasets.Date {
		zone = nil
	}
	if of.timezone != nil {
		if zone, ok = p.zone(of.timezone, of.pointer("timezone")); !ok {
			return nil
		}
	}
	var origin *int64
	if of.origin != nil {
		day, err := int64(0), error(nil)
		if of.origin.Kind != schemas.String {
			p.fault(of.origin.Offset, of.pointer("origin"), schemas.WrongType, "must be a day as a string, not %s", p.sent(of.origin))
			return nil
		}
		if day, err = datasets.ParseDate(of.origin.Text); err != nil {
			p.fault(of.origin.Offset, of.pointer("origin"), schemas.BadDate, "%s is %v", schemas.Quote(of.origin.Text), err)
			return nil
		}
		origin = &day
	}
	b, err := plan.NewTimeBuckets(unit, every, origin, zone)
	if err != nil {
		p.fault(of.by.Offset, at, schemas.OutOfRange, "%v", err)
		return nil
	}
	return b
}

// zone reads the IANA name of a time zone.
func (p *parser) zone(n *schemas.Node, pointer string) (*time.Location, bool) {
	if n.Kind != schemas.String {
		p.fault(n.Offset, pointer, schemas.WrongType, "must be the name of a time zone, not %s", p.sent(n))
		return nil, false
	}
	zone, err := datasets.LoadZone(n.Text)
	if err != nil {
		p.fault(n.Offset, pointer, schemas.NotInEnum, "%s is no time zone; write an IANA name such as Europe/Berlin", schemas.Quote(n.Text))
		return nil, false
	}
	return zone, true
}

// maxExponent bounds the decimals that edges are computed of, which are exact.
const maxExponent = 400

// rational reads a number exactly.
func (p *parser) rational(n *schemas.Node, pointer string) (*big.Rat, bool) {
	if n.Kind != schemas.Number {
		p.fault(n.Offset, pointer, schemas.WrongType, "must be a number, not %s", p.sent(n))
		return nil, false
	}
	if _, finite := n.Float(); !finite {
		p.fault(n.Offset, pointer, schemas.NotFinite, "%s is beyond the range of a float64", schemas.Clip(n.Text))
		return nil, false
	}
	_, exponent, _ := strings.Cut(strings.ToLower(n.Text), "e")
	digits, err := strconv.Atoi(strings.TrimPrefix(exponent, "+"))
	if exponent != "" && (err != nil || digits > maxExponent || digits < -maxExponent) || len(n.Text) > maxExponent {
		p.fault(n.Offset, pointer, schemas.OutOfRange, "%s has too many digits", schemas.Clip(n.Text))
		return nil, false
	}
	r, ok := new(big.Rat).SetString(n.Text)
	return r, ok
}

// widthBuckets reads the width of intervals, and where one begins.
func (p *parser) widthBuckets(field *datasets.Field, of *keyNodes) plan.Buckets {
	width, ok := p.rational(of.width, of.pointer("width"))
	if !ok {
		return nil
	}
	if f, _ := width.Float64(); f <= 0 {
		p.fault(of.width.Offset, of.pointer("width"), schemas.OutOfRange, "the width %s is not above 0", schemas.Clip(of.width.Text))
		return nil
	}
	origin := new(big.Rat)
	if of.origin != nil {
		if origin, ok = p.rational(of.origin, of.pointer("origin")); !ok {
			return nil
		}
	}
	return plan.NewWidthBuckets(field.Type, width, origin)
}

// maxEdges is the number of edges that a key can have.
const maxEdges = 1000

// edgeBuckets reads the edges of intervals.
func (p *parser) edgeBuckets(field *datasets.Field, of *keyNodes) plan.Buckets {
	edges := p.edges(of.edges, of.pointer("edges"), field, maxEdges)
	if edges == nil {
		return nil
	}
	return plan.NewEdgeBuckets(field.Type, edges)
}

// ascends reports whether the edge b is above a for values of the type: as float64s
// for numbers, else exactly.
func ascends(a, b *big.Rat, t datasets.Type) bool {
	if t != datasets.Number {
		return a.Cmp(b) < 0
	}
	x, _ := a.Float64()
	y, _ := b.Float64()
	return x < y
}

// The limits of what is asked for at once.
const (
	maxMeasures = 1000
	maxKeys     = 32
)

// rowsName stands for rows among the fields of measures.
const rowsName = "*"

// measures reads lists of measures by field. They come in the order of fields,
// those of rows first.
func (p *parser) measures(n *schemas.Node) {
	const pointer = "/measures"
	object := p.object(n, pointer, "lists of measures")
	if object == nil {
		return
	}
	if len(object.Members) == 0 {
		p.fault(n.Offset, pointer, schemas.TooFew, "no measure is named; write such as {\"*\": [\"count\"]}, or leave the property out")
		return
	}
	named := 0
	for i := range object.Members {
		named += len(object.Members[i].Value.Items)
	}
	if named > maxMeasures {
		p.fault(n.Offset, pointer, schemas.OutOfRange, "%d measures are named; at most %d are allowed", named, maxMeasures)
		return
	}
	lists := make([][]plan.Measured, 1+len(p.ds.Fields)) // of rows, then by field
	for i := range object.Members {
		m := &object.Members[i]
		if m.Doubled {
			continue
		}
		at := schemas.Key(pointer, m.Key)
		f, ok := p.ds.Field(m.Key)
		switch {
		case ok:
			lists[1+f] = p.measuresOf(f, &m.Value, at)
		case m.Key == rowsName:
			lists[0] = p.measuresOf(plan.NoField, &m.Value, at)
		default:
			all := append([]string{rowsName}, p.fieldNames(nil)...)
			p.fault(m.Offset, at, schemas.UnknownField, "there is no field %s%s; there are %s",
				schemas.Quote(m.Key), nearest(m.Key, all), choices(all))
		}
	}
	p.query.Measures = slices.Concat(lists...)
}

// measuresOf reads the measures of a field, or of rows.
func (p *parser) measuresOf(f int, n *schemas.Node, pointer string) []plan.Measured {
	if !p.list(n, pointer, "measures", "name a measure, or leave the field out") {
		return nil
	}
	var measures []plan.Measured
	for i := range n.Items {
		item := &n.Items[i]
		at := schemas.Index(pointer, i)
		if item.Kind != schemas.String {
			p.fault(item.Offset, at, schemas.WrongType, "must be a measure's name, not %s", p.sent(item))
			continue
		}
		m, ok := p.measure(f, item, at)
		switch {
		case !ok:
		case slices.ContainsFunc(measures, func(other plan.Measured) bool { return other.Name == m.Name }):
			p.fault(item.Offset, at, schemas.DuplicateValue, "%s is repeated", schemas.Quote(item.Text))
		default:
			measures = append(measures, plan.Measured{Measure: m, Field: f})
		}
	}
	return measures
}

// measure reads a measure of a field, or of rows.
func (p *parser) measure(f int, n *schemas.Node, pointer string) (*plan.Measure, bool) {
	if f == plan.NoField {
		m, ok := plan.MeasureOfRows(n.Text)
		if !ok {
			p.fault(n.Offset, pointer, schemas.NotInEnum, "%s is no measure of rows; there is count", schemas.Quote(n.Text))
		}
		return m, ok
	}
	field := &p.ds.Fields[f]
	var fit []string
	for _, m := range plan.Measures() {
		if m.Takes(field.Type) {
			fit = append(fit, m.Name)
		}
	}
	m, ok := plan.MeasureNamed(n.Text)
	switch {
	case !ok:
		p.fault(n.Offset, pointer, schemas.NotInEnum, "there is no measure %s%s; the field %s has %s, and percentiles from p0 to p100, such as p95 or p99.9",
			schemas.Quote(n.Text), nearest(n.Text, fit), field.Name, choices(fit))
	case !m.Takes(field.Type):
		p.fault(n.Offset, pointer, schemas.NotInEnum, "the field %s is %s, which has no %s; it has %s", field.Name, article(field.Type), n.Text, choices(fit))
		return nil, false
	}
	return m, ok
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
