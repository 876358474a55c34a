package schemas

import "github.com/xeipuuv/gojsonschema"

// gojsonschema finds equal items of a list by their float64s, so
// 9007199254740992 and 9007199254740993 are one to it. A document with such a
// list is held against the schema without uniqueItems: to refuse what is right
// is worse than to leave equal items to whoever reads them.

// longestExact is the number of digits up to which literals that differ in
// value differ as float64s too.
const longestExact = 15

// tooNear reports whether some list in the document holds two numbers that
// differ, but not as float64s.
func tooNear(n *Node) bool {
	var long map[float64]*Node
	for i := range n.Items {
		item := &n.Items[i]
		if item.Kind >= Array && tooNear(item) {
			return true
		}
		if item.Kind != Number || len(item.Text) <= longestExact {
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
		if v := &n.Members[i].Value; v.Kind >= Array && tooNear(v) {
			return true
		}
	}
	return false
}

// compileLoose compiles the schema without uniqueItems.
func (s *Schema) compileLoose() (*gojsonschema.Schema, error) {
	document, err := Parse(s.text)
	if err != nil {
		return nil, err
	}
	return gojsonschema.NewSchema(gojsonschema.NewGoLoader(without[bool]("uniqueItems", without[string]("format", document.plain()))))
}
