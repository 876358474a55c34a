package schemas

import (
	"encoding/json"
	"slices"

	"github.com/xeipuuv/gojsonschema"
)

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

// The same comparison refuses a schema whose enum has two such numbers. One of them
// stands for both.

// distinctAsFloats removes from every enum the numbers that are equal to an earlier
// one as float64s, and returns the schema.
func distinctAsFloats(schema any) any {
	switch s := schema.(type) {
	case map[string]any:
		if values, ok := s["enum"].([]any); ok {
			s["enum"] = distinctNumbers(values)
		}
		for _, v := range s {
			distinctAsFloats(v)
		}
	case []any:
		for _, v := range s {
			distinctAsFloats(v)
		}
	}
	return schema
}

// distinctNumbers removes the numbers that are equal as float64s, but are not
// written alike: an enum that has one number twice is wrong.
func distinctNumbers(values []any) []any {
	seen := map[float64]json.Number{}
	return slices.DeleteFunc(slices.Clone(values), func(v any) bool {
		n, ok := v.(json.Number)
		if !ok || len(n) <= maxExactDigits {
			return false
		}
		f, err := n.Float64()
		other, known := seen[f]
		if !known {
			seen[f] = n
		}
		return err == nil && known && other != n
	})
}

// compileWithoutUnique compiles the schema without uniqueItems.
func (s *Schema) compileWithoutUnique() (*gojsonschema.Schema, error) {
	document, err := Parse(s.text)
	if err != nil {
		return nil, err
	}
	return gojsonschema.NewSchema(gojsonschema.NewGoLoader(without[bool]("uniqueItems", without[string]("format", distinctAsFloats(document.plain())))))
}
