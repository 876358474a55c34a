package datasets

import (
	"slices"
	"strings"
	"unicode"

	"gopkg.in/yaml.v3"

	"herbarium/schemas"
)

// lookup returns the index of the field that an item names. It reports a fault if
// there is no such field or it does not satisfy fit; want describes fit in the
// message.
func (d *descriptor) lookup(it item, fit func(*Field) bool, want string) (int, bool) {
	i, ok := d.ds.byName[it.text]
	if ok && (d.untyped[i] || fit(&d.ds.Fields[i])) {
		return i, true
	}
	if d.more {
		return 0, false
	}
	var allowed []string
	for j := range d.ds.Fields {
		if f := &d.ds.Fields[j]; !d.untyped[j] && fit(f) {
			allowed = append(allowed, f.Name)
		}
	}
	if ok {
		d.fault(it.node, it.path, "the field %s has type %s; %s (here: %s)", it.text, d.ds.Fields[i].Type, want, schemas.List(allowed))
	} else {
		d.fault(it.node, it.path, "there is no field %q%s; %s (here: %s)", it.text, schemas.DidYouMean(it.text, allowed), want, schemas.List(allowed))
	}
	return 0, false
}

// list reads a list of fields that satisfy fit.
func (d *descriptor) list(n *yaml.Node, path string, fit func(*Field) bool, want string) []int {
	var fields []int
	for _, it := range d.texts(n, path) {
		if i, ok := d.lookup(it, fit, want); ok {
			fields = append(fields, i)
		}
	}
	return fields
}

// fitting returns every field that satisfies fit.
func (d *descriptor) fitting(fit func(*Field) bool) []int {
	var fields []int
	for i := range d.ds.Fields {
		if fit(&d.ds.Fields[i]) {
			fields = append(fields, i)
		}
	}
	return fields
}

func (d *descriptor) selectors() {
	e, ok := d.entries["selectors"]
	if !ok {
		d.defaultSelectors()
		return
	}
	if e.value.Kind == yaml.SequenceNode {
		d.listedSelectors(e.value)
		return
	}
	for _, s := range d.mapping(e.value, "selectors", nil) {
		path := join("selectors", s.name)
		switch {
		case s.name == "" || strings.ContainsFunc(s.name, unicode.IsControl):
			d.fault(s.key, path, "a selector's name must not be empty or have control characters")
		case slices.Contains(reservedProperties, s.name):
			d.fault(s.key, path, "%s is the name of a query property; choose a name other than %s", s.name, strings.Join(reservedProperties, ", "))
		case nestedParameter.MatchString(s.name):
			d.fault(s.key, path, "in a URL, %s means a part of a query property; choose a name that does not begin with %s", s.name, nestedParameter.FindString(s.name))
		}
		name, ok := d.text(s.value, path)
		if !ok {
			continue
		}
		if i, ok := d.lookup(item{name, path, s.value}, (*Field).selectable, selectorNeeds); ok {
			d.ds.Selectors = append(d.ds.Selectors, Selector{s.name, i})
		}
	}
}

const selectorNeeds = "a selector needs a string, boolean, integer or date field"

// listedSelectors reads selectors that have the names of their fields.
func (d *descriptor) listedSelectors(n *yaml.Node) {
	for _, it := range d.texts(n, "selectors") {
		i, ok := d.lookup(it, (*Field).selectable, selectorNeeds)
		switch {
		case !ok:
		case !ValidSelector(it.text):
			d.fault(it.node, it.path, "the selector %s would have the name of a query property; write selectors: {NAME: %s}", it.text, it.text)
		default:
			d.ds.Selectors = append(d.ds.Selectors, Selector{it.text, i})
		}
	}
}

// defaultSelectors adds a selector of the same name for every field that can
// have one, unless a query property has that name.
func (d *descriptor) defaultSelectors() {
	d.ds.SelectorsByDefault = true
	for i := range d.ds.Fields {
		if f := &d.ds.Fields[i]; f.selectable() && ValidSelector(f.Name) && !d.untyped[i] {
			d.ds.Selectors = append(d.ds.Selectors, Selector{f.Name, i})
		}
	}
}

func (d *descriptor) bounds() {
	if e, ok := d.entries["bounds"]; ok {
		d.ds.Bounds = d.list(e.value, "bounds", (*Field).bounded, "bounds need number, integer, date or date-time fields, or strings with ordered: true")
		slices.Sort(d.ds.Bounds)
		return
	}
	d.ds.Bounds, d.ds.BoundsByDefault = d.fitting((*Field).bounded), true
}

func (d *descriptor) stats() {
	var parts map[string]entry
	if e, ok := d.entries["stats"]; ok {
		parts = byName(d.mapping(e.value, "stats", statsKeys))
	}
	if e, ok := parts["fields"]; ok {
		d.ds.StatsFields = d.list(e.value, "stats.fields", (*Field).Numeric, "statistics are of number and integer fields")
		d.ds.StatsOrder = slices.Clone(d.ds.StatsFields)
		slices.Sort(d.ds.StatsFields)
	} else {
		d.ds.StatsFields = d.fitting((*Field).Numeric)
	}
	e, ok := parts["group_by"]
	if !ok {
		return
	}
	if e.value.Kind == yaml.SequenceNode {
		d.ds.GroupBy = d.list(e.value, "stats.group_by", anyField, "groups are by any field")
	} else if name, ok := d.text(e.value, "stats.group_by"); ok {
		if i, ok := d.lookup(item{name, "stats.group_by", e.value}, anyField, "groups are by any field"); ok {
			d.ds.GroupBy = []int{i}
		}
	}
}

func anyField(*Field) bool { return true }

func (d *descriptor) operations() {
	e, ok := d.entries["operations"]
	if !ok {
		// An operation that could not name its columns, or that no field fits, is left
		// out; where the descriptor names it, that is a fault.
		for _, o := range Operations() {
			switch {
			case d.lacks(o) != "":
			case d.clashesWithGroup(o):
				d.ds.LeftOut = append(d.ds.LeftOut, o)
			default:
				d.ds.Operations = append(d.ds.Operations, o)
			}
		}
		return
	}
	if e.value.Kind == yaml.MappingNode {
		d.operationMapping(e.value)
		return
	}
	known := OperationNames()
	if e.value.Kind == yaml.SequenceNode && len(e.value.Content) == 0 {
		d.fault(e.value, "operations", "the list is empty; allowed: %s", strings.Join(known, ", "))
	}
	for _, it := range d.texts(e.value, "operations") {
		i := slices.Index(known, it.text)
		if i < 0 {
			d.fault(it.node, it.path, "there is no operation %q%s; allowed: %s", it.text, schemas.DidYouMean(it.text, known), strings.Join(known, ", "))
			continue
		}
		d.builtIn(Operations()[i], it.node, it.path)
	}
}

// builtIn adds a built-in operation that the descriptor names, if the dataset has the
// fields that it needs.
func (d *descriptor) builtIn(o *Operation, at *yaml.Node, path string) {
	lacks := d.lacks(o)
	switch {
	case lacks == "":
		d.ds.Operations = append(d.ds.Operations, o)
	case !d.without:
		d.fault(at, path, "%s needs %s", o, lacks)
	}
}

// lacks returns which fields the operation needs that the dataset does not have; "" for none.
func (d *descriptor) lacks(o *Operation) string {
	switch {
	case !slices.ContainsFunc(d.ds.Fields, func(f Field) bool { return o.FieldTypes(f.Type) }):
		return "a field that is a number, an integer, a date or a date-time, and the dataset has none"
	case o.Rows == PerPair && len(o.Answerable(d.ds)) < o.LeastFields():
		return "two fields that are numbers or integers, and the dataset has fewer"
	}
	return ""
}

func (d *descriptor) key() {
	if e, ok := d.entries["key"]; ok {
		d.ds.Key = d.list(e.value, "key", anyField, "a key is made of fields")
	}
}

func (d *descriptor) page() {
	if e, ok := d.entries["page"]; ok {
		d.ds.PageDefault, d.ds.PageMax = d.pageSizes(e.value, "page")
	}
}

// pageSizes reads page sizes; 0 where one is not given.
func (d *descriptor) pageSizes(n *yaml.Node, path string) (byDefault, largest int64) {
	parts := byName(d.mapping(n, path, pageKeys))
	if p, ok := parts["max"]; ok {
		largest = d.positive(p.value, join(path, "max"))
	}
	if p, ok := parts["default"]; ok {
		byDefault = d.positive(p.value, join(path, "default"))
	}
	if largest > 0 && byDefault > largest {
		d.fault(parts["default"].value, join(path, "default"), "the default %d is above the largest page %d", byDefault, largest)
		byDefault = 0
	}
	return byDefault, largest
}

// clashesWithGroup reports whether a column of the operation has the name of a group.
func (d *descriptor) clashesWithGroup(o *Operation) bool {
	return slices.ContainsFunc(o.GroupsByDefault(d.ds), func(g int) bool {
		return slices.ContainsFunc(o.fixedColumns(), func(column string) bool { return NamesClash(d.ds.Fields[g].Name, column) })
	})
}

// answerKeys refuses two columns of one answer that would have one name, or
// of which one would hold the other.
func (d *descriptor) answerKeys() {
	for _, o := range d.ds.Operations {
		if def := o.Definition; def != nil && (def.Presets("group_by") || d.ds.Offers(def.Of)) {
			continue
		}
		for _, g := range o.GroupsByDefault(d.ds) {
			d.answerKey(g, o)
		}
	}
}

// answerKey refuses a group beside the other columns of an operation's answer.
func (d *descriptor) answerKey(g int, o *Operation) {
	group := d.ds.Fields[g].Name
	refuse := func(column, what string) {
		d.fault(d.keys[g], join("fields", group), "an answer cannot hold the group %s beside %s, %s; rename a field, or do not group by %s",
			group, column, what, group)
	}
	for _, column := range o.fixedColumns() {
		if NamesClash(group, column) {
			refuse(column, "a column of "+o.Path)
		}
	}
	for _, m := range o.Measures {
		if m.Of != OfStatsField {
			continue
		}
		for _, s := range d.ds.StatsFields {
			field := d.ds.Fields[s].Name
			if column := MeasureName(m.Measure, field); NamesClash(group, column) {
				refuse(column, "the "+m.Measure+" of "+field)
			}
		}
	}
}
