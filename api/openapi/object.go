package openapi

import "herbarium/schemas"

// object is a JSON object whose keys keep their order, and member a key of it
// with its value.
type (
	object = schemas.Ordered
	member = schemas.Entry
)

// closed describes an object with some of these properties and no others.
func closed(properties object) object {
	return object{{"type", "object"}, {"additionalProperties", false}, {"properties", properties}}
}

// reference points to a component of the document.
func reference(kind, name string) object {
	return object{{"$ref", componentsPath + kind + "/" + name}}
}

// componentsPath is where a document's components are.
const componentsPath = "#/components/"
