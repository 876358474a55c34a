package openapi

import "herbarium/schemas"

// object is a JSON object whose keys keep their order, and member a key of it
// with its value.
type (
	object = schemas.Ordered
	member = schemas.Entry
)

// reference points to a component of the document.
func reference(kind, name string) object {
	return object{{"$ref", componentsPath + kind + "/" + name}}
}

// componentsPath is where a document's components are.
const componentsPath = "#/components/"
