package schemas

import (
	"math"
	"strconv"
)

// Kind is the kind of a JSON value.
type Kind uint8

// The kinds of JSON values.
const (
	Null Kind = iota
	Bool
	Number
	String
	Array
	Object
)

// String returns what messages call the kind: "a number", "null".
func (k Kind) String() string {
	return [...]string{"null", "a boolean", "a number", "a string", "an array", "an object"}[k]
}

// Node is a JSON value and its position in the text.
type Node struct {
	Kind    Kind
	Bool    bool
	Text    string // a string's text, a number's literal
	Items   []Node // of an array
	Members []Member
	Offset  int // of the value's first byte
}

// Member is one key of an object and its value.
type Member struct {
	Key    string
	Offset int // of the key's first byte
	Value  Node
	// Doubled is true if an earlier member of the object has the same key.
	Doubled bool
}

// AppendJSON writes the value as compact JSON. A key that an object has twice is
// written twice.
func (n *Node) AppendJSON(dst []byte) []byte {
	switch n.Kind {
	case Null:
		return append(dst, "null"...)
	case Bool:
		return strconv.AppendBool(dst, n.Bool)
	case Number:
		return append(dst, n.Text...)
	case String:
		return AppendString(dst, n.Text)
	case Array:
		dst = append(dst, '[')
		for i := range n.Items {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = n.Items[i].AppendJSON(dst)
		}
		return append(dst, ']')
	default:
		dst = append(dst, '{')
		for i := range n.Members {
			if i > 0 {
				dst = append(dst, ',')
			}
			m := &n.Members[i]
			dst = m.Value.AppendJSON(append(AppendString(dst, m.Key), ':'))
		}
		return append(dst, '}')
	}
}

// Float returns a number's nearest float64, and whether it is finite.
func (n *Node) Float() (float64, bool) {
	f, err := strconv.ParseFloat(n.Text, 64)
	return f, err == nil && !math.IsInf(f, 0)
}
