package page

import (
	"slices"
	"strings"

	"herbarium/datasets"
	"herbarium/schemas"
)

// Conditions that the flat form cannot say, such as any, are in the URL as one
// parameter, query=JSON. A page keeps in it only the members that need it; the others
// become parameters, so that filters show them. What stands beside it holds, too. The
// API takes query=JSON alone, so what is asked of it is one JSON again (joined).

// splitQuery splits a JSON query into parameters and the members that have no flat
// form, "" if there are none. What is no JSON object is returned as it is, to be
// refused.
func splitQuery(body string) (flat []param, rest string) {
	document, err := schemas.Parse([]byte(body))
	if err != nil || document.Kind != schemas.Object || slices.ContainsFunc(document.Members, func(m schemas.Member) bool { return m.Doubled }) {
		return nil, body
	}
	kept := schemas.Node{Kind: schemas.Object}
	for _, m := range document.Members {
		alone := schemas.Node{Kind: schemas.Object, Members: []schemas.Member{m}}
		params := flatParams(string(alone.AppendJSON(nil)))
		switch {
		case len(params) != 1 || params[0].name != "query":
			flat = append(flat, params...)
		case !slices.Contains(settings, m.Key) && m.Key != "measures":
			kept.Members = append(kept.Members, m)
		}
	}
	if len(kept.Members) > 0 {
		rest = string(kept.AppendJSON(nil))
	}
	return flat, rest
}

// nested returns the members of query=JSON; nil where there are none.
func (s *state) nested() []schemas.Member {
	document, err := schemas.Parse([]byte(s.get("query")))
	if err != nil || document.Kind != schemas.Object {
		return nil
	}
	return document.Members
}

// withoutNested returns the state without one member of query=JSON.
func (s *state) withoutNested(key string) *state {
	kept := schemas.Node{Kind: schemas.Object}
	for _, m := range s.nested() {
		if m.Key != key {
			kept.Members = append(kept.Members, m)
		}
	}
	if len(kept.Members) == 0 {
		return s.without("query")
	}
	return s.with("query", string(kept.AppendJSON(nil)))
}

// joined returns parameters as the API takes them: with query=JSON, all that is of the
// query is in it.
func joined(ds *datasets.Dataset, params []param) []param {
	if !slices.ContainsFunc(params, func(p param) bool { return p.name == "query" }) {
		return params
	}
	var within, beside []param
	for _, p := range params {
		if slices.Contains([]string{"page", "per_page", "after", "format", "bom"}, p.name) {
			beside = append(beside, p)
		} else {
			within = append(within, p)
		}
	}
	return append([]param{{"query", bodyOf(ds, within)}}, beside...)
}

// conditionWords says a condition: its parts, all of which hold.
func (b *builder) conditionWords(n *schemas.Node) string {
	var parts []string
	for i := range n.Members {
		parts = append(parts, b.memberWords(&n.Members[i])...)
	}
	if len(parts) == 0 {
		return b.texts.t("every row")
	}
	return strings.Join(parts, b.texts.t("and"))
}

// memberWords says the parts of a member of a condition.
func (b *builder) memberWords(m *schemas.Member) (parts []string) {
	items := m.Value.Items
	if m.Value.Kind != schemas.Array {
		items = []schemas.Node{m.Value}
	}
	switch {
	case m.Value.Kind == schemas.Null:
		return nil // it is absent
	case m.Key == "any":
		for i := range items {
			parts = append(parts, b.grouped(&items[i]))
		}
		return []string{strings.Join(parts, b.texts.t("or"))}
	case m.Key == "not":
		return []string{b.texts.t("not", b.grouped(&m.Value))}
	case m.Key == "missing" || m.Key == "present":
		for i := range items {
			parts = append(parts, b.inWords(param{m.Key, items[i].Text}))
		}
		return parts
	}
	if sel, ok := b.state.dataset.Selector(m.Key); ok {
		for i := range items {
			parts = append(parts, b.valueWords(&items[i]))
		}
		return []string{b.label(sel.Field) + ": " + strings.Join(parts, ", ")}
	}
	for i := range m.Value.Members {
		of := &m.Value.Members[i]
		values := of.Value.Items
		if of.Value.Kind != schemas.Array {
			values = []schemas.Node{of.Value}
		}
		var said []string
		for j := range values {
			said = append(said, b.inWords(param{m.Key + "[" + of.Key + "]", values[j].Text}))
		}
		parts = append(parts, bracketed(said, b.texts.t("or")))
	}
	if parts == nil {
		parts = []string{m.Key + " = " + string(m.Value.AppendJSON(nil))} // which the API refuses
	}
	return parts
}

// grouped says a condition, in brackets if it has several parts.
func (b *builder) grouped(n *schemas.Node) string {
	words := b.conditionWords(n)
	if len(n.Members) > 1 || len(n.Members) == 1 && (len(n.Members[0].Value.Members) > 1 || n.Members[0].Key == "any" && len(n.Members[0].Value.Items) > 1) {
		return "(" + words + ")"
	}
	return words
}

// bracketed joins parts, in brackets if there are several.
func bracketed(parts []string, between string) string {
	if len(parts) == 1 {
		return parts[0]
	}
	return "(" + strings.Join(parts, between) + ")"
}

// valueWords says a value.
func (b *builder) valueWords(n *schemas.Node) string {
	switch n.Kind {
	case schemas.Null:
		return b.texts.t("missing")
	case schemas.String, schemas.Number:
		return n.Text
	default:
		return string(n.AppendJSON(nil))
	}
}
