package schemas

import (
	"embed"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/xeipuuv/gojsonschema"
)

// Files holds the schemas that ship: dataset.schema.json, which describes
// descriptors, and the hand-written query schemas.
//
//go:embed *.schema.json
var Files embed.FS

// Schema is a compiled JSON Schema. It is safe for concurrent use.
type Schema struct {
	text     []byte
	compiled *gojsonschema.Schema
	// withoutUnique returns the schema compiled without uniqueItems, which it does
	// when a document first needs it (see equalAsFloats).
	withoutUnique func() (*gojsonschema.Schema, error)
}

// Compile compiles a JSON Schema of draft 7. The keyword format is ignored,
// because gojsonschema's "date-time" differs from ours. A $ref must stay within
// the schema.
func Compile(text []byte) (*Schema, error) {
	document, err := Parse(text)
	if err != nil {
		return nil, fmt.Errorf("read schema: %w", err)
	}
	if ref := externalRef(document); ref != "" {
		return nil, fmt.Errorf("compile schema: $ref %q leads out of the file; a schema must be self-contained", ref)
	}
	compiled, err := gojsonschema.NewSchema(gojsonschema.NewGoLoader(without[string]("format", distinctAsFloats(document.plain()))))
	if err != nil {
		return nil, fmt.Errorf("compile schema: %w", err)
	}
	s := &Schema{text: text, compiled: compiled}
	s.withoutUnique = sync.OnceValues(s.compileWithoutUnique)
	return s, nil
}

// externalRef returns a $ref to another file or host, which gojsonschema would
// fetch, or "" if there is none.
func externalRef(n *Node) string {
	for i := range n.Items {
		if ref := externalRef(&n.Items[i]); ref != "" {
			return ref
		}
	}
	for i := range n.Members {
		m := &n.Members[i]
		if m.Key == "$ref" && m.Value.Kind == String && !strings.HasPrefix(m.Value.Text, "#") {
			return m.Value.Text
		}
		if ref := externalRef(&m.Value); ref != "" {
			return ref
		}
	}
	return ""
}

// without removes a keyword from a schema and all of its subschemas. The type T
// of the keyword's value tells it from a property of the same name, whose value
// is a schema.
func without[T any](keyword string, schema any) any {
	switch s := schema.(type) {
	case map[string]any:
		if _, ok := s[keyword].(T); ok {
			delete(s, keyword)
		}
		for _, v := range s {
			without[T](keyword, v)
		}
	case []any:
		for _, v := range s {
			without[T](keyword, v)
		}
	}
	return schema
}

// JSON returns the schema's text. The caller must not change it.
func (s *Schema) JSON() []byte { return s.text }

// apply validates the document. It turns a panic into an error: gojsonschema
// panics when it compares numbers beyond float64.
func (s *Schema) apply(document *Node) (result *gojsonschema.Result, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("apply the schema: %v", fault)
		}
	}()
	compiled := s.compiled
	if equalAsFloats(document) {
		if compiled, err = s.withoutUnique(); err != nil {
			return nil, err
		}
	}
	return compiled.Validate(gojsonschema.NewRawLoader(document.plain()))
}

// Validate returns the rules that the document violates, in the order of the
// document. It returns nil if there are none.
func (s *Schema) Validate(document *Node) []Violation {
	result, err := s.apply(document)
	if err != nil {
		return []Violation{At(document.Offset, "", Refused, "the schema could not be applied to the document")}
	}
	if result.Valid() {
		return nil
	}
	var violations []Violation
	seen := map[Violation]bool{}
	for _, e := range result.Errors() {
		v, ok := translate(document, e)
		if ok && !seen[v] {
			seen[v] = true
			violations = append(violations, v)
		}
	}
	if violations == nil {
		violations = []Violation{At(document.Offset, "", Refused, "the document matches none of the forms that the schema allows")}
	}
	Sort(violations)
	return violations
}

// plain returns the value in the form that gojsonschema expects.
func (n *Node) plain() any {
	switch n.Kind {
	case Bool:
		return n.Bool
	case Number:
		return bounded(n.Text)
	case String:
		return n.Text
	case Array:
		items := make([]any, len(n.Items))
		for i := range n.Items {
			items[i] = n.Items[i].plain()
		}
		return items
	case Object:
		members := make(map[string]any, len(n.Members))
		for i := range n.Members {
			if m := &n.Members[i]; !m.Doubled {
				members[m.Key] = m.Value.plain()
			}
		}
		return members
	default:
		return nil
	}
}

// pathSeparator separates the keys of a gojsonschema context. A key that contains
// it only gives its sender a wrong pointer.
const pathSeparator = "\x00/\x00"

// codes maps gojsonschema's types of error to codes. Those that map to "" are
// left out, because they only repeat the errors of a subschema.
var codes = map[string]Code{
	"invalid_type":                    WrongType,
	"enum":                            NotInEnum,
	"const":                           NotInEnum,
	"array_min_items":                 TooFew,
	"array_min_properties":            TooFew,
	"unique":                          DuplicateValue,
	"additional_property_not_allowed": UnknownProperty,
	"number_gte":                      OutOfRange,
	"number_gt":                       OutOfRange,
	"number_lte":                      OutOfRange,
	"number_lt":                       OutOfRange,
	"number_any_of":                   "",
	"number_one_of":                   "",
	"number_all_of":                   "",
	"condition_then":                  "",
	"condition_else":                  "",
}

// translate turns an error of gojsonschema into a violation. The violation points
// to the exact value: the second of two equal items, the unknown property. It
// returns false for an error that only repeats others.
func translate(document *Node, e gojsonschema.ResultError) (Violation, bool) {
	code, known := codes[e.Type()]
	if !known {
		code = Refused
	}
	if code == "" {
		return Violation{}, false
	}
	node, pointer := document, ""
	offset := document.Offset
	step := func(key string) {
		if node == nil {
			return
		}
		switch node.Kind {
		case Object:
			pointer = Key(pointer, key)
			for i := range node.Members {
				if m := &node.Members[i]; m.Key == key {
					offset, node = m.Value.Offset, &m.Value
					return
				}
			}
		case Array:
			if i, err := strconv.Atoi(key); err == nil && i < len(node.Items) {
				pointer = Index(pointer, i)
				offset, node = node.Items[i].Offset, &node.Items[i]
				return
			}
		}
		node = nil
	}
	for _, key := range strings.Split(e.Context().String(pathSeparator), pathSeparator)[1:] {
		step(key)
	}
	switch e.Type() {
	case "unique":
		if j, ok := e.Details()["j"].(int); ok {
			step(strconv.Itoa(j))
		}
	case "additional_property_not_allowed":
		if key, ok := e.Details()["property"].(string); ok {
			if pointer != "" {
				code = UnknownField
			}
			step(key)
		}
	}
	return At(offset, pointer, code, e.Description()), true
}
