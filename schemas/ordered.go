package schemas

import (
	"bytes"
	"encoding/json"
)

// Ordered is a JSON object whose keys keep their order.
type Ordered []Entry

// Entry is a key of an Ordered and its value, of any type that AppendJSON
// accepts.
type Entry = struct {
	Key   string
	Value any
}

// AppendJSON appends v as JSON: an Ordered, a list of them, or anything that
// encoding/json accepts. It does not escape HTML characters. Its time is linear
// in the length of the text; encoding/json would copy the output of a Marshaler
// once for each level above it. Errors are those of encoding/json.
func AppendJSON(dst []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case Ordered:
		return v.append(dst)
	case []Ordered:
		return appendList(dst, v)
	case []any:
		return appendList(dst, v)
	case []string:
		return appendList(dst, v)
	case string:
		return AppendString(dst, v), nil
	default:
		return appendEncoded(dst, v)
	}
}

func (o Ordered) append(dst []byte) ([]byte, error) {
	dst = append(dst, '{')
	for i, e := range o {
		if i > 0 {
			dst = append(dst, ',')
		}
		var err error
		if dst, err = AppendJSON(append(AppendString(dst, e.Key), ':'), e.Value); err != nil {
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
		if dst, err = AppendJSON(dst, item); err != nil {
			return dst, err
		}
	}
	return append(dst, ']'), nil
}

func appendEncoded(dst []byte, v any) ([]byte, error) {
	b := bytes.NewBuffer(dst)
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return dst, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// Get returns the value of key, or nil if there is none.
func (o Ordered) Get(key string) any {
	for _, e := range o {
		if e.Key == key {
			return e.Value
		}
	}
	return nil
}

// With returns the object with the member appended, or unchanged if text is empty.
func (o Ordered) With(key, text string) Ordered {
	if text == "" {
		return o
	}
	return append(o, Entry{key, text})
}
