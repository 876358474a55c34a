package datasets

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"gopkg.in/yaml.v3"

	"herbarium/schemas"
)

// The short tags of YAML that matter here.
const (
	mergeTag     = "!!merge"
	nullTag      = "!!null"
	boolTag      = "!!bool"
	integerTag   = "!!int"
	floatTag     = "!!float"
	stringTag    = "!!str"
	timestampTag = "!!timestamp"
)

// maxFaults is how many faults of one file are reported. Later ones often follow
// from the first.
const maxFaults = 100

// reader reads values from a YAML tree and gathers faults.
type reader struct {
	faults []Fault
	// more is set if there are more than maxFaults.
	more    bool
	lines   int          // of the file; 0 until it is read
	aliased []*yaml.Node // the aliases, in the order of the file
	// what is the file in words, such as "an auth file", and begin what it begins
	// with; "" for a descriptor.
	what, begin string
}

// noun says what the file is.
func (r *reader) noun() string { return cmp.Or(r.what, "a descriptor") }

func (r *reader) fault(n *yaml.Node, path, format string, args ...any) {
	if r.more = len(r.faults) == maxFaults; r.more {
		return
	}
	f := Fault{max(1, n.Line), max(1, n.Column), path, fmt.Sprintf(format, args...)}
	if r.lines > 0 && f.Line > r.lines {
		f.Line, f.Column = r.lines, 1 // yaml.v3 puts an empty node after the last line
	}
	r.faults = append(r.faults, f)
}

// sorted returns the faults in the order of the file.
func (r *reader) sorted() []Fault {
	slices.SortStableFunc(r.faults, func(a, b Fault) int {
		return cmp.Or(a.Line-b.Line, a.Column-b.Column)
	})
	if r.more {
		last := r.faults[len(r.faults)-1]
		r.faults = append(r.faults, Fault{last.Line, last.Column, "", "there are more faults, which are not listed"})
	}
	return r.faults
}

// entry is one key of a mapping and its value.
type entry struct {
	name  string
	key   *yaml.Node
	value *yaml.Node
}

// mapping returns the entries of a mapping, each key once. Where known is not
// nil, other keys are faults.
func (r *reader) mapping(n *yaml.Node, path string, known []string) []entry {
	if !r.kind(n, path, yaml.MappingNode, "a mapping (key: value)") {
		return nil
	}
	var entries []entry
	seen := map[string]int{} // lines, by key
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if key.Kind == yaml.AliasNode || key.ShortTag() == mergeTag {
			continue // reported by findAliases and reportAliases
		}
		if !isText(key) {
			r.fault(key, path, "a key must be a string, not %s%s", describe(key), quoteHint(key))
			continue
		}
		at := join(path, key.Value)
		if line, ok := seen[key.Value]; ok {
			r.fault(key, at, "the key is on line %d already", line)
			continue
		}
		seen[key.Value] = key.Line
		if known != nil && !slices.Contains(known, key.Value) {
			r.fault(key, at, "there is no such key%s; allowed: %s",
				schemas.DidYouMean(key.Value, known), strings.Join(known, ", "))
			continue
		}
		entries = append(entries, entry{key.Value, key, value})
	}
	return entries
}

// byName returns the entries by their names.
func byName(entries []entry) map[string]entry {
	m := make(map[string]entry, len(entries))
	for _, e := range entries {
		m[e.name] = e
	}
	return m
}

func (r *reader) kind(n *yaml.Node, path string, kind yaml.Kind, want string) bool {
	if n.Kind != kind && n.Kind != yaml.AliasNode { // aliases are reported by reportAliases
		r.fault(n, path, "%s belongs here, not %s", want, describe(n))
	}
	return n.Kind == kind
}

// isText reports whether a node is a string. So is a plain 2019-03-23, as in
// YAML 1.2 and in editors.
func isText(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && (n.ShortTag() == stringTag || n.ShortTag() == timestampTag)
}

// text reads a string.
func (r *reader) text(n *yaml.Node, path string) (string, bool) {
	if !r.kind(n, path, yaml.ScalarNode, "a string") {
		return "", false
	}
	if !isText(n) {
		r.fault(n, path, "a string belongs here, not %s%s", describe(n), quoteHint(n))
		return "", false
	}
	return n.Value, true
}

func (r *reader) boolean(n *yaml.Node, path string) bool {
	var b bool
	if !r.kind(n, path, yaml.ScalarNode, "true or false") {
		return false
	}
	if n.ShortTag() != boolTag || n.Decode(&b) != nil {
		r.fault(n, path, "true or false belongs here, not %s", describe(n))
	}
	return b
}

// integer reads an int64.
func (r *reader) integer(n *yaml.Node, path string) (int64, bool) {
	if !r.kind(n, path, yaml.ScalarNode, "an integer") {
		return 0, false
	}
	i, ok := integerOf(n)
	if !ok {
		r.fault(n, path, "an integer belongs here, not %s", describe(n))
	}
	return i, ok
}

// positive reads an integer from 1 to 2^53-1. It returns 0 after a fault.
func (r *reader) positive(n *yaml.Node, path string) int64 {
	if !r.kind(n, path, yaml.ScalarNode, "an integer") {
		return 0
	}
	i, ok := integerOf(n)
	if !ok || i < 1 || i > MaxSafeInteger {
		r.fault(n, path, "an integer from 1 to %d belongs here, not %s", int64(MaxSafeInteger), describe(n))
		return 0
	}
	return i
}

// integerOf returns a scalar's value as an int64, and whether it is one. As in JSON
// Schema, 1e3 and 5.0 are integers.
func integerOf(n *yaml.Node) (int64, bool) {
	var i int64
	var f float64
	switch tag := n.ShortTag(); {
	case tag == integerTag && n.Decode(&i) == nil:
		return i, true
	case tag == floatTag && n.Decode(&f) == nil && f == math.Trunc(f) && math.Abs(f) <= MaxSafeInteger:
		return int64(f), true
	}
	return 0, false
}

// item is a string in a list, with its position.
type item struct {
	text string
	path string
	node *yaml.Node
}

// texts reads a list of distinct strings that are not empty.
func (r *reader) texts(n *yaml.Node, path string) []item {
	if !r.kind(n, path, yaml.SequenceNode, "a list") {
		return nil
	}
	var items []item
	seen := map[string]bool{}
	for i, c := range n.Content {
		at := path + "[" + strconv.Itoa(i) + "]"
		text, ok := r.text(c, at)
		switch {
		case !ok:
		case text == "":
			r.fault(c, at, "the string is empty")
		case seen[text]:
			r.fault(c, at, "%s is in the list twice", strconv.Quote(text))
		default:
			seen[text] = true
			items = append(items, item{text, at, c})
		}
	}
	return items
}

// join extends a path of keys.
func join(path, key string) string {
	if key == "" || strings.ContainsFunc(key, unicode.IsControl) {
		key = strconv.Quote(key)
	}
	if path == "" {
		return key
	}
	return path + "." + key
}

// describe returns what a node is, for a message.
func describe(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	case yaml.AliasNode:
		return "an alias"
	}
	value := n.Value
	if runes := []rune(value); len(runes) > 40 {
		value = string(runes[:40]) + "…"
	}
	switch n.ShortTag() {
	case nullTag:
		return "nothing"
	case boolTag:
		return "the boolean " + value
	case integerTag, floatTag:
		return "the number " + value
	default:
		return strconv.Quote(value)
	}
}

// quoteHint returns the advice to put a scalar in quotes, or "" if that would not
// help.
func quoteHint(n *yaml.Node) string {
	if n.Kind == yaml.ScalarNode && n.ShortTag() != nullTag {
		return "; put it in quotes"
	}
	return ""
}
