package datasets

import (
	"encoding/json"
	"math"
	"strconv"

	"gopkg.in/yaml.v3"

	"herbarium/schemas"
)

// json returns a YAML value as the JSON value that a query would have there. Its
// nodes, and the keys of objects, are appended to values; the Offset of a node is
// how many were before it, and 1.
func (r *reader) json(n *yaml.Node, path string, values *[]*yaml.Node) (schemas.Node, bool) {
	*values = append(*values, n)
	to := schemas.Node{Offset: len(*values)}
	switch n.Kind {
	case yaml.MappingNode:
		to.Kind = schemas.Object
		ok := true
		for _, e := range r.mapping(n, path, nil) {
			*values = append(*values, e.key)
			m := schemas.Member{Key: e.name, Offset: len(*values)}
			var valid bool
			m.Value, valid = r.json(e.value, join(path, e.name), values)
			ok = ok && valid
			to.Members = append(to.Members, m)
		}
		return to, ok
	case yaml.SequenceNode:
		to.Kind = schemas.Array
		ok := true
		for i, c := range n.Content {
			item, valid := r.json(c, path+"["+strconv.Itoa(i)+"]", values)
			ok = ok && valid
			to.Items = append(to.Items, item)
		}
		return to, ok
	case yaml.ScalarNode:
		return to, r.jsonScalar(&to, n, path)
	}
	return to, false // an alias, which is reported by reportAliases
}

// jsonScalar sets the kind and the text of a scalar.
func (r *reader) jsonScalar(to *schemas.Node, n *yaml.Node, path string) bool {
	switch n.ShortTag() {
	case nullTag:
	case boolTag:
		to.Kind = schemas.Bool
		if n.Decode(&to.Bool) != nil {
			r.fault(n, path, "true or false belongs here, not %s", describe(n))
			return false
		}
	case integerTag, floatTag:
		to.Kind, to.Text = schemas.Number, n.Value
		if literal, err := schemas.Parse([]byte(n.Value)); err == nil && literal.Kind == schemas.Number {
			return true // with every digit that was written
		}
		var i int64
		var f float64
		switch {
		case n.ShortTag() == integerTag && n.Decode(&i) == nil:
			to.Text = strconv.FormatInt(i, 10)
		case n.Decode(&f) == nil && !math.IsInf(f, 0) && !math.IsNaN(f):
			text, _ := json.Marshal(f) // a finite number
			to.Text = string(text)
		default:
			r.fault(n, path, "a finite number belongs here, not %s", n.Value)
			return false
		}
	case stringTag, timestampTag:
		to.Kind, to.Text = schemas.String, n.Value
	default:
		r.fault(n, path, "a string, a number, true or false belongs here, not a value with the tag %s", n.ShortTag())
		return false
	}
	return true
}
