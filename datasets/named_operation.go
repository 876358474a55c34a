package datasets

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"herbarium/schemas"
)

// definitionKeys are the keys of a named operation, beside the query properties
// that it presets.
var definitionKeys = []string{"of", "title", "description", "where", "takes", "page"}

// ownPaths are the segments below a dataset's path that are the server's own, now
// or in a release to come. Its other segments have a dot, which no name has.
var ownPaths = []string{"schema", "explore", "mcp", "versions"}

// pending is a named operation that still has to be settled.
type pending struct {
	op   *Operation
	path string // such as operations.by-month
	at   *yaml.Node
	// values are the nodes of what is preset; a schemas.Node's Offset is an
	// index into them.
	values []*yaml.Node
	// keys are the nodes of the preset query properties, and of where.
	keys map[string]*yaml.Node
	// wrong is set where a value is none that JSON has.
	wrong bool
	// lost is set where it uses a field that was taken out of the descriptor.
	lost bool
}

// operationMapping reads operations as a mapping: built-in ones, which have nothing
// to say, and named ones.
func (d *descriptor) operationMapping(n *yaml.Node) {
	entries := d.mapping(n, "operations", nil)
	known := OperationNames()
	if len(n.Content) == 0 {
		d.fault(n, "operations", "the mapping is empty; allowed: %s, and names of your own", strings.Join(known, ", "))
	}
	for _, e := range entries {
		path := join("operations", e.name)
		if i := slices.Index(known, e.name); i >= 0 {
			d.builtIn(Operations()[i], e.key, path)
			if !(e.value.Kind == yaml.MappingNode && len(e.value.Content) == 0 || e.value.ShortTag() == nullTag) {
				d.fault(e.value, path, "%s is built in and takes nothing here: write %s: {}; an operation of your own has another name, and of: %s", e.name, e.name, e.name)
			}
			continue
		}
		if !d.operationName(e, path, known) {
			continue
		}
		d.named(e, path)
	}
}

// operationName reports whether an operation of the descriptor's own can have the
// name, and says so where it cannot.
func (d *descriptor) operationName(e entry, path string, known []string) bool {
	switch {
	case !datasetName.MatchString(e.name):
		d.fault(e.key, path, "there is no operation %q%s; allowed: %s, and names of your own, which consist of a to z, 0 to 9, _ and -, and begin with a letter",
			e.name, schemas.DidYouMean(e.name, known), strings.Join(known, ", "))
	case slices.Contains(ownPaths, e.name):
		d.fault(e.key, path, "the server uses the path %s itself; choose a name other than %s", e.name, strings.Join(ownPaths, ", "))
	case len(e.name) > maxCollection:
		d.fault(e.key, path, "the name is longer than %d bytes", maxCollection)
	default:
		return true
	}
	return false
}

// named reads a named operation.
func (d *descriptor) named(e entry, path string) {
	if !d.kind(e.value, path, yaml.MappingNode, "a mapping (key: value)") {
		return
	}
	of, ok := d.definedOf(e, path)
	if !ok {
		return
	}
	if lacks := d.lacks(of); lacks != "" {
		if !d.without {
			d.fault(e.value, join(path, "of"), "%s needs %s", of, lacks)
		}
		return
	}
	preset := presettable(of)
	parts := byName(d.mapping(e.value, path, append(slices.Clone(definitionKeys), preset...)))
	def := &Definition{Of: of}
	op := *of
	op.Path, op.Definition = e.name, def
	for _, t := range []struct {
		key    string
		target *string
	}{{"title", &def.Title}, {"description", &def.Description}} {
		if part, ok := parts[t.key]; ok {
			*t.target, _ = d.text(part.value, join(path, t.key))
		}
	}
	p := pending{op: &op, path: path, at: e.key, keys: map[string]*yaml.Node{}}
	for _, property := range append([]string{"where"}, preset...) {
		part, ok := parts[property]
		if !ok {
			continue
		}
		p.keys[property] = part.key
		value, ok := d.json(part.value, join(path, property), &p.values)
		switch {
		case !ok:
			p.wrong = true
		case property == "where":
			def.Where = &value
		case value.Kind == schemas.Null:
			d.fault(part.value, join(path, property), "a value belongs here, not nothing; leave the key out to preset nothing")
		default:
			def.Preset = append(def.Preset, schemas.Member{Key: property, Value: value, Offset: value.Offset})
		}
	}
	if !d.takes(&op, parts, path) {
		return
	}
	if page, ok := parts["page"]; ok {
		def.PageDefault, def.PageMax = d.pageSizes(page.value, join(path, "page"))
	}
	d.ds.Operations = append(d.ds.Operations, &op)
	d.pending = append(d.pending, p)
}

// definedOf reads which built-in operation a named one is of.
func (d *descriptor) definedOf(e entry, path string) (*Operation, bool) {
	known := OperationNames()
	for i := 0; i+1 < len(e.value.Content); i += 2 {
		if e.value.Content[i].Value != "of" {
			continue
		}
		n := e.value.Content[i+1]
		name, ok := d.text(n, join(path, "of"))
		if !ok {
			return nil, false
		}
		of, ok := OperationNamed(name)
		if !ok {
			d.fault(n, join(path, "of"), "there is no operation %q%s; allowed: %s", name, schemas.DidYouMean(name, known), strings.Join(known, ", "))
		}
		return of, ok
	}
	d.fault(e.key, path, "%s is no built-in operation%s, and one of your own needs of: one of %s", e.name, schemas.DidYouMean(e.name, known), strings.Join(known, ", "))
	return nil, false
}

// takes reads what queries of a named operation may say: selectors and query
// properties. Pages and a version they may always name. By default they are selectors and
// bounds. It returns false where one of them is a selector by a field that was taken out.
func (d *descriptor) takes(op *Operation, parts map[string]entry, path string) bool {
	def := op.Definition
	bounds := []string{"lower", "upper", "above", "below"}
	var selectors, allowed []string
	for _, s := range d.ds.Selectors {
		selectors = append(selectors, s.Name)
	}
	for _, name := range op.Takes {
		if !alwaysTaken(name) {
			allowed = append(allowed, name)
		}
	}
	allowed = append(slices.Clip(selectors), allowed...)
	chosen := append(slices.Clip(selectors), bounds...)
	if e, ok := parts["takes"]; ok {
		chosen = nil
		for _, it := range d.texts(e.value, join(path, "takes")) {
			switch {
			case it.text == "version":
				d.fault(it.node, it.path, "a query may always name a version; leave version out")
			case alwaysTaken(it.text):
				d.fault(it.node, it.path, "a query may always say which page it asks for; leave %s out", it.text)
			case !slices.Contains(allowed, it.text) && d.without:
				return false
			case !slices.Contains(allowed, it.text):
				d.fault(it.node, it.path, "%s takes no %s%s; allowed: %s", def.Of, strconv.Quote(it.text), schemas.DidYouMean(it.text, allowed), schemas.List(allowed))
			default:
				chosen = append(chosen, it.text)
			}
		}
	}
	def.Selectors = slices.DeleteFunc(slices.Clone(d.ds.Selectors), func(s Selector) bool { return !slices.Contains(chosen, s.Name) })
	op.Takes = slices.DeleteFunc(slices.Clone(op.Takes), func(name string) bool { return !alwaysTaken(name) && !slices.Contains(chosen, name) })
	return true
}

// settle has the settler check the named operations, once all that they refer to
// is known and right.
func (d *descriptor) settle() {
	for i := range d.pending {
		p := &d.pending[i]
		def := p.op.Definition
		def.PageMax = cmp.Or(def.PageMax, d.ds.PageMax)
		if def.PageDefault = cmp.Or(def.PageDefault, d.ds.PageDefault); def.PageMax > 0 && def.PageDefault > def.PageMax {
			d.fault(p.at, p.path, "the default page %d is above the largest page %d", def.PageDefault, def.PageMax)
		}
		switch {
		case d.settings.settle == nil:
			d.fault(p.at, p.path, "whoever reads this descriptor did not say how to check operations of its own: pass datasets.WithSettler(query.Settle)")
			continue
		case d.unsettled || p.wrong:
			continue
		}
		var violations []schemas.Violation
		def.Settled, violations = d.settings.settle(d.ds, p.op)
		if p.lost = d.without && len(violations) > 0; p.lost {
			continue
		}
		for _, v := range violations {
			d.violation(p, v)
		}
	}
	d.leaveOutLost()
}

// leaveOutLost removes the named operations that use a field that was taken out.
func (d *descriptor) leaveOutLost() {
	d.ds.Operations = slices.DeleteFunc(d.ds.Operations, func(o *Operation) bool {
		return slices.ContainsFunc(d.pending, func(p pending) bool { return p.lost && p.op == o })
	})
	d.pending = slices.DeleteFunc(d.pending, func(p pending) bool { return p.lost })
}

// violation reports what the settler found at the value that it is about.
func (d *descriptor) violation(p *pending, v schemas.Violation) {
	at, path := p.at, p.path
	for i, part := range schemas.PointerParts(v.Pointer) {
		if i == 0 {
			if key, ok := p.keys[part]; ok {
				at, path = key, join(path, part)
				if n := v.Offset(); n > 0 && n <= len(p.values) {
					at = p.values[n-1]
				}
			}
			continue
		}
		if _, err := strconv.Atoi(part); err == nil {
			path += "[" + part + "]"
		} else {
			path = join(path, part)
		}
	}
	d.fault(at, path, "%s", v.Detail)
}
