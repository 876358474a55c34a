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

// Float returns a number's nearest float64, and whether it is finite.
func (n *Node) Float() (float64, bool) {
	f, err := strconv.ParseFloat(n.Text, 64)
	return f, err == nil && !math.IsInf(f, 0)
}
