package query

import (
	"slices"
	"strings"

	"herbarium/datasets"
	"herbarium/engine/plan"
	"herbarium/schemas"
)

// A named operation presets a part of each query of it. Settle checks that part
// when the descriptor is read. It parses the condition once, for all queries. The
// other preset properties stand in for those that a query does not give, and are
// read with each query: what a sort or a measure may name depends on what the
// query gives itself.

// settled is what Settle keeps of a definition.
type settled struct{ where plan.Condition }

// Settle is a datasets.Settler: it reads what the named operation op of ds presets
// as a query of the operation that it is of.
func Settle(ds *datasets.Dataset, op *datasets.Operation) (any, []schemas.Violation) {
	def := op.Definition
	p := parser{ds: ds, op: def.Of, query: &Query{Dataset: ds, Operation: def.Of}, settling: op}
	s := &settled{}
	if def.Where != nil {
		s.where, _ = p.condition(def.Where, "/where", 0)
	}
	var later later
	for i := range def.Preset {
		p.property(&def.Preset[i], schemas.Key("", def.Preset[i].Key), &later)
	}
	p.groups(&later)
	if later.sort != nil {
		p.sort(later.sort)
	}
	return s, p.told(maxKept)
}

// preset adds what the operation presets and the query does not give. It tells
// which properties these are.
func (p *parser) preset(given *schemas.Node, later *later) {
	if p.op.Definition == nil {
		return
	}
	for _, m := range given.Members {
		if m.Value.Kind != schemas.Null {
			p.given = append(p.given, m.Key)
		}
	}
	for _, m := range p.op.Definition.Preset {
		if slices.ContainsFunc(given.Members, func(g schemas.Member) bool { return replaces(g.Key, m.Key) && g.Value.Kind != schemas.Null }) {
			continue
		}
		p.own = append(p.own, m.Key)
		p.property(&m, schemas.Key("", m.Key), later)
	}
}

// replaces reports whether a query that gives the property does without the one that
// its operation presets. Bins and edges stand for each other.
func replaces(given, preset string) bool {
	return given == preset || given == "bins" && preset == "edges" || given == "edges" && preset == "bins"
}

// besideOwn returns the pointer of what a query gave that the operation's own property
// does not fit: the property that decides what others may be, if it is the query's.
func (p *parser) besideOwn() string {
	for _, property := range []string{"field", "group_by", "measures", "fields"} {
		if slices.Contains(p.given, property) {
			return "/" + property
		}
	}
	return ""
}

// isOwn reports whether the pointer leads to what the operation presets, and not to
// what the query says.
func (p *parser) isOwn(pointer string) bool {
	property, _, _ := strings.Cut(strings.TrimPrefix(pointer, "/"), "/")
	return slices.Contains(p.own, property)
}

// where joins the operation's condition with that of the query.
func (p *parser) where(c plan.Condition) plan.Condition {
	if def := p.op.Definition; def != nil {
		if s, ok := def.Settled.(*settled); ok {
			return plan.And(s.where, c, p.ds)
		}
	}
	return c
}

// selectorOf returns the selector of that name that the operation takes.
func (p *parser) selectorOf(name string) (*datasets.Selector, bool) {
	selectors := p.ds.SelectorsOf(p.op)
	i := slices.IndexFunc(selectors, func(s datasets.Selector) bool { return s.Name == name })
	if i < 0 {
		return nil, false
	}
	return &selectors[i], true
}
