package auth

import (
	"encoding/json"
	"slices"
	"strings"

	"herbarium/datasets"
	"herbarium/schemas"
)

// A condition of a policy can have claims of the caller's token in it. A string that
// is $claim.NAME as a whole stands for the claim's value, and as an item of a list
// for each value of a claim that is a list. The condition was parsed before, and the
// values take their places in its tree: whatever is in a token, it is a value and
// never a key, an operator or another condition.

// claimSign begins a claim in a condition.
const claimSign = "$claim"

// claimOf returns the name of the claim that a string stands for.
func claimOf(text string) (name string, ok bool) { return strings.CutPrefix(text, claimSign+".") }

// claimValues returns the values of a claim for a place in a condition; inList says
// that several fit there. keys are those of the objects around the place. No value
// means that the caller has none.
type claimValues func(name string, keys []string, inList bool) []schemas.Node

// fill returns the condition with the values of claims, and false if one has none.
func fill(n *schemas.Node, values claimValues, keys ...string) (schemas.Node, bool) {
	filled := *n
	switch n.Kind {
	case schemas.String:
		if name, ok := claimOf(n.Text); ok {
			found := values(name, keys, false)
			if len(found) != 1 {
				return filled, false
			}
			return found[0], true
		}
	case schemas.Array:
		filled.Items = nil
		for i := range n.Items {
			if name, ok := claimOf(n.Items[i].Text); ok && n.Items[i].Kind == schemas.String {
				found := values(name, keys, true)
				if len(found) == 0 {
					return filled, false
				}
				filled.Items = append(filled.Items, found...)
				continue
			}
			item, ok := fill(&n.Items[i], values, keys...)
			if !ok {
				return filled, false
			}
			filled.Items = append(filled.Items, item)
		}
		filled.Items = distinct(filled.Items)
	case schemas.Object:
		filled.Members = slices.Clone(n.Members)
		for i := range filled.Members {
			m := &filled.Members[i]
			value, ok := fill(&m.Value, values, append(slices.Clip(keys), m.Key)...)
			if !ok {
				return filled, false
			}
			m.Value = value
		}
	}
	return filled, true
}

// distinct leaves out scalars that were there before: a claim may have a value that
// the list has, too.
func distinct(items []schemas.Node) []schemas.Node {
	seen := map[string]bool{}
	return slices.DeleteFunc(items, func(n schemas.Node) bool {
		text := string(n.AppendJSON(nil))
		twice := seen[text] && n.Kind != schemas.Object && n.Kind != schemas.Array
		seen[text] = true
		return twice
	})
}

// claimNames adds the names of the claims in a condition.
func claimNames(n *schemas.Node, names []string) []string {
	if name, ok := claimOf(n.Text); ok && n.Kind == schemas.String && !slices.Contains(names, name) {
		names = append(names, name)
	}
	for i := range n.Items {
		names = claimNames(&n.Items[i], names)
	}
	for i := range n.Members {
		names = claimNames(&n.Members[i].Value, names)
	}
	return names
}

// scalars returns the values of a claim: itself, or the items of a list. A null, an
// object or a nested list is no value.
func scalars(claim json.RawMessage) (values []schemas.Node, list bool) {
	n, err := schemas.Parse(claim)
	if err != nil {
		return nil, false
	}
	all := []schemas.Node{*n}
	if list = n.Kind == schemas.Array; list {
		all = n.Items
	}
	for _, v := range all {
		if v.Kind == schemas.Null || v.Kind == schemas.Array || v.Kind == schemas.Object {
			return nil, list
		}
	}
	return all, list
}

// values are the claims of the caller as a condition takes them. A list takes the
// place of a whole selector, too, as in {"region": "$claim.regions"}.
func (c *Caller) values(name string, _ []string, inList bool) []schemas.Node {
	found, list := scalars(c.claims[name])
	if list && !inList && len(found) > 0 {
		return []schemas.Node{{Kind: schemas.Array, Items: distinct(found)}}
	}
	return found
}

// samples stand for claims while a condition is checked, before there is a caller:
// a value of the type that the field at the place takes.
func samples(ds *datasets.Dataset) claimValues {
	return func(_ string, keys []string, _ bool) []schemas.Node {
		for _, key := range slices.Backward(keys) {
			i, ok := ds.Field(key)
			if selector, is := ds.Selector(key); is {
				i, ok = selector.Field, true
			}
			if ok {
				return []schemas.Node{sample(&ds.Fields[i])}
			}
		}
		return []schemas.Node{{Kind: schemas.String, Text: "x"}}
	}
}

// sample is a value of the field's type.
func sample(f *datasets.Field) schemas.Node {
	if values := f.EnumValues(); len(values) > 0 {
		if text, err := schemas.AppendJSON(nil, values[0]); err == nil {
			if n, err := schemas.Parse(text); err == nil {
				return *n
			}
		}
	}
	switch f.Type {
	case datasets.Number, datasets.Integer:
		return schemas.Node{Kind: schemas.Number, Text: "1"}
	case datasets.Boolean:
		return schemas.Node{Kind: schemas.Bool, Bool: true}
	case datasets.Date:
		return schemas.Node{Kind: schemas.String, Text: "2020-01-01"}
	case datasets.DateTime:
		return schemas.Node{Kind: schemas.String, Text: "2020-01-01T00:00:00Z"}
	default:
		return schemas.Node{Kind: schemas.String, Text: "x"}
	}
}
