package api

// object is a JSON object whose keys keep their order.
type object []member

// member is a key of an object and its value: an object, a list of objects, a
// list of any, or whatever encoding/json takes.
type member struct {
	key   string
	value any
}

// appendJSON appends v, in time that grows with the text alone: encoding/json
// would copy what a Marshaler wrote once for each level above it.
func appendJSON(dst []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case object:
		return v.append(dst)
	case []object:
		return appendList(dst, v)
	case []any:
		return appendList(dst, v)
	default:
		text, err := encode(v)
		return append(dst, text...), err
	}
}

func (o object) append(dst []byte) ([]byte, error) {
	dst = append(dst, '{')
	for i, m := range o {
		if i > 0 {
			dst = append(dst, ',')
		}
		var err error
		if dst, err = appendJSON(dst, m.key); err != nil {
			return dst, err
		}
		if dst, err = appendJSON(append(dst, ':'), m.value); err != nil {
			return dst, err
		}
	}
	return append(dst, '}'), nil
}

func appendList[T any](dst []byte, items []T) ([]byte, error) {
	dst = append(dst, '[')
	for i, item := range items {
		if i > 0 {
			dst = append(dst, ',')
		}
		var err error
		if dst, err = appendJSON(dst, item); err != nil {
			return dst, err
		}
	}
	return append(dst, ']'), nil
}

// get returns the value of the key, or nil.
func (o object) get(key string) any {
	for _, m := range o {
		if m.key == key {
			return m.value
		}
	}
	return nil
}

// with returns the object with one more member, unless the text is empty.
func (o object) with(key, text string) object {
	if text == "" {
		return o
	}
	return append(o, member{key, text})
}

// reference points to a component of the document.
func reference(kind, name string) object {
	return object{{"$ref", componentsPath + kind + "/" + name}}
}

// componentsPath is where a document's components are.
const componentsPath = "#/components/"
