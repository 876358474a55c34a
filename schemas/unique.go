package schemas

import "github.com/xeipuuv/gojsonschema"

// gojsonschema compares the items of a list as float64s, so it takes
// 9007199254740992 and 9007199254740993 for equal. A document with such a list is
// validated against the schema without uniqueItems. Refusing a correct query
// would be worse than accepting a duplicate, which the query's parser finds.

// maxExactDigits is the number of digits up to which different decimal numbers
// are different float64s.
const maxExactDigits = 15

// equalAsFloats reports whether a list in the document has two numbers that
// differ, but are equal as float64s.
func equalAsFloats(n *Node) bool {
	var long map[float64]*Node
	for i := range n.Items {
		item := &n.Items[i]
		if item.Kind >= Array && equalAsFloats(item) {
			return true
		}
		if item.Kind != Number || len(item.Text) <= maxExactDigits {
			continue
		}
		f, _ := item.Float()
		if other := long[f]; other != nil && CompareNumbers(item, other) != 0 {
			return true
		}
		if long == nil {
			long = map[float64]*Node{}
		}
		long[f] = item
	}
	for i := range n.Members {
		if v := &n.Members[i].Value; v.Kind >= Array && equalAsFloats(v) {
			return true
		}
	}
	return false
}

// compileWithoutUnique compiles the schema without uniqueItems.
func (s *Schema) compileWithoutUnique() (*gojsonschema.Schema, error) {
	document, err := Parse(s.text)
	if err != nil {
		return nil, err
	}
	return gojsonschema.NewSchema(gojsonschema.NewGoLoader(without[bool]("uniqueItems", without[string]("format", document.plain()))))
}
