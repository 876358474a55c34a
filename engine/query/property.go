package query

import (
	"slices"
	"strings"

	"herbarium/datasets"
	"herbarium/schemas"
)

// refuse reports a property that other operations take, or other queries.
func (p *parser) refuse(m *schemas.Member, pointer string) {
	allowed := p.properties()
	if def := p.op.Definition; def != nil && def.Presets(m.Key) {
		p.fault(m.Offset, pointer, schemas.UnknownProperty, "%s presets %s, which a query cannot replace; a query of it has %s",
			p.op, m.Key, choices(allowed))
		return
	}
	p.fault(m.Offset, pointer, schemas.UnknownProperty, "%s takes no %s%s; a query of it has %s",
		p.op, m.Key, nearest(m.Key, allowed), choices(allowed))
}

// unknown reports a property that what (a query or a condition) does not have. If it
// is a field, the fault says how to ask for it.
func (p *parser) unknown(m *schemas.Member, pointer, what string, allowed []string) {
	f, ok := p.ds.Field(m.Key)
	if !ok {
		p.fault(m.Offset, pointer, schemas.UnknownProperty, "there is no property %s%s; %s has %s",
			schemas.Quote(m.Key), property{m.Key, allowed}, what, choices(allowed))
		return
	}
	for _, s := range p.ds.SelectorsOf(p.op) {
		if s.Field == f {
			p.fault(m.Offset, pointer, schemas.UnknownProperty, "the field %s is picked by the selector %s; %s has %s",
				schemas.Quote(m.Key), schemas.Quote(s.Name), what, choices(allowed))
			return
		}
	}
	bounds := ""
	if slices.Contains(p.ds.Bounds, f) {
		bounds = ", but it takes bounds: lower, upper, above and below"
	}
	if p.ds.SelectorsByDefault && !datasets.ValidSelector(m.Key) {
		bounds += ", since its name is a word of queries; the descriptor can name one: selectors: {NAME: " + m.Key + "}"
	}
	p.fault(m.Offset, pointer, schemas.UnknownProperty, "the field %s has no selector%s; %s has %s",
		schemas.Quote(m.Key), bounds, what, choices(allowed))
}

// property is the hint at the property that an unknown one stands for: the nearest, or
// the one that does what the name means elsewhere.
type property suggestion

func (p property) String() string {
	near, word := schemas.DidYouMean(p.name, p.allowed), ""
	switch strings.TrimPrefix(strings.ToLower(p.name), "$") {
	case "limit", "size", "page_size", "pagesize":
		word = "per_page"
	case "offset", "skip":
		word = "page"
	case "select", "columns":
		word = "fields"
	case "order", "order_by", "orderby", "sort_by":
		word = "sort"
	case "group", "groupby":
		word = "group_by"
	}
	if near != "" || !slices.Contains(p.allowed, word) {
		return near
	}
	return " (did you mean " + word + "?)"
}

func (p *parser) properties() []string {
	return append(p.selectorNames(), p.op.Takes...)
}

func (p *parser) selectorNames() []string {
	selectors := p.ds.SelectorsOf(p.op)
	names := make([]string, len(selectors))
	for i, s := range selectors {
		names[i] = s.Name
	}
	return names
}

func (p *parser) conditionProperties() []string {
	names := p.selectorNames()
	for _, name := range p.op.Takes {
		if datasets.IsConditionProperty(name) {
			names = append(names, name)
		}
	}
	return names
}
